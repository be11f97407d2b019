using System.Runtime.InteropServices;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public class PreprocessTests
{
    private static readonly LayoutStep Nhwc = new(Sources.Here, ChannelsFirst: false);

    public static IEnumerable<object[]> Resizes =>
        from file in Directory.EnumerateFiles(Fixture.PathOf(""), "resize-*.npy").Order(StringComparer.Ordinal)
        let parts = Path.GetFileNameWithoutExtension(file).Split('-')
        where parts[1] != "float"
        select new object[] { Path.GetFileName(file), parts[1], parts[2], parts[3] };

    /// <summary>The stated tolerance for 8-bit pictures: none. Expected values: Pillow's resize (Fixtures/generate.py).</summary>
    [TestMethod]
    [DataRow(160, 80, 64, 64, 64, 32)]
    [DataRow(80, 160, 64, 64, 32, 64)]
    [DataRow(37, 29, 64, 48, 61, 48)]
    [DataRow(1000, 3, 64, 64, 64, 1)]
    public void Run_ResizeThatKeepsTheRatio_FillsTheSizeOnOneSide(int width, int height, int intoWidth, int intoHeight, int expectedWidth, int expectedHeight)
    {
        var result = Run(Fixture.Picture(width, height), new ResizeStep(Sources.Here, null, intoWidth, intoHeight, ResizeMethod.Bilinear, Antialias: true) { KeepsRatio = true }, Nhwc);
        Assert.AreEqual($"1 {expectedHeight} {expectedWidth} 3", string.Join(' ', result.Shape));
    }

    [TestMethod]
    [DynamicData(nameof(Resizes))]
    public void Resize_Bytes_EqualsPillowBitForBit(string file, string method, string from, string to)
    {
        var (source, target) = (from.Split('x').Select(int.Parse).ToArray(), to.Split('x').Select(int.Parse).ToArray());

        var result = Run(Fixture.Picture(source[0], source[1]), new ResizeStep(Sources.Here, null, target[0], target[1], Enum.Parse<ResizeMethod>(method, true), Antialias: true), Nhwc);

        CollectionAssert.AreEqual(new[] { 1, target[1], target[0], 3 }, result.Shape.ToArray());
        CollectionAssert.AreEqual(Array.ConvertAll(Fixture.Elements(file), b => (float)b), result.As<float>());
    }

    /// <summary>The stated tolerance for values that are floats already: one unit in the last place of 1, for a sum in double precision rounded once per pass.</summary>
    [TestMethod]
    [DataRow(ResizeMethod.Bilinear)]
    [DataRow(ResizeMethod.Bicubic)]
    [DataRow(ResizeMethod.Area)]
    [DataRow(ResizeMethod.Nearest)]
    public void Resize_Floats_EqualsPillowsModeF(ResizeMethod method)
    {
        var result = Run(Fixture.Picture(37, 29), new DivideStep(Sources.Here, 255), new ResizeStep(Sources.Here, null, 16, 12, method, Antialias: true), Nhwc);

        var expected = MemoryMarshal.Cast<byte, float>(Fixture.Elements($"resize-float-{method.ToString().ToLowerInvariant()}-37x29-16x12.npy")).ToArray();
        AssertClose(expected, result.As<float>(), 1.2e-7f);
    }

    /// <summary>Without antialiasing, against ONNX Runtime's own Resize operator (half_pixel, cubic_coeff_a -0.75).</summary>
    [TestMethod]
    [DataRow(ResizeMethod.Bilinear, "linear", 16, 12)]
    [DataRow(ResizeMethod.Bilinear, "linear", 64, 50)]
    [DataRow(ResizeMethod.Bicubic, "cubic", 16, 12)]
    [DataRow(ResizeMethod.Bicubic, "cubic", 64, 50)]
    public void Resize_WithoutAntialias_EqualsOnnxResize(ResizeMethod method, string mode, int width, int height)
    {
        var model = TestModels.Opset(18).Input("x", 1, 3, 29, 37).Int64s("sizes", [1, 3, height, width])
            .Node("Resize", ["x", "", "", "sizes"], ["y"], n =>
            {
                n.Attribute.Add(Text("mode", mode));
                n.Attribute.Add(Text("coordinate_transformation_mode", "half_pixel"));
            }).Output("y").Build();
        var picture = Run(Fixture.Picture(37, 29), new DivideStep(Sources.Here, 255));
        var expected = TestRuns.Run(model, new Dictionary<string, Tensor> { ["x"] = picture })["y"].As<float>();
        var resize = new ResizeStep(Sources.Here, null, width, height, method, Antialias: false);

        AssertClose(expected, Run(Fixture.Picture(37, 29), new DivideStep(Sources.Here, 255), resize).As<float>(), 2e-6f);
        // On 8-bit values the same, rounded to a whole number and clipped.
        AssertClose(Array.ConvertAll(expected, value => Math.Clamp(value, 0, 1) * 255), Run(Fixture.Picture(37, 29), resize).As<float>(), 0.5005f);
    }

    [TestMethod]
    [DataRow(37, 29, 16, 20, 16)]
    [DataRow(29, 37, 16, 16, 20)]
    [DataRow(10, 10, 7, 7, 7)]
    [DataRow(500, 333, 256, 384, 256)]
    [DataRow(3, 2, 2, 3, 2)]
    public void Resize_Shorter_KeepsTheRatioRoundedDown(int width, int height, int shorter, int toWidth, int toHeight)
    {
        var result = Run(Fixture.Picture(width, height), new ResizeStep(Sources.Here, shorter, null, null, ResizeMethod.Bilinear, true));

        CollectionAssert.AreEqual(new[] { 1, 3, toHeight, toWidth }, result.Shape.ToArray());
    }

    [TestMethod]
    public void Color_Gray_EqualsPillowsConvertL()
    {
        var result = Run(Fixture.Picture(37, 29), Sources.Color(ColorOrder.Gray));

        CollectionAssert.AreEqual(new[] { 1, 1, 29, 37 }, result.Shape.ToArray());
        CollectionAssert.AreEqual(Array.ConvertAll(Fixture.Elements("luma.npy"), b => (float)b), result.As<float>());
    }

    [TestMethod]
    public void Color_BgrThenGray_WeighsTheSameChannels() =>
        CollectionAssert.AreEqual(Run(Fixture.Picture(37, 29), Sources.Color(ColorOrder.Gray)).As<float>(), Run(Fixture.Picture(37, 29), Sources.Color(ColorOrder.Bgr), Sources.Color(ColorOrder.Gray)).As<float>());

    [TestMethod]
    public void Run_NoSteps_IsRgbPlanesFrom0To255()
    {
        var pixels = Tensor.Create(new byte[] { 1, 2, 3, 40, 50, 60 }, 1, 2, 3);

        CollectionAssert.AreEqual(new float[] { 1, 40, 2, 50, 3, 60 }, Run(pixels).As<float>());
        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 40, 50, 60 }, Run(pixels, Nhwc).As<float>());
        CollectionAssert.AreEqual(new float[] { 3, 60, 2, 50, 1, 40 }, Run(pixels, Sources.Color(ColorOrder.Bgr)).As<float>());
        CollectionAssert.AreEqual(new float[] { 7, 7, 7 }, Run(Tensor.Create(new byte[] { 7 }, 1, 1, 1)).As<float>());
    }

    /// <summary>In single precision, one operation after the other, as numpy does it on a float32 array.</summary>
    [TestMethod]
    public void Run_DivideThenNormalize_IsSinglePrecisionInTheWrittenOrder()
    {
        var (mean, std) = (new[] { 0.485f, 0.456f, 0.406f }, new[] { 0.229f, 0.224f, 0.225f });
        var picture = Fixture.Picture(37, 29);

        var result = Run(picture, new DivideStep(Sources.Here, 255), Sources.Normalize(mean, std), Nhwc).As<float>();

        var pixels = picture.As<byte>();
        for (var i = 0; i < pixels.Length; i++)
            Assert.AreEqual(((pixels[i] / 255f) - mean[i % 3]) / std[i % 3], result[i]);
    }

    [TestMethod]
    public void Run_ColorAfterNormalize_ActsOnTheValuesAsTheyStand()
    {
        var pixels = Tensor.Create(new byte[] { 10, 20, 30 }, 1, 1, 3);

        CollectionAssert.AreEqual(new float[] { 27, 18, 9 }, Run(pixels, Sources.Normalize([1, 2, 3], [1]), Sources.Color(ColorOrder.Bgr)).As<float>());
        CollectionAssert.AreEqual(new float[] { 29, 18, 7 }, Run(pixels, Sources.Color(ColorOrder.Bgr), Sources.Normalize([1, 2, 3], [1])).As<float>());
    }

    /// <summary>Rests: torchvision's center_crop rounds half to even, so 37 - 16 = 21 leaves 10 on the left and 29 - 10 = 19 leaves 10 above (9.5 to even).</summary>
    [TestMethod]
    public void CenterCrop_OddRest_RoundsHalfToEven() => AssertCut(new CenterCropStep(Sources.Here, 16, 10), 10, 10, 16, 10);

    /// <summary>tf.image.central_crop(0.5) on 29 x 37 starts at int(7.25) = 7 and int(9.25) = 9 and keeps 29 - 14 = 15 and 37 - 18 = 19.</summary>
    [TestMethod]
    public void CentralFraction_Half_KeepsTheMiddle() => AssertCut(new CentralFractionStep(Sources.Here, 0.5), 9, 7, 19, 15);

    [TestMethod]
    [DataRow(128f)]
    [DataRow(-0.5f)]
    public void PadTo_LargerSize_PutsTheImageInTheMiddle(float value)
    {
        var padded = Run(Fixture.Picture(37, 29), new PadToStep(Sources.Here, 40, 30, value)).As<float>();

        var original = Run(Fixture.Picture(37, 29)).As<float>();
        for (var i = 0; i < padded.Length; i++)
        {
            var (c, y, x) = (i / 1200, (i / 40 % 30) - 0, (i % 40) - 1);
            Assert.AreEqual(y is >= 0 and < 29 && x is >= 0 and < 37 ? original[(((c * 29) + y) * 37) + x] : value, padded[i]);
        }
    }

    [TestMethod]
    public void Run_ImageTooSmallOrTooLarge_NamesTheImage()
    {
        foreach (var step in new PreprocessStep[] { new CenterCropStep(Sources.Here, 38, 29), new PadToStep(Sources.Here, 36, 29, 0), new ResizeStep(Sources.Here, 60000, null, null, ResizeMethod.Bilinear, true) })
        {
            var error = Sources.Error(() => Run(Fixture.Picture(37, 29), step), DiagnosticCodes.ShapeMismatch);
            Assert.AreEqual("images/a.png", error.Position!.Value.File);
        }
    }

    [TestMethod]
    public void Create_StepsThatCannotWork_AreReportedAtTheStep()
    {
        AssertRefused(DiagnosticCodes.ValueOutOfRange, Sources.Color(ColorOrder.Gray), Sources.Normalize([1, 2, 3], [1]));
        AssertRefused(DiagnosticCodes.ValueOutOfRange, Sources.Normalize([1, 2], [1]));
        AssertRefused(DiagnosticCodes.ValueOutOfRange, Sources.Normalize([1], [0]));
        AssertRefused(DiagnosticCodes.ValueOutOfRange, new DivideStep(Sources.Here, 0));
        AssertRefused(DiagnosticCodes.ConflictingKeys, new ResizeStep(Sources.Here, null, 3, 3, ResizeMethod.Area, false));
        AssertRefused(DiagnosticCodes.MissingKey, new ResizeStep(Sources.Here, null, 3, null, ResizeMethod.Area, true));
    }

    private static void AssertRefused(string code, params PreprocessStep[] steps) => Assert.AreEqual(Sources.Here, Sources.Error(() => _ = new PreprocessPipeline([.. steps]), code).Position);

    private static void AssertCut(PreprocessStep step, int left, int top, int width, int height)
    {
        var cut = Run(Fixture.Picture(37, 29), step);

        var original = Run(Fixture.Picture(37, 29)).As<float>();
        CollectionAssert.AreEqual(new[] { 1, 3, height, width }, cut.Shape.ToArray());
        for (var i = 0; i < cut.Length; i++)
        {
            var (c, y, x) = (i / (width * height), i / width % height, i % width);
            Assert.AreEqual(original[(((c * 29) + y + top) * 37) + x + left], cut.As<float>()[i]);
        }
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance, $"element {i}");
    }

    private static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8(value) };

    private static Tensor Run(Tensor pixels, params PreprocessStep[] steps) => new PreprocessPipeline([.. steps]).Run(pixels, "images/a.png");
}
