using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Plugins;

namespace QuantizeTasks;

/// <summary>What a run reads.</summary>
public static class RunInputs
{
    /// <summary>Every file that a run of a manifest reads, as absolute paths, and for folders of images a glob: the manifest, the model with its external data, the data, the plug-ins.</summary>
    /// <exception cref="QuantizeException">The model cannot be read.</exception>
    public static IReadOnlyList<string> Files(QuantizationManifest manifest)
    {
        DataSourceSpecification?[] sources = [manifest.Validation, manifest.Certification, manifest.Calibration];
        return
        [
            .. new[] { manifest.Path, manifest.Model.Value }
                .Concat(manifest.Includes)
                .Concat(OnnxModel.ExternalFiles(manifest.Model.Value))
                .Concat(manifest.Metrics.Where(m => m.Plugin is not null).SelectMany(m => PluginClass.Find<IMetric>(m.Plugin!).Files))
                .Concat(manifest.PostProcessing is { } processing ? PluginClass.Find<IPostProcessing>(processing).Files : [])
                .Concat(sources.OfType<DataSourceSpecification>().SelectMany(DataSource.Files))
                .Distinct(StringComparer.Ordinal),
        ];
    }
}
