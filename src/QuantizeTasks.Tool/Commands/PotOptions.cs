using System.CommandLine;
using System.CommandLine.Parsing;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The options of <c>pot</c> that say what to do, by the names and rules of the original's command line.</summary>
internal sealed class PotOptions
{
    private readonly Option<string?> _config = new("--config", "-c") { Description = "A configuration of the Post-training Optimization Tool. Excludes -q and what goes with it.", HelpName = "FILE" };
    private readonly Option<string?> _quantize = new("--quantize", "-q") { Description = "default or accuracy_aware: no configuration, but options and the original's template.", HelpName = "NAME" };
    private readonly Option<string?> _preset = new("--preset") { Description = "With -q: performance or mixed.", HelpName = "NAME" };
    private readonly Option<string?> _model = new("--model", "-m") { Description = "With -q: the ONNX model.", HelpName = "FILE" };
    private readonly Option<string?> _weights = new("--weights", "-w") { Description = "With -q: an ONNX model needs none; the model itself is accepted.", HelpName = "FILE" };
    private readonly Option<string?> _name = new("--name", "-n") { Description = "With -q: what the model is called. Default: the model's file name.", HelpName = "NAME" };
    private readonly Option<string?> _engine = new("--engine") { Description = "With -q: accuracy_checker (the default) or simplified.", HelpName = "NAME" };
    private readonly Option<string?> _dataSource = new("--data-source") { Description = "With --engine simplified: a folder of images, a glob or a .txt list.", HelpName = "DIR" };
    private readonly Option<string?> _checker = new("--ac-config") { Description = "With --engine accuracy_checker: its configuration.", HelpName = "FILE" };
    private readonly Option<double?> _maximalDrop = new("--max-drop") { Description = "With -q accuracy_aware: the budget.", HelpName = "X" };

    public void AddTo(Command command)
    {
        _quantize.AcceptOnlyFromAmong("default", "accuracy_aware");
        _preset.AcceptOnlyFromAmong("performance", "mixed");
        _engine.AcceptOnlyFromAmong("accuracy_checker", "simplified");
        foreach (var option in (Option[])[_config, _quantize, _preset, _model, _weights, _name, _engine, _dataSource, _checker, _maximalDrop])
            command.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>The configuration's absolute path; null with <c>-q</c>.</summary>
    public string? Configuration(ParseResult parsed, ToolContext context) => parsed.GetValue(_config) is { } config ? context.Absolute(config) : null;

    /// <summary>What <c>-q</c> amounts to.</summary>
    public PotTemplate Template(ParseResult parsed, ToolContext context)
    {
        var model = context.Absolute(parsed.GetValue(_model)!);
        var weights = parsed.GetValue(_weights) is { } file ? context.Absolute(file) : null;
        var simplified = IsSimplified(parsed.CommandResult);
        return new PotTemplate(
            parsed.GetValue(_quantize) == "accuracy_aware", model, weights, parsed.GetValue(_name) ?? Path.GetFileNameWithoutExtension(model), parsed.GetValue(_preset),
            simplified ? context.Absolute(parsed.GetValue(_dataSource)!) : null, simplified ? null : context.Absolute(parsed.GetValue(_checker)!), parsed.GetValue(_maximalDrop));
    }

    /// <summary>Whether options say that there is no metric.</summary>
    public bool IsSimplified(CommandResult result) => Given(result, _engine) == "simplified";

    private void Check(CommandResult result)
    {
        var (config, quantize) = (Given(result, _config), Given(result, _quantize));
        if (quantize is not (null or "default" or "accuracy_aware") || Given(result, _engine) is not (null or "accuracy_checker" or "simplified"))
            return; // The options report that themselves.
        if (config is null == quantize is null)
        {
            result.AddError("Give either -c, a configuration, or -q, what to do.");
            return;
        }
        if (config is not null)
        {
            foreach (var option in ((Option[])[_preset, _model, _weights, _name, _engine, _dataSource, _checker, _maximalDrop]).Where(o => result.GetResult(o) is { Implicit: false }))
                result.AddError($"{option.Name} goes with -q; with -c the configuration says it.");
            return;
        }
        if (Given(result, _model) is null)
            result.AddError("-q needs -m, the ONNX model.");
        if (Given(result, _name) is { } name && (name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', ':')))
            result.AddError($"-n '{name}' is the name of a folder and a file; it has no '/', '\\' or ':'.");
        var simplified = IsSimplified(result);
        if (simplified && Given(result, _dataSource) is null)
            result.AddError("--engine simplified needs --data-source.");
        if (simplified && Given(result, _checker) is not null)
            result.AddError("--ac-config goes with --engine accuracy_checker.");
        if (!simplified && Given(result, _checker) is null)
            result.AddError("-q needs --ac-config, or --engine simplified.");
        if (!simplified && Given(result, _dataSource) is not null)
            result.AddError("--data-source goes with --engine simplified.");
        if (quantize == "accuracy_aware" && simplified)
            result.AddError("-q accuracy_aware needs a metric, which --engine simplified does not have.");
        if (quantize == "accuracy_aware" == Given(result, _maximalDrop) is null)
            result.AddError(quantize == "accuracy_aware" ? "-q accuracy_aware needs --max-drop." : "--max-drop goes with -q accuracy_aware.");
    }

    // As it was written: this runs before options are checked one by one, and asking for a value that an option does not accept would throw.
    private static string? Given(CommandResult result, Option option) => result.GetResult(option)?.Tokens is [var token, ..] ? token.Value : null;
}
