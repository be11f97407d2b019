using System.Text.Json;
using QuantizeTasks.Json;

namespace QuantizeTasks.MSBuild.Tests.Json;

[TestClass]
public class JsonReaderTests
{
    [TestMethod]
    public void Read_EveryKindOfValue_IsConverted()
    {
        var value = (Dictionary<string, object?>)JsonReader.Read("""
             { "text": "a\"b\\c\/\b\f\n\r\t\u00e9\ud83d\ude00é", "whole": 14, "real": -1.5e-3, "yes": true, "no": false, "none": null,
               "list": [1, "two", [], {}], "object": { "inner": { } } }
            """)!;

        Assert.AreEqual("a\"b\\c/\b\f\n\r\té😀é", value["text"]);
        Assert.AreEqual(14.0, value["whole"]);
        Assert.AreEqual(-0.0015, value["real"]);
        Assert.IsTrue((bool)value["yes"]!);
        Assert.IsFalse((bool)value["no"]!);
        Assert.IsNull(value["none"]);
        var list = (List<object?>)value["list"]!;
        Assert.AreEqual("two", list[1]);
        Assert.IsEmpty((List<object?>)list[2]!);
        Assert.IsEmpty((Dictionary<string, object?>)((Dictionary<string, object?>)value["object"]!)["inner"]!);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("{")]
    [DataRow("{\"a\"}")]
    [DataRow("{\"a\":1,}")]
    [DataRow("{a:1}")]
    [DataRow("[1 2]")]
    [DataRow("\"open")]
    [DataRow("\"\\x\"")]
    [DataRow("\"\\u12g4\"")]
    [DataRow("\"\\u12")]
    [DataRow("\"tab\there\"")]
    [DataRow("nul")]
    [DataRow("1.2.3")]
    [DataRow("-")]
    [DataRow("{} {}")]
    [DataRow("NaN")]
    public void Read_Malformed_IsFormatException(string text) => Assert.ThrowsExactly<FormatException>(() => JsonReader.Read(text));

    [TestMethod]
    public void Read_NestedTooDeep_IsFormatExceptionAndNotAStackOverflow() =>
        Assert.ThrowsExactly<FormatException>(() => JsonReader.Read(new string('[', 100_000)));

    [TestMethod]
    public void Read_WhatSystemTextJsonWrites_IsTheSameText()
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => (char)random.Next(1, 0xD7FF)));
            var json = JsonSerializer.Serialize(new Dictionary<string, string> { [text] = text });

            var value = (Dictionary<string, object?>)JsonReader.Read(json)!;

            Assert.AreEqual(text, value[text]);
        }
    }

    [TestMethod]
    public void Read_RandomlyDamaged_EitherReadsOrIsFormatException()
    {
        const string Json = """{"kind":"diagnostic","severity":"error","code":"QTZ2001","message":"a \u00e9 b","file":"/x","line":14,"column":[1,2,{"a":null}]}""";
        var random = new Random(3);
        var (read, refused) = (0, 0);
        for (var i = 0; i < 5000; i++)
        {
            var damaged = Json.ToCharArray();
            damaged[random.Next(damaged.Length)] = (char)random.Next(0, 128);
            try
            {
                // Every other one is cut off, too.
                JsonReader.Read(new string(damaged, 0, i % 2 == 0 ? damaged.Length : random.Next(damaged.Length)));
                read++;
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThan(500, read);
        Assert.IsGreaterThan(2500, refused, "what is cut off is never read");
    }
}
