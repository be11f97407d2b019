namespace QuantizeTasks.Drafting;

/// <summary>What a model is probably for, which decides how it is judged.</summary>
public enum ModelTask
{
    /// <summary>A score for each class.</summary>
    Classification,

    /// <summary>One score, for yes or no.</summary>
    YesOrNo,

    /// <summary>A score for each class at each pixel.</summary>
    Segmentation,

    /// <summary>Boxes with classes.</summary>
    Detection,

    /// <summary>A picture from a picture.</summary>
    ImageToImage,

    /// <summary>Numbers.</summary>
    Regression,

    /// <summary>A score for each class at each place of a sequence.</summary>
    Sequence,

    /// <summary>Something that only the float model can say about.</summary>
    Other,
}

/// <summary>How a picture goes into a model.</summary>
/// <param name="ChannelsFirst">True for NCHW.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
public sealed record ImageForm(bool ChannelsFirst, int Channels, int Height, int Width);
