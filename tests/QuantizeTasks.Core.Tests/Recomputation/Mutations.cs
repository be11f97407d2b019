using System.Collections.Immutable;
using System.Reflection;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Recomputation;

/// <summary>
/// Every way to change one leaf of a record: whatever properties it has, also those that somebody adds later. Positions and sources of values are left out, because they say where something is
/// written and not what.
/// </summary>
internal static class Mutations
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static IEnumerable<(string What, object Changed)> Of(object record) =>
        Each(record, record.GetType(), record.GetType().Name, isNullable: false).Select(m => (m.What, m.Value!));

    private static IEnumerable<(string What, object? Value)> Each(object? value, Type type, string what, bool isNullable)
    {
        if (type == typeof(SourcePosition))
            return [];
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return value is null ? [(what + " given", Sample(underlying))] : [(what + " left out", null), .. Each(value, underlying, what, false)];
        if (value is null)
            return [(what + " given", Sample(type))];
        var left = isNullable ? [(what + " left out", (object?)null)] : Array.Empty<(string, object?)>();
        return [.. left, .. Leaves(value, type, what)];
    }

    private static IEnumerable<(string, object?)> Leaves(object value, Type type, string what) => value switch
    {
        string text => [(what, text + "x")],
        bool flag => [(what, !flag)],
        int number => [(what, number + 1)],
        long number => [(what, number + 1)],
        // The smallest change there is.
        double number => [(what, double.BitIncrement(number))],
        float number => [(what, float.BitIncrement(number))],
        Enum => Enum.GetValues(type).Cast<object>().Where(other => !other.Equals(value)).Select(other => ($"{what} {other}", (object?)other)),
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) => Call(nameof(Items), type, value, what),
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>) => Call(nameof(Members), type.GetGenericArguments()[1], value, what),
        _ when type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal) => Fields(value, type, what),
        _ => Properties(value, what),
    };

    private static IEnumerable<(string, object?)> Properties(object record, string what) =>
        record.GetType().GetProperties().Where(p => p.CanWrite && p.Name != "Source").SelectMany(p =>
            Each(p.GetValue(record), p.PropertyType, $"{what}.{p.Name}", !p.DeclaringType!.IsGenericType && Nullability.Create(p).ReadState == NullabilityState.Nullable).Select(m => (m.What, (object?)With(record, p, m.Value))));

    private static IEnumerable<(string, object?)> Fields(object tuple, Type type, string what) => type.GetFields().SelectMany(field => Each(field.GetValue(tuple), field.FieldType, $"{what}.{field.Name}", isNullable: field.GetValue(tuple) is null).Select(m =>
    {
        var changed = tuple;
        field.SetValue(changed = Activator.CreateInstance(type, [.. type.GetFields().Select(f => f.GetValue(tuple))])!, m.Value);
        return (m.What, (object?)changed);
    }));

    private static IEnumerable<(string, object?)> Items<T>(ImmutableArray<T> items, string what)
    {
        yield return (what + " with one more", items.Add((T)Sample(typeof(T))!));
        if (items.IsEmpty)
            yield break;
        yield return (what + " with one less", items.RemoveAt(items.Length - 1));
        if (items.Length > 1 && !items[0]!.Equals(items[1]))
            yield return (what + " in another order", ImmutableArray.Create([items[1], items[0], .. items.AsSpan()[2..]]));
        for (var i = 0; i < items.Length; i++)
            foreach (var (inner, changed) in Each(items[i], typeof(T), $"{what}[{i}]", false))
                yield return (inner, items.SetItem(i, (T)changed!));
    }

    private static IEnumerable<(string, object?)> Members<T>(ImmutableSortedDictionary<string, T> members, string what)
    {
        yield return (what + " with one more", members.Add("zzz", (T)Sample(typeof(T))!));
        foreach (var (name, value) in members)
        {
            yield return ($"{what} without {name}", members.Remove(name));
            yield return ($"{what} renamed {name}", members.Remove(name).Add(name + "x", value));
            foreach (var (inner, changed) in Each(value, typeof(T), $"{what}.{name}", false))
                yield return (inner, members.SetItem(name, (T)changed!));
        }
    }

    private static IEnumerable<(string, object?)> Call(string method, Type type, object value, string what) =>
        (IEnumerable<(string, object?)>)typeof(Mutations).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(method == nameof(Items) ? type.GetGenericArguments()[0] : type).Invoke(null, [value, what])!;

    private static object With(object record, PropertyInfo property, object? value)
    {
        var copy = record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
        property.SetValue(copy, value);
        return copy;
    }

    private static ImmutableArray<T> One<T>() => [(T)Sample(typeof(T))!];

    /// <summary>Some value of a type.</summary>
    private static object? Sample(Type type)
    {
        if (type == typeof(string))
            return "sample";
        if (type == typeof(SourcePosition))
            return new SourcePosition("/sample");
        if (type.IsValueType && !type.IsGenericType)
            return type.IsEnum || type == typeof(bool) ? Activator.CreateInstance(type) : Convert.ChangeType(7, type, System.Globalization.CultureInfo.InvariantCulture);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return typeof(Mutations).GetMethod(nameof(One), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.GetGenericArguments()[0]).Invoke(null, null);
        if (type.IsAbstract)
            type = type.Assembly.GetTypes().Where(t => t.IsSubclassOf(type)).OrderBy(t => t.Name, StringComparer.Ordinal).First();
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(p => p.HasDefaultValue ? p.DefaultValue : Nullable.GetUnderlyingType(p.ParameterType) is not null ? null : Sample(p.ParameterType))]);
    }
}
