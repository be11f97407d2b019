using QuantizeTasks.Manifest;
using QuantizeTasks.Plugins;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>loader:</c>.</summary>
internal sealed class PluginSource(PluginSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => PluginClass.Find<IDataLoader>(source.Loader).Files;

    public IDataLoader Open() => PluginLoader.Open(source);

    public void Identify(FingerprintBuilder fingerprint) => fingerprint.Add("samples", PluginLoader.Open(source).Fingerprint());
}
