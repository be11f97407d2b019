using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Everything that a manifest says, and nothing of where it says it: equal for two manifests that mean the same.</summary>
internal static class ManifestDump
{
    public static string Of(QuantizationManifest manifest)
    {
        var text = new StringBuilder();
        Add(text, manifest with { Path = "", Includes = [] }, "manifest");
        return text.ToString();
    }

    private static void Add(StringBuilder text, object? value, string name)
    {
        switch (value)
        {
            case null or string or bool or Enum or IFormattable:
                text.Append(CultureInfo.InvariantCulture, $"{name} = {value ?? "nothing"}\n");
                return;
            case IDictionary dictionary:
                foreach (var key in dictionary.Keys.Cast<string>().Order(StringComparer.Ordinal))
                    Add(text, dictionary[key], $"{name}.{key}");
                return;
            case IEnumerable items:
                var index = 0;
                foreach (var item in items)
                    Add(text, item, string.Create(CultureInfo.InvariantCulture, $"{name}[{index++}]"));
                return;
        }
        text.Append(CultureInfo.InvariantCulture, $"{name}: {value.GetType().Name}\n");
        foreach (var property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.PropertyType != typeof(SourcePosition) && p.GetIndexParameters().Length == 0 && !(p.Name == "Source" && p.DeclaringType!.Name.StartsWith("Located", StringComparison.Ordinal))).OrderBy(p => p.Name, StringComparer.Ordinal))
            Add(text, property.GetValue(value), $"{name}.{property.Name}");
    }
}
