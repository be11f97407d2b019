using System.Text;
using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class JsonReasonTests
{
    [TestMethod]
    [DataRow("{ \"a\": tru\n\n }")]
    [DataRow("{ \"a\": tr\u001b[31mue }")]
    [DataRow("{ \"a\": tr\r\u2028 }")]
    public void Of_TextWithControlCharacters_IsOneLineWithout(string json)
    {
        var reason = Reason(json);
        Assert.IsFalse(reason.Any(c => char.IsControl(c) || c == '\u2028'), reason);
        Assert.StartsWith("'tr", reason);
        Assert.EndsWith("Expected the literal 'true'.", reason);
    }

    [TestMethod]
    public void Of_LongText_IsShort()
    {
        var reason = Reason("{ \"a\": tr" + new string('x', 100_000) + " }");
        Assert.IsLessThan(400, reason.Length);
        Assert.EndsWith("Expected the literal 'true'.", reason);
    }

    private static string Reason(string json) => JsonReason.Of(Assert.Throws<JsonException>(() =>
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        while (reader.Read())
        {
        }
    }));
}
