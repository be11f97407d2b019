using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>The validation data of the evaluation cases, as their quantize.yaml has it.</summary>
internal static class CaseSources
{
    public static DataSourceSpecification Validation(string name)
    {
        string File(string file) => Cases.PathOf(name, file);
        return name switch
        {
            "cifar10_resnet8" => Sources.Images(File("val"), File("val.csv")),
            "fer2013_minixception" => Sources.Images(File("val"), File("val.csv"), Sources.Color(ColorOrder.Gray), Sources.Normalize([127.5f], [127.5f])),
            "imagenet_mobilenetv2" => Sources.Images(File("val"), File("val.csv"), Sources.Normalize([128, 128, 128], [127, 127, 127])),
            "coco_espnetv2_seg" => Sources.Images(File("val"), File("val_masks.npy"), Sources.Normalize([123.675f, 116.28f, 103.53f], [58.395f, 57.12f, 57.375f])),
            "speechcmd_kwt1" or "superres_x3" => Sources.Tensors(File("val_labels.npy"), ("input", File("val_input.npy"))),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }
}
