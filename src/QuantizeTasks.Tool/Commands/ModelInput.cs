using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tool.Commands;

/// <summary>A model that the command line names: a file, or with <c>-</c> what comes in on standard input, which is kept in a file until the command ends.</summary>
internal sealed class ModelInput : IDisposable
{
    /// <summary>The word for standard input, and for standard output.</summary>
    public const string Standard = "-";

    /// <summary>The most that protobuf allows in one message, and without files beside it that is all there is.</summary>
    private const long Longest = int.MaxValue;

    private readonly string? _folder;

    private ModelInput(string path, string? folder) => (Path, _folder) = (path, folder);

    /// <summary>The file's absolute path.</summary>
    public string Path { get; }

    /// <exception cref="QuantizeException">Standard input is a terminal, or too long for a model.</exception>
    public static ModelInput Open(string argument, ToolContext context)
    {
        if (argument != Standard)
            return new ModelInput(context.Absolute(argument), null);
        if (context.InputIsTerminal)
            throw new QuantizeException(DiagnosticCodes.StreamIsTerminal, "The model is to come from standard input (-), which is a terminal. Pipe a model in, or name a file.");
        var folder = Directory.CreateTempSubdirectory("quantize-").FullName;
        var input = new ModelInput(System.IO.Path.Combine(folder, "standard-input.onnx"), folder);
        try
        {
            using var from = context.OpenInput();
            using var to = File.Create(input.Path);
            var buffer = new byte[1 << 16];
            while (from.Read(buffer) is > 0 and var count)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                if (to.Length + count > Longest)
                    throw new QuantizeException(DiagnosticCodes.ModelTooLarge, $"More than {Longest} bytes came in on standard input, and no model in one file is larger. Name the file.");
                to.Write(buffer, 0, count);
            }
            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}
