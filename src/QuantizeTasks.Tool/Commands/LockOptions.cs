using System.CommandLine;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The options of <c>run</c> about the lock file and about what is evaluated again.</summary>
internal sealed class LockOptions
{
    private readonly Option<string?> _lockFile = new("--lock-file") { Description = "The lock file, or none. Default: beside the manifest, quantize.lock.json for quantize.yaml.", HelpName = "FILE" };
    private readonly Option<bool> _lockedMode = new("--locked-mode") { Description = "Fail when anything is not as the lock file says, and name it. The file is not written." };
    private readonly Option<string?> _verify = new("--verify") { Description = "What to evaluate: changed (what is not known), always (everything), hashes (nothing, but the bytes must be those of the lock file) or never. Default: changed.", HelpName = "MODE" };
    private readonly Option<string?> _variant = new("--variant") { Description = "The entry of the lock file, for one manifest that is built with several sets of options.", HelpName = "NAME" };

    public LockOptions() => _verify.AcceptOnlyFromAmong([.. RunSettings.VerifyModes.Keys]);

    public void AddTo(Command command)
    {
        command.Add(_lockFile);
        command.Add(_lockedMode);
        command.Add(_verify);
        command.Add(_variant);
    }

    public RunRequest Read(ParseResult parsed, ToolContext context, RunRequest request) => request with
    {
        LockFile = parsed.GetValue(_lockFile) is not { } path ? null : path == LockFilePath.None ? path : context.Absolute(path),
        LockedMode = parsed.GetValue(_lockedMode),
        Verify = parsed.GetValue(_verify) is { } mode ? RunSettings.VerifyModes[mode] : VerifyMode.Changed,
        Variant = parsed.GetValue(_variant),
    };
}
