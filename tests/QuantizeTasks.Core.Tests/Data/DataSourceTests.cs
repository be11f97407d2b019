using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class DataSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Fingerprint_SameFilesElsewhere_IsTheSame()
    {
        var (one, other) = (Images("one"), Images("other"));

        Assert.AreEqual(DataSource.Fingerprint(one), DataSource.Fingerprint(other));
        Assert.AreEqual(64, DataSource.Fingerprint(one).Length);
    }

    [TestMethod]
    public void Fingerprint_AnyChange_IsAnother()
    {
        var fingerprints = new List<string> { DataSource.Fingerprint(Images("a")) };
        void Changed(DataSourceSpecification source) => fingerprints.Add(DataSource.Fingerprint(source));

        Changed(Images("a", new DivideStep(Sources.Here, 2)));
        Changed(Images("a", new DivideStep(Sources.Here, 3)));
        Changed(Images("a", new DivideStep(Sources.Here, 3), new LayoutStep(Sources.Here, false)));
        Changed(Images("a", new LayoutStep(Sources.Here, false), new DivideStep(Sources.Here, 3)));
        Changed(Images("a") with { Input = Sources.At("x") });
        Changed(Images("a") with { Labels = null });
        var renamed = Images("renamed");
        File.Move(_folder.File("renamed", "1.png"), _folder.File("renamed", "3.png"));
        Changed(renamed);
        var touched = Images("touched");
        File.Copy(Fixture.PathOf("rgb.png"), _folder.File("touched", "1.png"), overwrite: true);
        Changed(touched);
        File.Copy(Fixture.PathOf("rgb.png"), _folder.File("touched", "9.png"));
        Changed(touched);
        File.AppendAllText(_folder.File("touched.csv"), "9.png,4\n");
        Changed(touched);

        Assert.HasCount(11, fingerprints.Distinct(StringComparer.Ordinal).ToList());
    }

    [TestMethod]
    public void Fingerprint_OfTensors_SeesContentsNamesAndMembers()
    {
        string Of(string? labels, string input, string file) => DataSource.Fingerprint(Sources.Tensors(labels is null ? null : Fixture.PathOf(labels), (input, Fixture.PathOf(file))));
        File.Copy(Fixture.PathOf("array-i8.npy"), _folder.File("copy.npy"));

        Assert.AreEqual(Of(null, "x", "array-i8.npy"), DataSource.Fingerprint(Sources.Tensors(null, ("x", _folder.File("copy.npy")))));
        string[] all = [Of(null, "x", "array-i8.npy"), Of(null, "y", "array-i8.npy"), Of("array-i8.npy", "x", "array-i8.npy"), Of(null, "x", "array-i4.npy"), Of(null, "x", "stored.npz#first"), Of(null, "x", "stored.npz#second")];
        Assert.HasCount(all.Length, all.Distinct(StringComparer.Ordinal).ToList());
        Sources.Error(() => Of(null, "x", "nowhere.npy"), DiagnosticCodes.DataNotFound);
    }

    [TestMethod]
    public void Files_OfImages_AreTheGlobAndTheLabels()
    {
        CollectionAssert.AreEqual(new[] { _folder.File("a.csv"), _folder.File("a", "**", "*") }.Order(StringComparer.Ordinal).ToArray(), DataSource.Files(Images("a")).ToArray());
        CollectionAssert.AreEqual(new[] { _folder.File("a", "*.png") }, DataSource.Files(Sources.Images(_folder.File("a", "*.png"), "folders")).ToArray());
    }

    [TestMethod]
    public void Files_OfTensors_AreArchivesOnce() => CollectionAssert.AreEqual(
        new[] { "/d/a.npz", "/d/b.npy" }, DataSource.Files(Sources.Tensors("/d/b.npy", ("x", "/d/a.npz#x"), ("y", "/d/a.npz#y"))).ToArray());

    private ImageSourceSpecification Images(string name, params PreprocessStep[] steps)
    {
        Directory.CreateDirectory(_folder.File(name));
        foreach (var file in new[] { "1.png", "2.png" })
            File.Copy(Fixture.PathOf("gray.png"), _folder.File(name, file), overwrite: true);
        File.WriteAllText(_folder.File(name + ".csv"), "file,label\n1.png,0\n2.png,1\n");
        return Sources.Images(_folder.File(name), _folder.File(name + ".csv"), steps);
    }
}
