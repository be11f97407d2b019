using System;

namespace Microsoft.Build.Framework;

/// <summary>
/// Lets <c>msbuild -mt</c> run a task inside the build's own process, several at once. MSBuild looks for this name only (its document on thread-safe tasks), and the API that this
/// project compiles against is older than the type. A task that has it uses neither the current directory nor static state: paths come absolute from the targets.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
