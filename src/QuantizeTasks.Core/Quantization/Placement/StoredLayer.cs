using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// An operator that computes in float with weights that are stored in int8: a quarter of the size, at the speed of float, since the runtime computes the float weights
/// once when it loads the model.
/// </summary>
/// <param name="Name">The operator's node name.</param>
/// <param name="OperatorType">The operator's type.</param>
/// <param name="Tensors">Its constants.</param>
internal sealed record StoredLayer(string Name, string OperatorType, ImmutableArray<StoredTensor> Tensors)
{
    /// <summary>True for an operator whose kernel computes with the integers, and quantizes what it reads by itself: faster than float, too.</summary>
    public bool IsDynamic { get; init; }

    /// <summary>What int8 means for it, in words.</summary>
    public string Description => IsDynamic ? "has an int8 kernel that finds ranges while it runs" : "computes in float with weights stored in int8";
}

/// <summary>A constant that is stored in int8.</summary>
/// <param name="Input">Which input of the operator it is.</param>
/// <param name="Tensor">The initializer.</param>
/// <param name="Axis">The axis along which each index has a scale of its own.</param>
internal sealed record StoredTensor(int Input, string Tensor, int Axis);
