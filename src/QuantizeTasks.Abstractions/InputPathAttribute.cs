using System;

namespace QuantizeTasks;

/// <summary>
/// Marks a text parameter of a plug-in's constructor as the path of a file or folder that it reads. In the manifest it is relative to the manifest, the plug-in gets it absolute, and a
/// build looks at what lies there to know whether it is up to date.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InputPathAttribute : Attribute
{
}
