namespace QuantizeTasks.Testing;

/// <summary>How a manifest is verified; null means the default everywhere.</summary>
public sealed class VerificationOptions
{
    /// <summary>The float model, instead of the manifest's.</summary>
    public string? Model { get; set; }

    /// <summary>The assembly that <c>plugins: project</c> in the manifest stands for.</summary>
    public string? Plugins { get; set; }

    /// <summary>The store; by default the user's own, which builds use too.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>The ONNX Runtime to measure with; by default the quantizer's own.</summary>
    public string? OnnxRuntimePath { get; set; }

    /// <summary>Path of dotnet-quantize.dll; by default that of the package QuantizeTasks.</summary>
    public string? ToolPath { get; set; }
}
