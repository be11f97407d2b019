using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using OrtRunOptions = Microsoft.ML.OnnxRuntime.RunOptions;

namespace QuantizeTasks.Inference;

/// <summary>A model ready to run. Runs may be concurrent.</summary>
internal sealed class ModelSession : IModelRunner
{
    /// <summary>Models up to this size are handed over as one message, which the runtime copies.</summary>
    private const long LongestCopied = 64 << 20;

    private readonly InferenceSession _session;
    private readonly string _name;
    private readonly string[] _inputNames;
    private readonly BorrowedValues? _borrowed;

    private ModelSession(InferenceSession session, string name, BorrowedValues? borrowed)
    {
        _session = session;
        _borrowed = borrowed;
        _name = name;
        _inputNames = [.. session.InputNames];
        Inputs = [.. session.InputNames.Select(n => Info(n, session.InputMetadata[n]))];
        Outputs = [.. session.OutputNames.Select(n => Info(n, session.OutputMetadata[n]))];
    }

    public IReadOnlyList<TensorInfo> Inputs { get; }

    public IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>Creates a session from serialized bytes.</summary>
    /// <param name="model">The model; weights inside.</param>
    /// <param name="name">What a message calls it.</param>
    /// <param name="settings">Options; the default when null.</param>
    public static ModelSession Create(byte[] model, string name, SessionSettings? settings = null) =>
        Create(name, settings, [], options => new InferenceSession(model, options));

    /// <summary>Creates a session from a model in memory or partly in mapped files, of which no copy is made.</summary>
    public static ModelSession Create(SerializedModel model, string name, SessionSettings? settings = null) =>
        Create(name, settings, model.Values, options => new InferenceSession(model.Message, options));

    /// <summary>Creates a session from a model that stays with us: larger weights are lent to the runtime.</summary>
    public static ModelSession Create(OnnxModel model, SessionSettings? settings = null) =>
        Create(SerializedModel.Of(model.Proto, LongestCopied), model.Name, settings);

    /// <summary>Creates a session from a file, beside which external data may lie.</summary>
    public static ModelSession Open(string path, SessionSettings? settings = null) =>
        Create(path, settings, [], options => new InferenceSession(path, options));

    private static ModelSession Create(string name, SessionSettings? settings, ImmutableArray<ExternalValue> values, Func<SessionOptions, InferenceSession> create)
    {
        _ = RuntimeLibrary.Identity;
        BorrowedValues? borrowed = null;
        InferenceSession? session = null;
        settings ??= SessionSettings.Default;
        try
        {
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = settings.OptimizationLevel,
                IntraOpNumThreads = settings.Threads,
                InterOpNumThreads = 1,
                EnableCpuMemArena = settings.KeepsMemory,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            if (settings.ProfilePrefix is { } prefix)
            {
                options.ProfileOutputPathPrefix = prefix;
                options.EnableProfiling = true;
            }
            if (settings.OptimizedModelPath is { } path)
                options.OptimizedModelFilePath = path;
            if (settings.CustomOperatorLibrary is { } library)
                options.RegisterCustomOpLibrary(library);
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            borrowed = values.IsEmpty ? null : new BorrowedValues(options, values);
            session = create(options);
            return new ModelSession(session, name, borrowed);
        }
        catch (Exception e)
        {
            // The session first: it may still read what is lent to it.
            session?.Dispose();
            borrowed?.Dispose();
            if (e is not OnnxRuntimeException)
                throw;
            throw new QuantizeException(DiagnosticCodes.RuntimeRejectedModel, $"ONNX Runtime cannot load the model: {e.Message}", new SourcePosition(name), e);
        }
    }

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">A tensor per input. The key "" stands for the only input.</param>
    /// <param name="outputs">Which outputs to fetch; all when null.</param>
    public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyCollection<string>? outputs = null)
    {
        var wanted = outputs ?? _session.OutputNames;
        return Run(inputs, wanted, results => wanted.Zip(results).ToDictionary(pair => pair.First, pair => OnnxValues.Unwrap(pair.First, pair.Second)));
    }

    /// <summary>Runs the model once and reads float outputs where they lie, without a copy.</summary>
    /// <param name="inputs">A tensor per input. The key "" stands for the only input.</param>
    /// <param name="outputs">Which outputs to fetch.</param>
    /// <param name="read">Told each output in turn; the elements are gone afterwards.</param>
    public void Run(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyList<string> outputs, OutputReader read) => Run(inputs, outputs, results =>
    {
        for (var i = 0; i < results.Count; i++)
            read(i, OnnxValues.Floats(outputs[i], results[i]), results[i].GetTensorTypeAndShape().Shape);
        return true;
    });

    private T Run<T>(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyCollection<string> wanted, Func<IReadOnlyList<OrtValue>, T> read)
    {
        var values = new List<OrtValue>(Inputs.Count);
        try
        {
            foreach (var info in Inputs)
            {
                if (!inputs.TryGetValue(info.Name, out var tensor) && !(Inputs.Count == 1 && inputs.TryGetValue("", out tensor)))
                    throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The data has no tensor for the model's input '{info.Name}'. It has: {string.Join(", ", inputs.Keys.Select(k => $"'{k}'"))}.", new SourcePosition(_name));
                values.Add(OnnxValues.Wrap(info, tensor, _name));
            }
            using var runOptions = new OrtRunOptions();
            using var results = _session.Run(runOptions, _inputNames, values, wanted);
            return read(results);
        }
        catch (OnnxRuntimeException e)
        {
            throw new QuantizeException(DiagnosticCodes.RuntimeRunFailed, $"ONNX Runtime cannot run the model: {e.Message}", new SourcePosition(_name), e);
        }
        finally
        {
            values.ForEach(value => value.Dispose());
            // What is lent to the session must not be collected while it runs.
            GC.KeepAlive(this);
        }
    }

    IReadOnlyDictionary<string, Tensor> IModelRunner.Run(IReadOnlyDictionary<string, Tensor> inputs) => Run(inputs);

    /// <summary>Ends profiling and returns the path of the file it wrote.</summary>
    public string EndProfiling() => _session.EndProfiling();

    public void Dispose()
    {
        _session.Dispose();
        _borrowed?.Dispose();
    }

    private static TensorInfo Info(string name, NodeMetadata metadata) => new(name, metadata.IsTensor ? metadata.ElementType : typeof(void), metadata.IsTensor ? metadata.Dimensions : []);
}

/// <summary>Reads one output of a run.</summary>
/// <param name="output">Its index among those asked for.</param>
/// <param name="elements">Its elements in row-major order.</param>
/// <param name="shape">Its extents.</param>
internal delegate void OutputReader(int output, ReadOnlySpan<float> elements, ReadOnlySpan<long> shape);
