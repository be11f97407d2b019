using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The steps of the Accuracy Checker's <c>postprocessing</c>, whatever they are applied to.</summary>
internal static class PostprocessingSteps
{
    /// <summary>Each step of a known type with its keys, of which those that nobody took are reported when the next step is asked for. Steps that cannot be read are reported and left out.</summary>
    /// <param name="steps">The list of the configuration.</param>
    /// <param name="types">The known types.</param>
    /// <param name="where">What a message adds about where only these types are known; empty, or beginning with a space.</param>
    /// <param name="translation">Is told what is wrong.</param>
    public static IEnumerable<(string Type, KeyReader Keys)> Read(ImmutableArray<ManifestNode> steps, string[] types, string where, Translation translation)
    {
        foreach (var step in steps)
        {
            if (step is not MappingNode mapping || mapping.Text("type") is not { } type)
            {
                translation.Unsupported(step, $"A step of 'postprocessing' must be a mapping with 'type', but is {step.Kind}.");
                continue;
            }
            if (!types.Contains(type.Value))
            {
                translation.Unsupported(mapping["type"]!, $"The postprocessing '{ScalarNode.Shorten(type.Value)}' is not supported{where}.{DidYouMean.Hint(type.Value, types)} Supported: {string.Join(", ", types)}.");
                continue;
            }
            var keys = new KeyReader(mapping, $"postprocessing ({type.Value})", translation);
            keys.Take("type");
            yield return (type.Value, keys);
            keys.Finish();
        }
    }
}
