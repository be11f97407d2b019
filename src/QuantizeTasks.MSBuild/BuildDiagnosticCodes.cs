namespace QuantizeTasks;

/// <summary>The codes of area 7, build integration: what the task itself reports. All others come from the tool.</summary>
internal static class BuildDiagnosticCodes
{
    /// <summary>The quantizer's program is not where the package put it.</summary>
    public const string ToolNotFound = "QTZ7001";

    /// <summary>No `dotnet`, or none with the runtime that the quantizer needs.</summary>
    public const string DotNetUnusable = "QTZ7002";

    /// <summary>The quantizer ended without saying why, or said it was done without delivering.</summary>
    public const string ToolFailed = "QTZ7003";

    /// <summary>A QuantizeModel item does not say what to quantize and how.</summary>
    public const string InvalidItem = "QTZ7004";

    /// <summary>The project has several ONNX Runtimes.</summary>
    public const string RuntimesCollide = "QTZ3012";

    /// <summary>Two QuantizeModel items are the same, or would write the same file.</summary>
    public const string ItemsCollide = "QTZ7005";

    /// <summary>A command that builds nothing wants a model that no build has made.</summary>
    public const string NotBuilt = "QTZ7010";
}
