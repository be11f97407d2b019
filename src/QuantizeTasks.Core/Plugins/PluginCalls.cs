using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Plugins;

/// <summary>Calls into a plug-in: what it throws is reported at its own source line, with its own stack frames and no others.</summary>
/// <param name="name">The class.</param>
/// <param name="context">Its assemblies.</param>
/// <param name="position">Where the manifest names it.</param>
internal sealed class PluginCalls(string name, AssemblyLoadContext context, SourcePosition position)
{
    private const int MostFrames = 8;

    /// <summary>Runs a piece of the plug-in.</summary>
    /// <param name="what">What it is, for an error: <c>Load(3)</c>.</param>
    /// <param name="body">The call.</param>
    public T Run<T>(string what, Func<T> body)
    {
        try
        {
            return body();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Failed(what, e);
        }
    }

    /// <summary>The error for a plug-in that does not do what its interface says.</summary>
    public QuantizeException Broken(string what) => new(DiagnosticCodes.PluginContract, $"{name} {what}.", position);

    private QuantizeException Failed(string what, Exception exception)
    {
        var cause = exception;
        while (cause is TargetInvocationException or TypeInitializationException or AggregateException { InnerExceptions.Count: 1 } && cause.InnerException is { } inner)
            cause = inner;
        var frames = OwnFrames(cause).ToArray();
        var said = string.Join(" <- ", Chain(cause).Select(e => $"{e.GetType().Name}: {OneLine(e.Message)}"));
        var trace = frames.Length == 0 ? "" : $" Thrown in {string.Join(" <- ", frames.Take(MostFrames).Select(Describe))}";
        var source = frames.Select(f => (File: f.GetFileName(), Line: f.GetFileLineNumber(), Column: f.GetFileColumnNumber())).FirstOrDefault(f => f.File is not null && File.Exists(f.File));
        return new QuantizeException(DiagnosticCodes.PluginFailed, $"{what} of {name} failed: {said}{trace}", source.File is null ? position : new SourcePosition(source.File, source.Line, source.Column), exception);
    }

    private IEnumerable<StackFrame> OwnFrames(Exception exception) => Chain(exception).Reverse()
        .SelectMany(e => new StackTrace(e, fNeedFileInfo: true).GetFrames())
        .Where(f => f.GetMethod() is { } method && AssemblyLoadContext.GetLoadContext(method.Module.Assembly) == context);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
            yield return e;
    }

    private static string Describe(StackFrame frame)
    {
        var method = frame.GetMethod()!;
        var file = frame.GetFileName() is { } path ? $" ({Path.GetFileName(path)}:{frame.GetFileLineNumber()})" : "";
        return $"{method.DeclaringType?.FullName}.{method.Name}{file}";
    }

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
