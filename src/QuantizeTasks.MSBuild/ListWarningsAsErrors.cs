using System.Collections.Generic;
using System.Globalization;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>
/// Whether a bare <c>-warnaserror</c> turns the quantizer's warnings into errors, asked where no project's own list can hide it. <see cref="WarningLog"/> says what for.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class ListWarningsAsErrors : Task
{
    /// <summary>No diagnostic has this number.</summary>
    private const string AnyWarning = "QTZ0000";

    /// <summary><c>all</c> when every warning becomes an error, followed by the quantizer's codes that do not; nothing otherwise.</summary>
    [Output]
    public string[] Answer { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (BuildEngine is not IBuildEngine8 engine || !engine.ShouldTreatWarningAsError(AnyWarning))
            return true;
        var answer = new List<string> { "all" };
        for (var number = 1; number < 10_000; number++)
        {
            var code = "QTZ" + number.ToString("D4", CultureInfo.InvariantCulture);
            if (!engine.ShouldTreatWarningAsError(code))
                answer.Add(code);
        }
        Answer = answer.ToArray();
        return true;
    }
}
