namespace QuantizeTasks.Diagnostics;

/// <summary>What a process that ran the quantizer returns. Stable: scripts depend on them.</summary>
public static class ExitCodes
{
    /// <summary>The int8 model was written and is within the budget.</summary>
    public const int Success = 0;

    /// <summary>The command line or the job is wrong.</summary>
    public const int Usage = 1;

    /// <summary>The manifest is wrong.</summary>
    public const int Manifest = 2;

    /// <summary>The model is wrong.</summary>
    public const int Model = 3;

    /// <summary>The int8 model is not within the budget, or that cannot be decided.</summary>
    public const int BudgetExceeded = 4;

    /// <summary>ONNX Runtime is missing or failed.</summary>
    public const int Runtime = 5;

    /// <summary>The data is missing or wrong.</summary>
    public const int Data = 6;

    /// <summary>The lock file is missing or damaged, or something is not as it says.</summary>
    public const int LockFile = 7;

    /// <summary>A folder cannot be used, or the quantizer has a defect. EX_SOFTWARE of sysexits.h.</summary>
    public const int Internal = 70;

    /// <summary>The user ended the run. 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;

    /// <summary>The exit code of a run that ends with a diagnostic: its first digit is the area and decides.</summary>
    /// <param name="code">Such as <c>QTZ2001</c>; anything else is an internal error.</param>
    public static int For(string code) => code is ['Q', 'T', 'Z', '6', '0', '1', _] ? LockFile : code is ['Q', 'T', 'Z', var area, _, _, _] ? area switch
    {
        '1' => Manifest,
        '2' => BudgetExceeded,
        '3' => Runtime,
        '4' => Model,
        '5' => Data,
        '7' => Usage,
        _ => Internal,
    } : Internal;
}
