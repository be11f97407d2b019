using QuantizeTasks.Manifest.Schema;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>What a device's file must look like.</summary>
internal static class DeviceSchema
{
    private static readonly NumberShape Level = new(NumberType.Whole) { Minimum = short.MinValue, Maximum = short.MaxValue };
    private static readonly NumberShape Picoseconds = new() { Minimum = 0 };

    private static readonly ListShape Menu = new(new MappingShape(
    [
        new("bits", new NumberShape(NumberType.Whole) { Minimum = 8, Maximum = 16 }, "Width of the stored integers: 8 or 16.") { IsRequired = true },
        new("mode", new ChoiceShape("symmetric", "asymmetric"), "Where zero lies.") { IsRequired = true },
        new("granularity", new ChoiceShape("pertensor", "perchannel"), "What shares a scale.") { IsRequired = true },
        new("level_low", Level, "The lowest stored integer."),
        new("level_high", Level, "The highest stored integer."),
    ]), Minimum: 1);

    private static readonly MappingShape Operator = new(
    [
        new("kind", new ChoiceShape("weighted", "rescaling", "agnostic", "dynamic", "float"), "What int8 means for it.") { IsRequired = true },
        new("reason", new TextShape("a reason"), "Why it stays in float; with that kind only."),
        new("scales", new ChoiceShape("unified"), "All of its activations have one scale."),
        new("activations", Menu, "How what it reads can be quantized, instead of what holds for the whole device."),
        new("weights", Menu, "How its constant operand can be quantized, instead of what holds for the whole device."),
        new("outputs", Menu, "How what it writes can be quantized."),
    ]);

    private static readonly (string Name, string Description)[] Patterns =
    [
        ("formula", "Why an addition or multiplication next to an operator of mathematics stays in float."),
        ("self_gate", "Why a tensor times a function of itself stays in float."),
        ("squeeze_excitation", "Why a squeeze-and-excitation block stays in float."),
    ];

    private static readonly MappingShape Costs = new(
    [
        .. Kernels.All.Select(kernel => new Key(kernel.Name, new MappingShape([.. kernel.Terms.Select(t => new Key(t.Name, Picoseconds, t.Description) { IsRequired = true })]), kernel.Description) { IsRequired = true }),
        new("negligible", Picoseconds, "A model that takes less than this in float has no speed to gain; it is quantized for its size.") { IsRequired = true },
        new("values", new NamesShape(new MappingShape(
        [
            new("float", Picoseconds, "A value in float.") { IsRequired = true },
            new("int8", Picoseconds, "A value in int8.") { IsRequired = true },
        ]), "operator types"), "Operators without weights, by the value.") { IsRequired = true },
    ]);

    public static MappingShape Root { get; } = new(
    [
        new("name", new TextShape("a name"), "The device's name, which is the file's.") { IsRequired = true },
        new("inherits", new TextShape("the name of a device"), "The device whose file holds where this one says nothing. Entries of `operators`, `float_patterns`, `costs` and `costs.values` replace those of the same name."),
        new("description", new TextShape("a sentence"), "What it is.") { IsRequired = true },
        new("unsigned_activations", new BooleanShape(), "Whether activations are stored unsigned.") { IsRequired = true },
        new("integer_outputs", new BooleanShape(), "Whether int8 kernels of convolutions and of operators without weights give integers, so that they need a quantizer behind them.") { IsRequired = true },
        new("integer_biases", new BooleanShape(), "Whether biases are stored as int32.") { IsRequired = true },
        new("products_saturate", new BooleanShape(), "Whether pairs of products are added in 16 bits.") { IsRequired = true },
        new("half_range", new BooleanShape(), "Whether `saturation_fix` may keep weights within half of their range.") { IsRequired = true },
        new("int16", new ChoiceShape("none", "simulated", "native"), "What it can do with 16-bit integers.") { IsRequired = true },
        new("reverts_to", new ChoiceShape("float", "int16", "int16_apart"), "What a search does with layers that lose too much: `float`; `int16` gives weights and activations 16 bits together; `int16_apart` where one of them alone is possible too.") { IsRequired = true },
        new("bounded_sums", new BooleanShape(), "Whether sums of products must fit 32 bits, so that scales of weights are widened where they would not.") { IsRequired = true },
        new("activations", Menu, "How activations can be quantized, fastest first.") { IsRequired = true },
        new("weights", Menu, "How weights can be quantized, fastest first.") { IsRequired = true },
        new("operators", new NamesShape(Operator, "operator types"), "What it does with which operator type.") { IsRequired = true },
        new("otherwise", new TextShape("a reason"), "Why every other operator type stays in float.") { IsRequired = true },
        new("float_patterns", new MappingShape([.. Patterns.Select(p => new Key(p.Name, new TextShape("a reason"), p.Description))]), "Patterns of operators that stay whole in float.") { IsRequired = true },
        new("costs", Costs, "What things cost, in picoseconds on one core."),
    ]);
}
