using System.Text.Json;
using QuantizeTasks.Json;

namespace QuantizeTasks.MSBuild.Tests.Json;

[TestClass]
public class JsonWriterTests
{
    [TestMethod]
    public void Write_Members_KeepTheirOrder()
    {
        var text = JsonWriter.Write([new("b", 1), new("a", null), new("c", new KeyValuePair<string, object?>[] { new("d", "e") }), new("f", new List<KeyValuePair<string, object?>>())]);

        Assert.AreEqual("{\n  \"b\": 1,\n  \"a\": null,\n  \"c\": {\n    \"d\": \"e\"\n  },\n  \"f\": {}\n}\n", text);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("C:\\models\\\"net\" one\t\n\u0001.onnx")]
    [DataRow("模型 é 😀.onnx")]
    public void Write_AnyText_IsReadBackBySystemTextJson(string value)
    {
        var text = JsonWriter.Write([new(value, value)]);

        var read = JsonSerializer.Deserialize<Dictionary<string, string>>(text)!;
        Assert.AreEqual(value, read[value]);
    }
}
