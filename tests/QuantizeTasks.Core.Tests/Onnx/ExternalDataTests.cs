using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Onnx;

[TestClass]
public class ExternalDataTests
{
    private string _folder = "";

    private string ModelPath => Path.Combine(_folder, "m", "model.onnx");

    [TestInitialize]
    public void CreateFolder()
    {
        _folder = Directory.CreateTempSubdirectory("quantize-tasks-").FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "m"));
    }

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void Load_WeightsBesideTheModel_AreReadFromTheirOffsets()
    {
        File.WriteAllBytes(Path.Combine(_folder, "m", "w.bin"), [9, 9, 9, 9, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), 7]);
        Write("w.bin", 4, 8);

        var weight = OnnxModel.Load(ModelPath).Graph.Initializers.Single();

        CollectionAssert.AreEqual(new[] { 1.5f, -2f }, weight.ToFloats());
        Assert.IsFalse(weight.HasDataLocation);
        CollectionAssert.AreEqual(new[] { Path.Combine(_folder, "m", "w.bin") }, OnnxModel.ExternalFiles(ModelPath).ToArray());
    }

    [TestMethod]
    public void Load_WeightsInASubfolder_AreRead()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "m", "sub"));
        File.WriteAllBytes(Path.Combine(_folder, "m", "sub", "w.bin"), new byte[8]);
        foreach (var location in new[] { "sub/w.bin", "sub\\w.bin", "./sub/w.bin" })
        {
            Write(location);
            CollectionAssert.AreEqual(new float[2], OnnxModel.Load(ModelPath).Graph.Initializers.Single().ToFloats(), location);
        }
    }

    [TestMethod]
    [DataRow("../secret.bin")]
    [DataRow("..\\secret.bin")]
    [DataRow("sub/../../secret.bin")]
    [DataRow("/etc/passwd")]
    [DataRow("\\\\server\\share\\w.bin")]
    [DataRow("C:\\w.bin")]
    [DataRow("C:w.bin")]
    [DataRow("")]
    [DataRow("a\0b")]
    [DataRow(".")]
    public void Load_LocationOutsideTheFolder_IsRefused(string location)
    {
        File.WriteAllBytes(Path.Combine(_folder, "secret.bin"), new byte[8]);

        AssertFails(location, "");
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows, IgnoreMessage = "making links takes a privilege there")]
    public void Load_LinkOutOfTheFolder_IsRefused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "secret.bin"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(_folder, "m", "file.bin"), Path.Combine(_folder, "secret.bin"));
        File.CreateSymbolicLink(Path.Combine(_folder, "m", "relative.bin"), Path.Combine("..", "secret.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "m", "up"), _folder);
        File.CreateSymbolicLink(Path.Combine(_folder, "m", "twice.bin"), Path.Combine(_folder, "m", "relative.bin"));
        File.CreateSymbolicLink(Path.Combine(_folder, "m", "loop.bin"), Path.Combine(_folder, "m", "loop.bin"));

        foreach (var location in new[] { "file.bin", "relative.bin", "up/secret.bin", "twice.bin", "loop.bin" })
            AssertFails(location, "not allowed");
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows, IgnoreMessage = "making links takes a privilege there")]
    public void Load_LinksThatStayInside_AreFollowed()
    {
        File.WriteAllBytes(Path.Combine(_folder, "m", "w.bin"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(_folder, "m", "link.bin"), Path.Combine(_folder, "m", "w.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "other"), Path.Combine(_folder, "m"));
        Write("link.bin");

        Assert.HasCount(1, OnnxModel.Load(ModelPath).Graph.Initializers);
        Assert.HasCount(1, OnnxModel.Load(Path.Combine(_folder, "other", "model.onnx")).Graph.Initializers, "the model's own folder may be reached by a link");
    }

    [TestMethod]
    public void Load_MissingFile_NamesItAndTheTensor()
    {
        AssertFails("w.bin", "initializer 'w' has its values in");
    }

    [TestMethod]
    [DataRow(0L, 9L, "take 8", DisplayName = "another length than the extents say")]
    [DataRow(4L, 8L, "which has only 8", DisplayName = "beyond the end")]
    [DataRow(long.MaxValue, 8L, "which has only 8", DisplayName = "an offset that overflows")]
    [DataRow(-1L, 8L, "no number of bytes", DisplayName = "a negative offset")]
    public void Load_BytesThatAreNotThere_AreAnError(long offset, long length, string message)
    {
        File.WriteAllBytes(Path.Combine(_folder, "m", "w.bin"), new byte[8]);

        AssertFails("w.bin", message, offset, length);
    }

    [TestMethod]
    public void Load_AbsurdExtents_SetNothingAside()
    {
        File.WriteAllBytes(Path.Combine(_folder, "m", "w.bin"), new byte[8]);

        AssertFails("w.bin", "which has only 8", 0, null, 1L << 30);
    }

    [TestMethod]
    public void Load_TiedValues_AreSharedButOverlapsRefused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "m", "w.bin"), new byte[12]);
        External("w.bin", 0, 8).Initializer(ExternalTensor("v", "w.bin", 0, 8)).Build().Save(ModelPath);
        var initializers = OnnxModel.Load(ModelPath).Graph.Initializers;
        Assert.AreSame(initializers[0].RawData, initializers[1].RawData);

        External("w.bin", 0, 8).Initializer(ExternalTensor("v", "w.bin", 4, 8)).Build().Save(ModelPath);
        Assert.Contains("overlap", Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Load(ModelPath)).Message);
    }

    [TestMethod]
    public void Parse_ExternalDataInMemory_IsAnError()
    {
        var bytes = External("w.bin", 0, 8).Build().ToBytes();

        Assert.AreEqual(DiagnosticCodes.ExternalDataInvalid, Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Parse(bytes, "m")).Diagnostics[0].Code);
    }

    [TestMethod]
    public void Save_ModelOfTwoFiles_PutsValuesInASecondFileThatTheRuntimeReads()
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 8, 8).Random("w", 64, 3, 3, 3).Random("b", 64).Random("v", 64, 64, 1, 1)
            .Node("Conv", ["x", "w", "b"], ["c"]).Node("Conv", ["c", "v"], ["y"]).Output("y").Build();
        var before = model.ToBytes();

        var files = new OnnxModel(model.Proto, "two files", hadValuesOutside: true).Save(ModelPath);

        Assert.HasCount(2, files);
        Assert.AreEqual(ModelPath, files[^1]);
        Assert.MatchesRegex(@"^model\.onnx\.[0-9a-f]{16}\.data$", Path.GetFileName(files[0]));
        Assert.IsLessThan(4000, new FileInfo(ModelPath).Length);
        CollectionAssert.AreEqual(before, model.ToBytes(), "the model itself is unchanged");
        CollectionAssert.AreEqual(before, OnnxModel.Load(ModelPath).ToBytes());
        var inputs = TestRuns.RandomInputs(model);
        using var session = ModelSession.Open(ModelPath);
        TestRuns.AssertEqual(TestRuns.Run(model, inputs, SessionSettings.Default), session.Run(inputs), 0);
        Assert.HasCount(2, Directory.GetFiles(Path.Combine(_folder, "m")), "no temporary file is left");
    }

    [TestMethod]
    public void Save_SmallModel_IsOneFile()
    {
        var model = TestModels.Opset(13).Input("x", 1).Node("Neg", ["x"], ["y"]).Output("y").Build();

        CollectionAssert.AreEqual(new[] { ModelPath }, model.Save(ModelPath).ToArray());
        CollectionAssert.AreEqual(model.ToBytes(), File.ReadAllBytes(ModelPath));
    }

    private void AssertFails(string location, string message, long offset = 0, long? length = null, long elements = 2)
    {
        Write(location, offset, length, elements);

        var diagnostic = Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Load(ModelPath)).Diagnostics.Single();

        Assert.AreEqual(DiagnosticCodes.ExternalDataInvalid, diagnostic.Code, location);
        Assert.Contains(message, diagnostic.Message, location);
    }

    private void Write(string location, long offset = 0, long? length = null, long elements = 2) => External(location, offset, length, elements).Build().Save(ModelPath);

    private static TestModels External(string location, long offset, long? length, long elements = 2) =>
        TestModels.Opset(13).Input("x", 2).Initializer(ExternalTensor("w", location, offset, length, elements)).Node("Add", ["x", "w"], ["y"]).Output("y");

    private static TensorProto ExternalTensor(string name, string location, long offset, long? length, long elements = 2)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Float, Dims = { elements }, DataLocation = TensorProto.Types.DataLocation.External };
        Add("location", location);
        Add("offset", offset.ToString(CultureInfo.InvariantCulture));
        if (length is { } bytes)
            Add("length", bytes.ToString(CultureInfo.InvariantCulture));
        return tensor;

        void Add(string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }
}
