using System.Text.Json.Nodes;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>What <c>pot --quantize</c> takes instead of a configuration. The templates are those of the original: preset performance, 300 calibration samples.</summary>
/// <param name="IsAccuracyAware">AccuracyAwareQuantization, otherwise DefaultQuantization.</param>
/// <param name="Model">The model's absolute path.</param>
/// <param name="Weights">As given; null without.</param>
/// <param name="Name">The model's name.</param>
/// <param name="Preset">The preset; null for performance.</param>
/// <param name="DataSource">The images of the engine <c>simplified</c>, absolute; null for the engine <c>accuracy_checker</c>.</param>
/// <param name="CheckerConfiguration">The Accuracy Checker's file, absolute; null for the engine <c>simplified</c>.</param>
/// <param name="MaximalDrop">The budget as written; null for DefaultQuantization.</param>
internal sealed record PotTemplate(bool IsAccuracyAware, string Model, string? Weights, string Name, string? Preset, string? DataSource, string? CheckerConfiguration, double? MaximalDrop)
{
    private const int StatSubsetSize = 300;

    /// <summary>The configuration.</summary>
    public string Json()
    {
        var parameters = new JsonObject { ["preset"] = Preset ?? "performance", ["stat_subset_size"] = StatSubsetSize };
        if (MaximalDrop is not null)
            parameters["maximal_drop"] = MaximalDrop;
        var model = new JsonObject { ["model_name"] = Name, ["model"] = Model };
        if (Weights is not null)
            model["weights"] = Weights;
        return new JsonObject
        {
            ["model"] = model,
            ["engine"] = DataSource is null
                ? new JsonObject { ["type"] = "accuracy_checker", ["config"] = CheckerConfiguration }
                : new JsonObject { ["type"] = "simplified", ["data_source"] = DataSource },
            ["compression"] = new JsonObject
            {
                ["algorithms"] = new JsonArray(new JsonObject { ["name"] = IsAccuracyAware ? "AccuracyAwareQuantization" : "DefaultQuantization", ["params"] = parameters }),
            },
        }.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
