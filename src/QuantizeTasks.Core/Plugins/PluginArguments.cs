using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Plugins;

/// <summary>The manifest's <c>params</c> as what a plug-in's constructor takes.</summary>
internal sealed class PluginArguments
{
    private readonly ConstructorInfo _constructor;
    private readonly PluginSpecification _specification;
    private readonly string _class;
    private readonly object?[] _values;
    private readonly List<string> _paths = [];

    /// <exception cref="QuantizeException">A parameter is missing, unknown or of a wrong type.</exception>
    public PluginArguments(ConstructorInfo constructor, PluginSpecification specification, string className)
    {
        (_constructor, _specification, _class) = (constructor, specification, className);
        var parameters = constructor.GetParameters();
        var unknown = specification.Parameters.Where(p => !parameters.Any(q => IsSame(p.Key, q))).ToArray();
        if (unknown.Length > 0)
            throw Error($"{_class} has no parameter '{unknown[0].Key}'.{DidYouMean.Hint(unknown[0].Key, parameters.Select(Name))} It has: {(parameters.Length == 0 ? "none" : string.Join(", ", parameters.Select(Name)))}.", unknown[0].Value.Position);
        _values = [.. parameters.Select(ValueOf)];
    }

    /// <summary>Files and folders that the plug-in reads, absolute.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>The parameters as written, and what lies at their paths.</summary>
    public IEnumerable<string> Identity =>
        [.. _specification.Parameters.Select(p => $"{p.Key}={Text(p.Value.Value)}"), .. _paths.Select(PathContents.Fingerprint)];

    public object Invoke() => _constructor.Invoke(_values);

    private object? ValueOf(ParameterInfo parameter)
    {
        var (key, given) = _specification.Parameters.FirstOrDefault(p => IsSame(p.Key, parameter));
        if (given is null)
            return parameter.HasDefaultValue ? parameter.DefaultValue : throw Error($"{_class} needs the parameter '{Name(parameter)}' ({Noun(parameter.ParameterType)}). Add it under 'params'.", _specification.Type.Position);
        if (Convert(given.Value, parameter.ParameterType) is not { } value)
            throw Error($"'{key}' of {_class} must be {Noun(parameter.ParameterType)}, not {Text(given.Value)}.", given.Position);
        if (!parameter.IsDefined(typeof(InputPathAttribute)))
            return value;
        if (value is not string path)
            throw new QuantizeException(DiagnosticCodes.PluginUnsuitable, $"The parameter '{parameter.Name}' of {_class} is marked as a path, and no text.", _specification.Type.Position);
        path = Path.GetFullPath(path, _specification.Assemblies.Folder);
        _paths.Add(path);
        return path;
    }

    /// <summary>Null when the value is none of this type.</summary>
    private static object? Convert(object value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ElementType(type) is { } element)
        {
            if (value is not ImmutableArray<object> items)
                return null;
            var array = Array.CreateInstance(element, items.Length);
            for (var i = 0; i < items.Length; i++)
                if (Convert(items[i], element) is { } item)
                    array.SetValue(item, i);
                else
                    return null;
            return array;
        }
        if (type.IsEnum)
            return value is string name && Enum.GetNames(type).FirstOrDefault(n => Plain(n) == Plain(name)) is { } member ? Enum.Parse(type, member) : null;
        return (Type.GetTypeCode(type), value) switch
        {
            (TypeCode.String, string text) => text,
            // Names are often written as numbers, which YAML takes for numbers.
            (TypeCode.String, long number) => number.ToString(CultureInfo.InvariantCulture),
            (TypeCode.Boolean, bool flag) => flag,
            (TypeCode.Double, long or double) => System.Convert.ToDouble(value, CultureInfo.InvariantCulture),
            (TypeCode.Single, long or double) when (float)System.Convert.ToDouble(value, CultureInfo.InvariantCulture) is var single && float.IsFinite(single) => single,
            (TypeCode.Int64, long) => value,
            (TypeCode.Int32, long number) when number == (int)number => (int)number,
            _ => null,
        };
    }

    private static Type? ElementType(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(IReadOnlyList<>) || open == typeof(IEnumerable<>) || open == typeof(IReadOnlyCollection<>)) ? type.GetGenericArguments()[0] : null;

    private static string Noun(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return ElementType(type) is { } element ? $"a list, each entry {Noun(element)}" : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(SnakeCase))}" : Type.GetTypeCode(type) switch
        {
            TypeCode.String => "a text",
            TypeCode.Boolean => "true or false",
            TypeCode.Double or TypeCode.Single => "a number",
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            _ => $"a {type.Name}, which a manifest cannot write",
        };
    }

    private static bool IsSame(string key, ParameterInfo parameter) => Plain(key) == Plain(parameter.Name!);

    /// <summary><c>minimalOverlap</c> and <c>minimal_overlap</c> are one name.</summary>
    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static string Name(ParameterInfo parameter) => SnakeCase(parameter.Name!);

    private static string SnakeCase(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "_") + char.ToLowerInvariant(c) : $"{c}"));

    private static string Text(object value) => value is ImmutableArray<object> items ? $"[{string.Join(", ", items.Select(Text))}]" : string.Create(CultureInfo.InvariantCulture, $"'{value}'");

    private static QuantizeException Error(string message, SourcePosition position) => new(DiagnosticCodes.PluginParameter, message, position);
}
