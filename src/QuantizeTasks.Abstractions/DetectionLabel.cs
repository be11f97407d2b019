using System;
using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>
/// The label of an image with boxes, and how the image came to be the model's input: what a detector's metric needs. As a <see cref="Sample.Label"/> it is a
/// double [boxes + 1, 8]: first the eight numbers of the image in the order of the properties here, then a row a box: class, x1, y1, x2, y2, 1 when ignored, area, 0.
/// </summary>
public sealed class DetectionLabel
{
    private const int Columns = 8;

    /// <summary>Creates a label.</summary>
    public DetectionLabel(double imageWidth, double imageHeight, double inputWidth, double inputHeight, double scaleX, double scaleY, double offsetX, double offsetY, IReadOnlyList<LabelledBox> boxes)
    {
        (ImageWidth, ImageHeight, InputWidth, InputHeight) = (imageWidth, imageHeight, inputWidth, inputHeight);
        (ScaleX, ScaleY, OffsetX, OffsetY) = (scaleX, scaleY, offsetX, offsetY);
        Boxes = boxes;
    }

    /// <summary>The image as it is stored, in pixels.</summary>
    public double ImageWidth { get; }

    /// <summary>Likewise.</summary>
    public double ImageHeight { get; }

    /// <summary>The model's input, in pixels.</summary>
    public double InputWidth { get; }

    /// <summary>Likewise.</summary>
    public double InputHeight { get; }

    /// <summary>A point x of the image is at x * ScaleX + OffsetX of the input.</summary>
    public double ScaleX { get; }

    /// <summary>Likewise for y.</summary>
    public double ScaleY { get; }

    /// <summary>See <see cref="ScaleX"/>.</summary>
    public double OffsetX { get; }

    /// <summary>See <see cref="ScaleY"/>.</summary>
    public double OffsetY { get; }

    /// <summary>The boxes in the order of the annotation, in pixels of the image.</summary>
    public IReadOnlyList<LabelledBox> Boxes { get; }

    /// <summary>The label as a sample carries it.</summary>
    public Tensor ToTensor()
    {
        var values = new double[(Boxes.Count + 1) * Columns];
        new[] { ImageWidth, ImageHeight, InputWidth, InputHeight, ScaleX, ScaleY, OffsetX, OffsetY }.CopyTo(values, 0);
        for (var i = 0; i < Boxes.Count; i++)
        {
            var box = Boxes[i];
            new[] { box.Class, box.X1, box.Y1, box.X2, box.Y2, box.IsIgnored ? 1 : 0, box.Area, 0 }.CopyTo(values, (i + 1) * Columns);
        }
        return Tensor.Create(values, Boxes.Count + 1, Columns);
    }

    /// <summary>Reads a label back; null when the tensor is none.</summary>
    public static DetectionLabel? From(Tensor label)
    {
        if (label is null)
            throw new ArgumentNullException(nameof(label));
        if (label.ElementType != typeof(double) || label.Shape.Count != 2 || label.Shape[0] < 1 || label.Shape[1] != Columns)
            return null;
        var v = label.As<double>();
        var boxes = new LabelledBox[label.Shape[0] - 1];
        for (var i = 0; i < boxes.Length; i++)
        {
            var at = (i + 1) * Columns;
            boxes[i] = new LabelledBox((int)v[at], v[at + 1], v[at + 2], v[at + 3], v[at + 4], v[at + 5] != 0, v[at + 6]);
        }
        return new DetectionLabel(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], boxes);
    }
}

/// <summary>One box of a label, in pixels of the image.</summary>
public readonly struct LabelledBox
{
    /// <summary>Creates a box.</summary>
    public LabelledBox(int classIndex, double x1, double y1, double x2, double y2, bool isIgnored, double area)
    {
        (Class, X1, Y1, X2, Y2) = (classIndex, x1, y1, x2, y2);
        (IsIgnored, Area) = (isIgnored, area);
    }

    /// <summary>The class as the model counts.</summary>
    public int Class { get; }

    /// <summary>The left edge.</summary>
    public double X1 { get; }

    /// <summary>The upper edge.</summary>
    public double Y1 { get; }

    /// <summary>The right edge.</summary>
    public double X2 { get; }

    /// <summary>The lower edge.</summary>
    public double Y2 { get; }

    /// <summary>Nobody has to find it and finding it is no mistake: <c>difficult</c> of Pascal VOC, <c>iscrowd</c> of COCO.</summary>
    public bool IsIgnored { get; }

    /// <summary>Square pixels of the object: <c>area</c> of COCO, which is that of its outline; elsewhere that of the box.</summary>
    public double Area { get; }
}
