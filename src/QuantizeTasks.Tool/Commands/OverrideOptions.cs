using System.CommandLine;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The options of <c>run</c> that take the place of one value of the manifest. The text goes through the manifest's own checks, so both say the same about it.</summary>
internal sealed class OverrideOptions
{
    private readonly Option<string>[] _options =
    [
        Option("--maximal-drop", "The accuracy budget, instead of the manifest's maximal_drop.", "X"),
        Option("--drop-type", "absolute or relative, instead of the manifest's drop_type.", "TYPE"),
        Option("--preset", "performance or mixed, instead of the manifest's preset.", "NAME"),
        Option("--max-iter-num", "Most steps of the search, instead of the manifest's max_iter_num.", "N"),
        Option("--ranking-subset-size", "Samples that rank layers, instead of the manifest's ranking_subset_size.", "N"),
        Option("--stat-subset-size", "Calibration samples, instead of the manifest's stat_subset_size.", "N"),
        Option("--search", "fast or greedy, instead of the manifest's search.", "NAME"),
        Option("--ranking", "racing or exhaustive, instead of the manifest's ranking.", "NAME"),
        Option("--time-limit", "How long the search may take, such as 20m, instead of the manifest's time_limit.", "TIME"),
    ];

    private readonly Option<string> _model = Option("--model", "The float model, instead of the manifest's model.", "FILE");

    public void AddTo(Command command)
    {
        command.Add(_model);
        foreach (var option in _options)
            command.Add(option);
    }

    public ManifestOverrides Read(ParseResult parsed, ToolContext context)
    {
        var values = _options.Where(option => parsed.GetValue(option) is not null)
            .Select(option => new ManifestOverride(Key(option), parsed.GetValue(option)!, $"option {option.Name}")).ToList();
        if (parsed.GetValue(_model) is { } model)
            values.Insert(0, new ManifestOverride("model", context.Absolute(model), $"option {_model.Name}"));
        return new ManifestOverrides([.. values]);
    }

    /// <summary><c>--maximal-drop</c> is <c>maximal_drop</c> in a manifest.</summary>
    internal static string Key(Option option) => option.Name.TrimStart('-').Replace('-', '_');

    private static Option<string> Option(string name, string description, string value) => new(name) { Description = description, HelpName = value };
}
