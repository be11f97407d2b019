namespace QuantizeTasks;

/// <summary>What a run evaluates before it publishes.</summary>
public enum VerifyMode
{
    /// <summary>What the store does not know for exactly these bytes, data, metrics, runtime and version of the quantizer.</summary>
    Changed,

    /// <summary>Everything, whatever the store knows.</summary>
    Always,

    /// <summary>Nothing: the model is published if it is, byte for byte, the one that the lock file records, from the same inputs. Data need not be there.</summary>
    Hashes,

    /// <summary>Nothing at all. The model is published unproven, with a warning.</summary>
    Never,
}
