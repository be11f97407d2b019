using System.Text;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>
/// Every operator that the file of ONNX Runtime's CPU provider calls quantizable, in a small network: which kernel the runtime really makes of it, and that it is in float when reverted.
/// docs/operators.md is written from this.
/// </summary>
[TestClass]
public sealed class OperatorMenuTests
{
    /// <summary>An operator in a network that reads <c>x</c> and gives <c>y</c>.</summary>
    /// <param name="Kernel">What the runtime runs.</param>
    /// <param name="Remark">When it is int8, and where it is not, why.</param>
    /// <param name="Build">The network; the operator is called <c>op</c>.</param>
    private sealed record Entry(string Kernel, string Remark, Func<TestModels> Build);

    private static readonly SortedDictionary<string, Entry> Menu = new(StringComparer.Ordinal)
    {
        ["Conv"] = new("QLinearConv", "Any number of axes; groups where they pay. The Relu or Clip behind is part of it.", () => Image().Random("w", 16, 16, 3, 3).Named("op", "Conv", ["r", "w"], ["y"])),
        ["Gemm"] = new("QGemm", "Either operand transposed or constant. What it adds is int32 when it is one value a column, otherwise a float Add behind the product.", () => Matrix().Random("w", 64, 64).Random("b", 64).Named("op", "Gemm", ["r", "w", "b"], ["y"])),
        ["MatMul"] = new("MatMulIntegerToFloat", "QLinearMatMul when an int8 kernel reads it, QGemm with a bias, for a stack of activations when at most one extent is open. Stacks of matrices and constant first operands have one scale. Products of two activations only where they pay: their kernel is as fast as that of float.", () => Matrix().Random("w", 64, 64).Named("op", "MatMul", ["r", "w"], ["y"])),
        ["Add"] = new("QLinearAdd", "Two activations.", () => Image().Random("w", 16, 16, 1, 1).Named("c2", "Conv", ["r", "w"], ["t2"]).Named("op", "Add", ["t2", "r"], ["s"]).Random("w3", 16, 16, 1, 1).Named("c3", "Conv", ["s", "w3"], ["y"])),
        ["Mul"] = new("QLinearMul", "Two activations of one shape; with a broadcast its kernel is slower than that of float.", () => Image().Random("w", 16, 16, 1, 1).Named("c2", "Conv", ["r", "w"], ["t2"]).Named("op", "Mul", ["t2", "r"], ["s"]).Random("w3", 16, 16, 1, 1).Named("c3", "Conv", ["s", "w3"], ["y"])),
        ["GlobalAveragePool"] = new("QLinearGlobalAveragePool", "An AveragePool with a kernel as large as the picture and a ReduceMean over all of its axes are read as one.", () => Image().Named("op", "GlobalAveragePool", ["r"], ["p"]).Random("w", 16, 16, 1, 1).Named("c3", "Conv", ["p", "w"], ["y"])),
        ["LSTM"] = new("DynamicQuantizeLSTM", "Weights with a scale for each gate; the range of the input is found anew in each run, that of the hidden state in each step, so nothing is calibrated. On ARM it stays in float.", () => TestModels.Opset(14)
            .Input("x", 5, 1, 24).Random("w0", 24, 24).Named("c1", "MatMul", ["x", "w0"], ["t"]).Random("w", 1, 64, 24).Random("r", 1, 64, 16).Named("op", "LSTM", ["t", "w", "r"], ["y"], n => n.With("hidden_size", 16L))),
        ["LeakyRelu"] = new("QLinearLeakyRelu", "", () => Image().Named("op", "LeakyRelu", ["t"], ["p"]).Random("w", 16, 16, 1, 1).Named("c3", "Conv", ["p", "w"], ["y"])),
        ["Concat"] = new("QLinearConcat", "One scale for all operands, unless they come from different activation functions.", () => Image().Random("w", 16, 16, 1, 1).Named("c2", "Conv", ["r", "w"], ["t2"]).Node("Relu", ["t2"], ["r2"]).Named("op", "Concat", ["r", "r2"], ["y"], n => n.With("axis", 1L))),
        ["DepthToSpace"] = new("DepthToSpace", "", () => Image().Named("op", "DepthToSpace", ["r"], ["y"], n => n.With("blocksize", 2L))),
        ["Expand"] = new("Expand", "", () => Image().Int64s("shape", [2, 16, 14, 14]).Named("op", "Expand", ["r", "shape"], ["y"])),
        ["Flatten"] = new("Flatten", "", () => Image().Named("op", "Flatten", ["r"], ["y"])),
        ["Gather"] = new("Gather", "Of an activation. Of a constant table (an embedding): rows stored in int8 where size is preferred.", () => Image().Int64s("indices", [3, 1]).Named("op", "Gather", ["r", "indices"], ["y"], n => n.With("axis", 1L))),
        ["GatherElements"] = new("GatherElements", "", () => Image().Int64s("indices", new long[14], 1, 1, 1, 14).Named("op", "GatherElements", ["r", "indices"], ["y"], n => n.With("axis", 1L))),
        ["MaxPool"] = new("NhwcMaxPool", "Over two axes and without indices.", () => Image().Named("op", "MaxPool", ["r"], ["p"], n => n.With("kernel_shape", 2, 2)).Random("w", 16, 16, 1, 1).Named("c3", "Conv", ["p", "w"], ["y"])),
        ["ReduceMax"] = new("ReduceMax", "", () => Image().Named("op", "ReduceMax", ["r"], ["y"], n => n.With("axes", [2L, 3L]))),
        ["ReduceMin"] = new("ReduceMin", "", () => Image().Named("op", "ReduceMin", ["r"], ["y"], n => n.With("axes", [2L, 3L]))),
        ["Reshape"] = new("Reshape", "", () => Image().Int64s("shape", [1, 4, 4, 196]).Named("op", "Reshape", ["r", "shape"], ["y"])),
        ["Resize"] = new("Resize", "To the nearest value; interpolation is computed in float.", () => Image().Floats("scales", [1, 1, 2, 2], 4).Named("op", "Resize", ["r", "", "scales"], ["y"], n => n.With("mode", "nearest"))),
        ["Slice"] = new("Slice", "", () => Image().Int64s("starts", [0]).Int64s("ends", [7]).Int64s("axes", [2]).Named("op", "Slice", ["r", "starts", "ends", "axes"], ["y"])),
        ["Split"] = new("Split", "", () => Image().Int64s("parts", [8, 8]).Named("op", "Split", ["r", "parts"], ["y", "y2"], n => n.With("axis", 1L)).Output("y2")),
        ["Squeeze"] = new("Squeeze", "", () => Image().Int64s("axes", [0]).Named("op", "Squeeze", ["r", "axes"], ["y"])),
        ["Tile"] = new("Tile", "", () => Image().Int64s("repeats", [1, 1, 1, 2]).Named("op", "Tile", ["r", "repeats"], ["y"])),
        ["Transpose"] = new("Transpose", "", () => Image().Named("op", "Transpose", ["r"], ["y"], n => n.With("perm", 0, 1, 3, 2))),
        ["Unsqueeze"] = new("Unsqueeze", "", () => Image().Int64s("axes", [4]).Named("op", "Unsqueeze", ["r", "axes"], ["y"])),
    };

    /// <summary>Operators that stay in float on the CPU, with a reason that says more than the device's file.</summary>
    private static readonly SortedDictionary<string, string> Floats = new(StringComparer.Ordinal)
    {
        ["ConvTranspose"] = "No int8 kernel. Its weights can be stored in int8.",
        ["GRU, RNN"] = "No int8 kernel, not even one that finds ranges while it runs, as LSTM has. Their weights can be stored in int8.",
        ["Attention and other operators of `com.microsoft`"] = "QAttention, the int8 form of Attention, is not written; there is no dynamic form of it. Of an attention spelled in ONNX's operators each product is quantized by itself.",
        ["Einsum"] = "No int8 kernel. Constant operands can be stored in int8.",
        ["Pad, SpaceToDepth, GatherND, ScatterND, GlobalMaxPool"] = "The runtime does not move quantizers across them and has no integer form of them between Q/DQ pairs.",
        ["Sub, Div, Max, Min, Pow, Sqrt, Exp, Erf, Tanh, HardSigmoid, HardSwish, Gelu, Elu, PRelu, ReduceMean, ReduceSum"] = "No int8 kernel: between Q/DQ pairs they would be computed in float, with conversions around them.",
        ["LayerNormalization, InstanceNormalization, BatchNormalization"] = "No int8 kernel. Batch normalization is folded into the layer in front of it first.",
        ["Swish, GELU, hard-swish, RMS and layer normalization, softmax, rotary embedding, squeeze-and-excitation spelled in several operators"] = "Left whole: a quantizer inside costs accuracy and breaks the runtime's own fusions.",
        ["NonMaxSuppression, TopK, and what is between them and the last layer with weights"] = "Post-processing.",
        ["Shapes, indices and everything that is not 32-bit floats"] = "No activations.",
    };

    private static TestModels Image() => FusionTests.Image(16, 16).Random("w1", 16, 16, 3, 3).Named("c1", "Conv", ["x", "w1"], ["t"]).Node("Relu", ["t"], ["r"]);

    private static TestModels Matrix() => TestModels.Opset(13).Input("x", 2, 64).Random("w1", 64, 64).Named("c1", "MatMul", ["x", "w1"], ["t"]).Node("Relu", ["t"], ["r"]);

    private static DeviceProfile Cpu => DeviceCatalogue.Find(new Located<string>("CPU", Settings.Position));

    public static IEnumerable<string> Names => Menu.Keys;

    [TestMethod]
    public void Menu_OfTheCpu_IsTestedInFull() => CollectionAssert.AreEqual(
        Cpu.Operators.Where(o => o.Value.Kind != OperatorKind.Float).Select(o => o.Key).Order(StringComparer.Ordinal).ToArray(), Menu.Keys.ToArray());

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Operator_InInt8_RunsInItsKernelAndRevertsToFloat(string name)
    {
        var entry = Menu[name];
        var model = new QuantizedTestModel(entry.Build().Output("y"), Settings.Of() with { Prefer = Preference.Size });
        var isLayer = model.Placement.Layers.Any(l => l.Name == "op");
        Assert.IsTrue(isLayer || model.Placement.AgnosticOperators.Any(a => a.Name == "op") || model.Placement.StoredLayers.Any(s => s is { Name: "op", IsDynamic: true }), $"{name} is not quantized: {model.Placement.FloatReasons.GetValueOrDefault("op")}");

        var optimized = model.Optimized();
        var types = string.Join(" ", optimized.Operators.Select(o => o.OperatorType));
        Assert.IsGreaterThanOrEqualTo(1, optimized.Count(entry.Kernel), types);
        // Nothing but the model's inputs is quantized, and nothing but its outputs dequantized.
        Assert.AreEqual(1, optimized.Count("QuantizeLinear"), types);
        Assert.IsLessThanOrEqualTo(model.Written().Graph.Outputs.Count(), optimized.Count("DequantizeLinear"), types);
        if (isLayer)
        {
            var group = model.Variants.Groups.Single(g => g.Layers.Contains("op"));
            var layers = model.Placement.Layers.Select(l => l.Name).ToArray();
            CollectionAssert.AreEquivalent(layers.Except(group.Layers).ToArray(), model.Optimized(Configuration.FullyQuantized.Revert(group.Id)).RunningInInteger(layers).ToArray());
        }
    }

    [TestMethod]
    public void Document_OfOperators_IsWhatTheCodeDoes()
    {
        var text = new StringBuilder("""
            # Operators

            What runs in int8 on ONNX Runtime's CPU provider (`target_device` CPU, ANY and x64-vnni), and what stays in float. Written from the device's file and from tests that read the graph
            which the runtime optimized. Having an int8 form does not mean being int8: by default the costs in the device's file decide what pays, `prefer: size` takes everything with weights, and
            `dotnet quantize inspect` says for each operator of a model what became of it.

            ## In int8

            | operator | kind | kernel that runs | remarks |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (name, entry) in Menu)
            text.Append($"| {name} | {Cpu.Of(name).Kind.ToString().ToLowerInvariant()} | {entry.Kernel} | {entry.Remark} |\n");
        text.Append("""

            *weighted*: int8 activations and int8 weights, sums in 32 bits. *rescaling*: int8 in and out, each with a scale of its own. *agnostic*: works on the stored integers, so both sides
            share a scale. *dynamic*: int8 weights, floats in and out, quantized and dequantized within the kernel.

            ## In float

            | operator | why |
            |---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (name, known) in Cpu.Operators.Where(o => o.Value.Kind == OperatorKind.Float).OrderBy(o => o.Key, StringComparer.Ordinal))
            text.Append($"| {name} | {known.Reason}. |\n");
        foreach (var (name, reason) in Floats)
            text.Append($"| {name} | {reason} |\n");
        text.Append("""

            ## LSTM

            Its weights become int8 as ONNX Runtime's own dynamic quantization writes them, with a scale for each gate of each direction; `prefer` and the search treat it like any layer. `--emulate-isa` has no
            emulation of its kernel. So for a `target_device` whose products saturate the weights keep to half of the integers, with which every processor computes alike, unless `saturation_fix` is `no`. With `weights_only` its
            weights are only stored. With `prefer: measured` it is still the device's file that decides about it.

            What it gains depends on the size of its state, because every step takes a while whatever there is to multiply, and more of it in int8. Time of int8 as a share of float, medians of up to 200
            runs of each in turn under the profiler, one thread, AVX512-VNNI, steps x input x hidden size; the median of three runs on a machine with other work to do, which differ by 0.04 (by 0.07 for the largest). The device's
            file is within 0.12 of it. Outputs differ by about 0.5 % (root mean square) with random weights.

            | 100 x 8 x 8 | 200 x 16 x 16 | 100 x 32 x 32 | 100 x 48 x 48 | 20 x 64 x 64 | 1 x 256 x 256 | 100 x 128 x 128 | 20 x 256 x 256 | 100 x 128 x 256 | 40 x 512 x 512 | 50 x 512 x 1024 |
            |---|---|---|---|---|---|---|---|---|---|---|
            | 1.55 | 1.44 | 1.13 | 0.81 | 0.79 | 0.58 | 0.50 | 0.36 | 0.35 | 0.31 | 0.23 |

            A GRU with its weights stored in int8 takes 0.94 to 1.05 of float, which is noise: it computes in float.

                dotnet run -c Release --project tests/QuantizeTasks.Benchmarks -- fit-costs <folder of cases> recurrent

            ## Weights in int8, arithmetic in float

            With `weights_only: true` every constant operand of Conv, ConvTranspose, Gemm, MatMul, Einsum, LSTM, GRU and RNN and every embedding table is stored in int8, with a scale for each output channel
            (for an embedding, each row); with `prefer: size` those that have no int8 kernel are. Tensors of fewer than 1024 values stay as they are. The file has about a quarter of its size. The model
            multiplies integers and scales in Cast and Mul, which ONNX Runtime does once, while it loads the model: it then runs at the speed and with the memory of float. (A DequantizeLinear would be
            run every time, or replaced by MatMulNBits, which rounds activations too.) Only embeddings are dequantized at run time, and of these only the rows that are read.

            ## Forms of the file

            * `format: qdq`: float operators between QuantizeLinear and DequantizeLinear. Every runtime can read it; ONNX Runtime fuses it into integer operators while it loads it.
            * `format: qoperator`: those integer operators themselves, of ONNX and of the operator set `com.microsoft`. The results have the same bits. Only ONNX Runtime reads it.
            * `activations: { bits: 16 }`: 16-bit Q/DQ pairs, of the default operator set from opset 21 on and of `com.microsoft` before. ONNX Runtime's CPU provider computes such layers in float, so
              that this is for devices with kernels of 16 bits, and for finding out what activations cost in accuracy.

            """.ReplaceLineEndings("\n"));
        GeneratedDocument.Check("docs/operators.md", text.ToString());
    }
}
