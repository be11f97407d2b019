using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class TableTests : IDisposable
{
    private const string Header = "age,income,city,y\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Load_CsvWithColumns_MakesInputsLabelAndSlice()
    {
        var loader = Open("t.csv", Header + "30,1.5e3,\"Bonn, Rhein\",1\n\n41,-2,Ulm,0\n", "x=age+income;ids=age", "y", "city", "ids=int64");

        Assert.AreEqual(2, loader.Count);
        var (first, second) = (loader.Load(0), loader.Load(1));
        CollectionAssert.AreEqual(new[] { 30f, 1500f }, first.Inputs["x"].As<float>());
        CollectionAssert.AreEqual(new[] { 1, 2 }, first.Inputs["x"].Shape.ToArray());
        CollectionAssert.AreEqual(new[] { 41L }, second.Inputs["ids"].As<long>());
        Assert.AreEqual(1L, first.Label!.As<long>()[0]);
        Assert.AreEqual("Bonn, Rhein|Ulm", $"{first.Slice}|{second.Slice}");
        StringAssert.Contains(second.Name, "line 4", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Load_CsvWithoutColumns_FeedsAllButLabelAndSlice() =>
        CollectionAssert.AreEqual(new[] { 30f, 5f }, Open("t.csv", Header + "30,5,Ulm,1\n", "", "y", "city").Load(0).Inputs[""].As<float>());

    [TestMethod]
    public void Load_TsvWithByteOrderMarkAndCrLf_IsTheSame() =>
        CollectionAssert.AreEqual(new[] { 30f, 5f }, Open("t.tsv", "\ufeffage\tincome\ty\r\n30\t5\t1\r\n", "", "y").Load(0).Inputs[""].As<float>());

    [TestMethod]
    public void Load_SeveralLabelColumns_AreOneLabel()
    {
        var label = Open("t.csv", "a,b,c\n1,2.5,3\n", "x=a", "b+c").Load(0).Label!;

        CollectionAssert.AreEqual(new[] { 2.5, 3 }, label.As<double>());
    }

    [TestMethod]
    public void Load_JsonLines_MakesTensorsOfNestedLists()
    {
        var loader = Open("t.jsonl", """
            {"ids": [[1, 2], [3, 4]], "flag": true, "text": "h\u00e9llo", "y": [0.5, 1], "z": 9007199254740993}

            {"y": [1, 2], "ids": [[5, 6], [7, 8]], "flag": false, "text": "b", "z": -1}
            """, "i=ids;f=flag;t=text;z=z", "y", null, "i=int32;f=bool;t=string;z=int64");

        var sample = loader.Load(0);
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4 }, sample.Inputs["i"].As<int>());
        CollectionAssert.AreEqual(new[] { 1, 2, 2 }, sample.Inputs["i"].Shape.ToArray());
        Assert.IsTrue(sample.Inputs["f"].As<bool>()[0]);
        Assert.AreEqual("héllo", sample.Inputs["t"].As<string>()[0]);
        Assert.AreEqual(9007199254740993, sample.Inputs["z"].As<long>()[0], "no detour over a double");
        CollectionAssert.AreEqual(new[] { 0.5, 1 }, sample.Label!.As<double>());
        CollectionAssert.AreEqual(new[] { 1L, 2 }, loader.Load(1).Label!.As<long>());
    }

    [TestMethod]
    [DataRow("t.csv", Header + "30,5,Ulm\n", 2, "QTZ5002", "3 fields, not 4")]
    [DataRow("t.csv", Header + "30,5,Ulm,1\nx,5,Ulm,1\n", 3, "QTZ5002", "'x', which is no float32")]
    [DataRow("t.csv", Header + "30,nan,Ulm,1\n", 2, "QTZ5002", "'nan', which is no float32")]
    [DataRow("t.csv", Header + "30,1e39,Ulm,1\n", 2, "QTZ5002", "'1e39'")]
    [DataRow("t.csv", Header + "30,,Ulm,1\n", 2, "QTZ5002", "no value in 'income'")]
    [DataRow("t.csv", Header + "30,1,Ulm,\n", 2, "QTZ5004", "no 'y'")]
    [DataRow("t.csv", Header + "\n\n30,1,\"Ulm,1\n", 4, "QTZ5002", "A quote is not closed")]
    [DataRow("t.csv", Header + "30,1,\"Ulm\"m,1\n", 2, "QTZ5002", "follows a closing quote")]
    [DataRow("t.jsonl", "{\"age\": 1, \"income\": 2, \"city\": \"\", \"y\": 1}\n{\"age\": 1,", 2, "QTZ5002", "not valid JSON")]
    [DataRow("t.jsonl", "[1]", 1, "QTZ5002", "not a JSON object")]
    [DataRow("t.jsonl", "{\"age\": [1, [2]], \"income\": 2, \"city\": 1, \"y\": 1}", 1, "QTZ5002", "'age' has a value of the kind Array")]
    [DataRow("t.jsonl", "{\"age\": [[1], [2, 3]], \"income\": 2, \"city\": 1, \"y\": 1}", 1, "QTZ5002", "not all of one length")]
    [DataRow("t.jsonl", "{\"age\": 1, \"income\": {}, \"city\": 1, \"y\": 1}", 1, "QTZ5002", "kind Object")]
    [DataRow("t.jsonl", "{\"age\": \"\\ud800\", \"income\": 1, \"city\": 1, \"y\": 1}", 1, "QTZ5002", "not valid Unicode")]
    public void Load_Mistakes_NameFileAndLine(string name, string text, int line, string code, string expected)
    {
        var error = Sources.Error(() =>
        {
            var loader = Open(name, text, "x=age;w=income", "y", "city");
            for (var i = 0; i < loader.Count; i++)
                loader.Load(i);
        }, code);

        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        Assert.AreEqual((_folder.File(name), line), (error.Position!.Value.File, error.Position.Value.Line));
    }

    [TestMethod]
    [DataRow("x=agee", "y", "", DiagnosticCodes.UnknownName, "Did you mean 'age'?")]
    [DataRow("x=age", "yy", "", DiagnosticCodes.UnknownName, "'yy'")]
    [DataRow("x=age", "y", "w=int64", DiagnosticCodes.UnknownName, "'types' names 'w'")]
    public void Open_UnknownColumns_PointAtTheManifest(string columns, string label, string types, string code, string expected)
    {
        var error = Sources.Error(() => Open("t.csv", Header + "1,2,3,4\n", columns, label, null, types), code);

        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        Assert.AreEqual(Sources.Here, error.Position);
    }

    [TestMethod]
    public void Open_NothingInIt_IsTooFewSamples()
    {
        Sources.Error(() => Open("t.csv", Header, "", "y"), DiagnosticCodes.TooFewSamples);
        Sources.Error(() => Open("t.csv", "", "", "y"), DiagnosticCodes.DataUnreadable);
        Sources.Error(() => Open("t.jsonl", "\n", "", ""), DiagnosticCodes.TooFewSamples);
        Sources.Error(() => Open("t.csv", "a,a\n1,2\n", "", ""), DiagnosticCodes.DataUnreadable);
        Sources.Error(() => DataSource.Open(Specification(_folder.File("nowhere.csv"), "", "", null, "")), DiagnosticCodes.DataNotFound);
    }

    [TestMethod]
    public void Read_InvalidUtf8_IsRefusedWithItsLine()
    {
        File.WriteAllBytes(_folder.File("t.csv"), [.. "a,b\n1,2\n3,"u8, 0xC3, (byte)'\n']);
        var loader = DataSource.Open(Specification(_folder.File("t.csv"), "", "", null, ""));

        Assert.AreEqual(3, Sources.Error(() => loader.Load(1), DiagnosticCodes.DataUnreadable).Position!.Value.Line);
    }

    [TestMethod]
    public void Fingerprint_AnyChange_IsAnother()
    {
        File.WriteAllText(_folder.File("t.csv"), Header + "1,2,3,4\n");
        File.WriteAllText(_folder.File("u.csv"), Header + "1,2,3,5\n");
        string Of(string file, string columns, string label, string? slice, string types) => DataSource.Fingerprint(Specification(_folder.File(file), columns, label, slice, types));
        string[] all = [Of("t.csv", "x=age", "y", null, ""), Of("u.csv", "x=age", "y", null, ""), Of("t.csv", "x=income", "y", null, ""), Of("t.csv", "x=age", "", null, ""), Of("t.csv", "x=age", "y", "city", ""), Of("t.csv", "x=age", "y", null, "x=int64"), Of("t.csv", "x=age+income", "y", null, "")];

        Assert.HasCount(all.Length, all.Distinct(StringComparer.Ordinal).ToList());
        CollectionAssert.AreEqual(new[] { _folder.File("t.csv") }, DataSource.Files(Specification(_folder.File("t.csv"), "", "", null, "")).ToArray());
    }

    /// <summary>60 MB of rows: what is kept of them is where they start.</summary>
    [TestMethod]
    [DataRow("t.csv")]
    [DataRow("t.jsonl")]
    public void Load_LargeFile_TakesLittleMemory(string name)
    {
        const int rows = 20_000;
        using (var writer = new StreamWriter(_folder.File(name)))
        {
            if (name == "t.csv")
                writer.WriteLine("y," + string.Join(',', Enumerable.Range(0, 600).Select(c => $"c{c}")));
            for (var row = 0; row < rows; row++)
            {
                var values = string.Join(',', Enumerable.Repeat(row.ToString(CultureInfo.InvariantCulture), 600));
                writer.WriteLine(name == "t.csv" ? $"{row},{values}" : $"{{\"y\": {row}, \"c\": [{values}]}}");
            }
        }
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var loader = DataSource.Open(Specification(_folder.File(name), "", "y", null, ""));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.IsGreaterThan(55L << 20, new FileInfo(_folder.File(name)).Length);
        Assert.IsLessThan(4L << 20, grown);
        Assert.AreEqual(rows, loader.Count);
        foreach (var row in (int[])[0, 777, rows - 1])
        {
            var sample = loader.Load(row);
            Assert.AreEqual(row, sample.Label!.As<long>()[0]);
            Assert.IsTrue(sample.Inputs[""].As<float>().All(v => v == row));
            CollectionAssert.AreEqual(new[] { 1, 600 }, sample.Inputs[""].Shape.ToArray());
        }
    }

    [TestMethod]
    [DataRow("t.csv", Header + "30,1.5,\"Bonn, \"\"Rhein\"\"\",1\n41,-2,Ulm,0\n")]
    [DataRow("t.jsonl", "{\"age\": [1, 2], \"income\": \"3\", \"y\": 1.5}\n{\"age\": [3, 4], \"income\": 1, \"y\": 2}\n")]
    public void Load_DamagedFile_ReadsOrReports(string name, string text)
    {
        var refused = Mutations.Count(Encoding.UTF8.GetBytes(text), 500, bytes =>
        {
            File.WriteAllBytes(_folder.File(name), bytes);
            var loader = DataSource.Open(Specification(_folder.File(name), "x=age;w=income", "y", null, ""));
            for (var i = 0; i < loader.Count; i++)
                loader.Load(i);
        });

        Assert.IsGreaterThan(30, refused);
    }

    private IDataLoader Open(string name, string text, string columns, string label, string? slice = null, string types = "")
    {
        File.WriteAllText(_folder.File(name), text);
        return DataSource.Open(Specification(_folder.File(name), columns, label, slice, types));
    }

    private static TableSourceSpecification Specification(string path, string columns, string label, string? slice, string types)
    {
        IEnumerable<(string Name, string Value)> Pairs(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => (p.Split('=')[0], p.Split('=')[1]));
        ImmutableArray<Located<string>> Names(string text) => [.. text.Split('+', StringSplitOptions.RemoveEmptyEntries).Select(Sources.At)];
        return new TableSourceSpecification(Sources.Here, Sources.At(path), path.EndsWith(".jsonl", StringComparison.Ordinal),
            Pairs(columns).ToImmutableSortedDictionary(p => p.Name, p => Names(p.Value), StringComparer.Ordinal),
            Pairs(types).ToImmutableSortedDictionary(p => p.Name, p => Sources.At(p.Value), StringComparer.Ordinal),
            new RowAnnotations(Names(label), slice is null ? null : Sources.At(slice)));
    }
}
