using System.CommandLine;

namespace QuantizeTasks.Tool.Commands;

/// <summary>Two models on the command line, of which one may come from standard input.</summary>
/// <param name="second">What the second one usually is; empty when it may be anything.</param>
internal sealed class ModelPair(string second = "")
{
    private readonly Argument<string> _first = new("first") { Description = "The model that the other is compared with, usually the float one; - for standard input." };
    private readonly Argument<string> _second = new("second") { Description = $"The other model{second}; - for standard input." };

    public void AddTo(Command command)
    {
        command.Add(_first);
        command.Add(_second);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_first) == ModelInput.Standard && result.GetValue(_second) == ModelInput.Standard)
                result.AddError("Only one of the models can come from standard input.");
        });
    }

    public ModelInput OpenFirst(ParseResult parsed, ToolContext context) => ModelInput.Open(parsed.GetValue(_first)!, context);

    public ModelInput OpenSecond(ParseResult parsed, ToolContext context) => ModelInput.Open(parsed.GetValue(_second)!, context);
}
