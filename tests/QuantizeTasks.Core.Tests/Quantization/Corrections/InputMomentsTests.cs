using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Tests.Quantization.Corrections;

/// <summary>Moments from the runtime against loops over the patches.</summary>
[TestClass]
public sealed class InputMomentsTests
{
    [TestMethod]
    [DataRow(1L, 3, 1L, 1L, 1L, 1)]
    [DataRow(1L, 1, 0L, 1L, 1L, 1)]
    [DataRow(1L, 3, 1L, 2L, 1L, 1)]
    [DataRow(1L, 3, 2L, 1L, 2L, 1)]
    [DataRow(8L, 3, 1L, 1L, 1L, 1)]
    [DataRow(2L, 3, 1L, 1L, 1L, 1)]
    [DataRow(8L, 5, 2L, 2L, 1L, 1)]
    [DataRow(1L, 3, 1L, 1L, 1L, 3)]
    [DataRow(8L, 5, 2L, 2L, 1L, 2)]
    public void Collect_Convolution_EqualsLoopsOverPatches(long group, int kernel, long pad, long stride, long dilation, int step)
    {
        const int channels = 8;
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 1, channels, 11, 9).Random("w", channels, channels / group, kernel, kernel)
            .Named("layer", "Conv", ["x", "w"], ["y"], n => n.With("group", group).With("pads", pad, pad, pad, pad).With("strides", stride, stride).With("dilations", dilation, dilation)).Output("y"), samples: 3);
        var moments = Collect(model, step);
        stride *= step;
        Assert.AreEqual(new MomentShape((int)group, 1, channels / (int)group * kernel * kernel), moments.Shape);
        var size = channels * kernel * kernel;
        var (products, means) = (new double[size, size], new double[size]);
        var (height, width) = (Positions(11, kernel, pad, stride, dilation), Positions(9, kernel, pad, stride, dilation));
        for (var s = 0; s < 3; s++)
        {
            var x = model.Samples.Load(s).Inputs["x"].As<float>();
            for (var row = 0; row < height; row++)
                for (var column = 0; column < width; column++)
                {
                    var patch = new double[size];
                    for (var i = 0; i < size; i++)
                    {
                        var (h, w) = ((row * stride) - pad + (i / kernel % kernel * dilation), (column * stride) - pad + (i % kernel * dilation));
                        patch[i] = h is >= 0 and < 11 && w is >= 0 and < 9 ? x[((i / kernel / kernel * 11) + h) * 9 + w] : 0;
                    }
                    for (var i = 0; i < size; i++)
                    {
                        means[i] += patch[i] / 3 / height / width;
                        for (var j = 0; j < size; j++)
                            products[i, j] += patch[i] * patch[j] / 3 / height / width;
                    }
                }
        }
        var block = moments.Shape.Size;
        for (var b = 0; b < moments.Shape.Blocks; b++)
            for (var i = 0; i < block; i++)
            {
                Assert.AreEqual(means[(b * block) + i], moments.Means[(b * block) + i], 1e-5);
                for (var j = 0; j < block; j++)
                    Assert.AreEqual(products[(b * block) + i, (b * block) + j], moments.Block(b, isCentered: false)[(i * block) + j], 1e-5);
                Assert.AreEqual(products[(b * block) + i, (b * block) + i] - (means[(b * block) + i] * means[(b * block) + i]), moments.Variance((b * block) + i, isCentered: true), 1e-5);
            }
    }

    [TestMethod]
    [DataRow("MatMul", 3, 1)]
    [DataRow("MatMul", 2, 1)]
    [DataRow("Gemm", 2, 1)]
    [DataRow("transA", 2, 1)]
    [DataRow("MatMul", 3, 2)]
    [DataRow("Gemm", 2, 3)]
    [DataRow("transA", 2, 2)]
    public void Collect_MatrixProduct_EqualsLoopsOverRows(string type, int rank, int step)
    {
        var (isTransposed, builder) = (type == "transA", TestModels.Opset(18, 8));
        builder = rank == 3 ? builder.Input("x", 1, 7, 16) : isTransposed ? builder.Input("x", 16, 7) : builder.Input("x", 7, 16);
        var model = new QuantizedTestModel(builder.Random("w", 16, 24).Random("b", 24)
            .Named("layer", isTransposed ? "Gemm" : type, type == "MatMul" ? ["x", "w"] : ["x", "w", "b"], ["y"], n => _ = isTransposed ? n.With("transA", 1L) : n).Output("y"), samples: 2);
        var moments = Collect(model, step);
        Assert.AreEqual(new MomentShape(1, 1, 16), moments.Shape);
        var samples = Enumerable.Range(0, 2).Select(s => model.Samples.Load(s).Inputs["x"].As<float>()).ToArray();
        var rows = samples.SelectMany(x => (isTransposed ? Enumerable.Range(0, 7).Select(r => Enumerable.Range(0, 16).Select(i => x[(i * 7) + r]).ToArray()) : x.Chunk(16)).Where((_, r) => r % step == 0)).ToArray();
        for (var i = 0; i < 16; i++)
        {
            Assert.AreEqual(rows.Average(r => (double)r[i]), moments.Means[i], 1e-5);
            for (var j = 0; j < 16; j++)
                Assert.AreEqual(rows.Average(r => (double)r[i] * r[j]), moments.Products[(i * 16) + j], 1e-5);
        }
    }

    /// <summary>Stated fallback: what would be too large is treated in blocks of whole input channels.</summary>
    [TestMethod]
    [DataRow(512, 3, 4, 1152)]
    [DataRow(64, 3, 1, 576)]
    [DataRow(2048, 1, 1, 2048)]
    [DataRow(4099, 1, 4099, 1)]
    [DataRow(300, 7, 10, 1470)]
    public void Shape_LargeLayers_AreInBlocksOfWholeChannels(int inputs, int kernel, int blocks, int size)
    {
        var graph = TestModels.Opset(13).Input("x", 1, inputs, 8, 8).Random("w", 4, inputs, kernel, kernel).Node("Conv", ["x", "w"], ["y"]).Output("y").Build().Graph;
        var layer = new QuantizedLayer { Name = "c", OperatorType = "Conv", Nodes = ["c"], Inputs = ["x"], Output = "y", NeedsQuantizedOutput = true, Weights = new("w", 0, 4, null, null, 1) };
        Assert.AreEqual(new MomentShape(1, blocks, size), MomentShape.Of(graph, layer, long.MaxValue));
    }

    /// <summary>128 rows say nothing of how 1280 inputs correlate.</summary>
    [TestMethod]
    [DataRow(1280, 128, 10, 128)]
    [DataRow(1280, 1279, 2, 640)]
    [DataRow(1280, 1280, 1, 1280)]
    [DataRow(7, 2, 7, 1)]
    public void Shape_FewRows_AreInBlocksOfAsMany(int inputs, int rows, int blocks, int size)
    {
        var graph = TestModels.Opset(13).Input("x", 1, inputs, 1, 1).Random("w", 4, inputs, 1, 1).Node("Conv", ["x", "w"], ["y"]).Output("y").Build().Graph;
        var layer = new QuantizedLayer { Name = "c", OperatorType = "Conv", Nodes = ["c"], Inputs = ["x"], Output = "y", NeedsQuantizedOutput = true, Weights = new("w", 0, 4, null, null, 1) };
        Assert.AreEqual(new MomentShape(1, blocks, size), MomentShape.Of(graph, layer, rows));
    }

    private static InputMoments Collect(QuantizedTestModel model, int step = 1) => InputMoments.Collect(model.Prepared.Model, [.. model.Placement.Layers.Where(l => l.Name == "layer").Select(l => (l, MomentShape.Of(model.Prepared.Model.Graph, l, long.MaxValue)!))], new MomentSampling(model.Passes.Samples, [step]), model.Passes).Single();

    private static int Positions(int extent, int kernel, long pad, long stride, long dilation) => (int)((extent + (2 * pad) - (((kernel - 1) * dilation) + 1)) / stride) + 1;
}
