namespace QuantizeTasks.Diagnostics;

/// <summary>
/// Every code of the quantizer; <see cref="DiagnosticCatalog"/> explains them. The first digit is the area and decides the exit code (<see cref="ExitCodes.For"/>).
/// </summary>
public static class DiagnosticCodes
{
    // 1: manifest
    public const string ManifestNotFound = "QTZ1001";
    public const string ManifestSyntax = "QTZ1002";
    public const string UnknownKey = "QTZ1003";
    public const string WrongType = "QTZ1004";
    public const string MissingKey = "QTZ1005";
    public const string ValueOutOfRange = "QTZ1006";
    public const string UnknownName = "QTZ1007";
    public const string ConflictingKeys = "QTZ1008";
    public const string NotSupportedYet = "QTZ1009";
    public const string DeviceCannot = "QTZ1010";
    public const string PotKeyUnsupported = "QTZ1030";
    public const string OpenVinoModel = "QTZ1031";

    // 2: accuracy
    public const string BudgetExceeded = "QTZ2001";
    public const string MetricNotFinite = "QTZ2002";
    public const string RelativeDropOfZero = "QTZ2003";
    public const string NotEnoughEvidence = "QTZ2004";
    public const string SizeBudgetExceeded = "QTZ2005";
    public const string SpeedBudgetMissed = "QTZ2006";
    public const string SelectionNoise = "QTZ2007";
    public const string NothingToLose = "QTZ2008";

    // 3: runtime
    public const string RuntimeNotFound = "QTZ3001";
    public const string RuntimeRejectedModel = "QTZ3002";
    public const string RuntimeRunFailed = "QTZ3003";
    public const string ExtensionsNotFound = "QTZ3004";
    public const string NotEmulated = "QTZ3005";
    public const string ProcessorDiffers = "QTZ3006";
    public const string Int8NotFaster = "QTZ3007";

    public const string RuntimeNotForMachine = "QTZ3010";
    public const string RuntimeTooOld = "QTZ3011";
    public const string RuntimesCollide = "QTZ3012";
    public const string RuntimeFlavour = "QTZ3013";

    // 4: model
    public const string ModelNotFound = "QTZ4001";
    public const string ModelUnreadable = "QTZ4002";
    public const string ModelInvalid = "QTZ4003";
    public const string ExternalDataInvalid = "QTZ4004";
    public const string OpsetUnsupported = "QTZ4005";
    public const string NothingToQuantize = "QTZ4006";
    public const string ModelTooLarge = "QTZ4007";
    public const string AlreadyQuantized = "QTZ4008";
    public const string NothingToCorrect = "QTZ4009";

    // 5: data
    public const string DataNotFound = "QTZ5001";
    public const string DataUnreadable = "QTZ5002";
    public const string TooFewSamples = "QTZ5003";
    public const string LabelMissing = "QTZ5004";
    public const string LabelInvalid = "QTZ5005";
    public const string ShapeMismatch = "QTZ5006";
    public const string ValueNotFinite = "QTZ5007";
    public const string CalibrationTooSmall = "QTZ5050";
    public const string CalibrationSingleClass = "QTZ5051";
    public const string CalibrationDuplicates = "QTZ5052";
    public const string CalibrationConstant = "QTZ5053";
    public const string CalibrationDiffers = "QTZ5054";
    public const string DataChanged = "QTZ5059";

    public const string PluginNotFound = "QTZ5060";
    public const string PluginClassNotFound = "QTZ5061";
    public const string PluginUnsuitable = "QTZ5062";
    public const string PluginParameter = "QTZ5063";
    public const string PluginFailed = "QTZ5064";
    public const string PluginContract = "QTZ5065";

    // 6: store and files
    public const string StoreUnusable = "QTZ6001";
    public const string OutputNotWritable = "QTZ6002";
    public const string LockTimeout = "QTZ6003";
    public const string LockFileInvalid = "QTZ6010";
    public const string LockFileMismatch = "QTZ6011";
    public const string LockFileMissing = "QTZ6012";
    public const string LockNotReproduced = "QTZ6013";
    public const string NothingVerified = "QTZ6014";
    public const string LockNotWritten = "QTZ6015";
    public const string LockFileOutdated = "QTZ6016";
    public const string CacheNotImported = "QTZ6020";
    public const string ShardsIncomplete = "QTZ6021";
    public const string SearchIncomplete = "QTZ6022";

    // 7: build integration (7001 to 7099 are the MSBuild task's own)
    public const string JobInvalid = "QTZ7101";
    public const string ModelWithoutManifest = "QTZ7120";
    public const string StreamIsTerminal = "QTZ7121";
    public const string FileExists = "QTZ7122";
    public const string CacheLimitInvalid = "QTZ7138";
    public const string ShardInvalid = "QTZ7139";

    // 9: internal
    public const string InternalError = "QTZ9001";
}
