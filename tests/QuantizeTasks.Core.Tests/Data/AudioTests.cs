using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>WAV files that scipy and Python's wave module wrote (Fixtures/generate_more.py).</summary>
[TestClass]
public sealed class AudioTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Half a step of rounding, and up to one because writers scale to the largest integer and readers to the power of two above it.</summary>
    [TestMethod]
    [DataRow("pcm8.wav", 8000, 1.0 / 127)]
    [DataRow("pcm16.wav", 16000, 1.0 / 32767)]
    [DataRow("pcm24.wav", 16000, 1.0 / 8388607)]
    [DataRow("pcm32.wav", 16000, 1e-7)]
    [DataRow("float32.wav", 16000, 0)]
    [DataRow("float64.wav", 16000, 0)]
    public void Read_EveryFormat_IsTheSignalWithinItsResolution(string file, int rate, double step)
    {
        var audio = WavFile.Read(Fixture.PathOf(file), int.MaxValue);

        Assert.AreEqual(rate, audio.SampleRate);
        var expected = Expected();
        for (var c = 0; c < 2; c++)
            for (var i = 0; i < 50; i++)
                Assert.AreEqual(expected[(2 * i) + c], audio.Channels[c][i], (1.5 * step) + 1e-7, $"{c} {i}");
    }

    [TestMethod]
    public void Load_MonoPaddedAndCut_HasTheLengthAskedFor()
    {
        var expected = Expected();
        var padded = Load(new WaveformSpecification(Sources.At(16000), Sources.At(60), false));
        CollectionAssert.AreEqual(new[] { 1, 60 }, padded.Shape.ToArray());
        for (var i = 0; i < 60; i++)
            Assert.AreEqual(i < 50 ? (expected[2 * i] + expected[(2 * i) + 1]) / 2 : 0, padded.As<float>()[i], 1e-7);

        var cut = Load(new WaveformSpecification(null, Sources.At(10), true));
        CollectionAssert.AreEqual(new[] { 1, 2, 10 }, cut.Shape.ToArray());
        Assert.AreEqual(expected[7], cut.As<float>()[13], "the second channel's fourth value");
        CollectionAssert.AreEqual(new[] { 1, 50 }, Load(new WaveformSpecification(null, null, false)).Shape.ToArray());
    }

    /// <summary>scipy's resample_poly of the mean of both channels.</summary>
    [TestMethod]
    [DataRow(8000)]
    [DataRow(12000)]
    [DataRow(44100)]
    public void Load_OtherRateWithResample_EqualsScipysResamplePoly(int rate)
    {
        var expected = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(Fixture.Elements($"audio-{rate}.npy")).ToArray();
        var waveform = new WaveformSpecification(Sources.At(rate), null, false) { Resamples = true };
        var actual = Load(waveform);
        CollectionAssert.AreEqual(new[] { 1, expected.Length }, actual.Shape.ToArray());
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual.As<float>()[i], 1e-6, $"{i}");
        CollectionAssert.AreEqual(actual.As<float>()[..20], Load(waveform with { Length = Sources.At(20) }).As<float>(), "cut after it is resampled, not before");
        CollectionAssert.AreEqual(Load(new WaveformSpecification(null, null, false)).As<float>(), Load(waveform with { SampleRate = Sources.At(16000) }).As<float>(), "nothing happens at the rate that it has");
        CollectionAssert.AreEqual(Load(new WaveformSpecification(null, Sources.At(7), false)).As<float>(), Load(waveform with { SampleRate = Sources.At(16000), Length = Sources.At(7) }).As<float>());
    }

    [TestMethod]
    public void Load_RateThatHasNoSmallRatio_IsRefused() =>
        StringAssert.Contains(Sources.Error(() => Load(new WaveformSpecification(Sources.At(2147483647), null, false) { Resamples = true }), DiagnosticCodes.DataUnreadable).Message, "2147483647 Hz", StringComparison.Ordinal);

    [TestMethod]
    public void Apply_MoreThanThereIsRoomFor_IsRefusedBeforeMemoryIsTaken() =>
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => new Resampler(1, 60000).Apply(new float[100000], int.MaxValue)).Message, "2147483647 values", StringComparison.Ordinal);

    [TestMethod]
    public void Load_OtherRate_IsRefusedUnlessItIsToBeResampled()
    {
        var error = Sources.Error(() => Load(new WaveformSpecification(Sources.At(8000), null, false)), DiagnosticCodes.DataUnreadable);
        StringAssert.Contains(error.Message, "16000 Hz, not 8000", StringComparison.Ordinal);
        StringAssert.EndsWith(error.Position!.Value.File, "a.wav", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Load_Transcripts_AreTextLabels()
    {
        File.Copy(Fixture.PathOf("float32.wav"), _folder.File("a.wav"));
        File.WriteAllText(_folder.File("labels.csv"), "file,label\na.wav,\"go left, please\"\n");
        var source = new AudioSourceSpecification(Sources.Here, Sources.At(_folder.Path), Sources.At(_folder.File("labels.csv")), null, new WaveformSpecification(null, null, false));

        Assert.AreEqual("go left, please", DataSource.Open(source).Load(0).Label!.As<string>()[0]);
        var before = DataSource.Fingerprint(source);
        Assert.AreNotEqual(before, DataSource.Fingerprint(source with { Waveform = new WaveformSpecification(null, Sources.At(9), false) }));
        File.WriteAllText(_folder.File("labels.csv"), "file,label\na.wav,go\n");
        Assert.AreNotEqual(before, DataSource.Fingerprint(source));
    }

    [TestMethod]
    [DataRow("pcm8.wav")]
    [DataRow("pcm24.wav")]
    [DataRow("float64.wav")]
    public void Read_DamagedFile_ReadsOrReports(string file)
    {
        var refused = Mutations.Count(Fixture.Bytes(file), 500, bytes =>
        {
            File.WriteAllBytes(_folder.File("x.wav"), bytes);
            WavFile.Read(_folder.File("x.wav"), int.MaxValue);
        });

        Assert.IsGreaterThan(30, refused);
    }

    private Tensor Load(WaveformSpecification waveform)
    {
        File.Copy(Fixture.PathOf("float32.wav"), _folder.File("a.wav"), overwrite: true);
        return DataSource.Open(new AudioSourceSpecification(Sources.Here, Sources.At(_folder.Path), null, null, waveform)).Load(0).Inputs[""];
    }

    private static float[] Expected() => [.. Fixture.Elements("audio.npy").Chunk(4).Select(b => BitConverter.ToSingle(b))];
}
