using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Locking;

/// <summary>What can be wrong with a lock file itself.</summary>
internal static class LockFileErrors
{
    private const string Remedy = "Take the file from source control again, or delete it: the next build that is not in locked mode searches anew and writes it.";

    public static QuantizeException Damaged(string reason, SourcePosition position) =>
        new(DiagnosticCodes.LockFileInvalid, $"The lock file cannot be used: {reason}. {Remedy}", position);

    public static QuantizeException Newer(long version, SourcePosition position) =>
        new(DiagnosticCodes.LockFileInvalid, $"The lock file has schemaVersion {version}, and this version of the quantizer reads {LockFile.SchemaVersion}. Use the version that wrote it, or a later one. Whoever deletes the file loses the decision that it holds.", position);
}
