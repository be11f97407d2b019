using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Tests.Quantization.Writing;
using AttributeType = QuantizeTasks.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace QuantizeTasks.Tests.Quantization.Placement;

/// <summary>
/// On a diamond with a tail: in, then left1 and left2 beside right, joined by an Add, then a MaxPool that two convolutions read. Expected sets are read off that picture.
/// </summary>
[TestClass]
public sealed class IgnoredNodesTests
{
    [TestMethod]
    [DataRow("left1", "left1")]
    [DataRow("left1|tail2", "left1 tail2")]
    [DataRow("pool", "pool tail1 tail2", DisplayName = "what only passes values on protects those that read it")]
    public void Scope_Names_AreIgnored(string names, string expected) => AssertIgnored(expected, IgnoredOperators.None with { Scope = Located(names) });

    [TestMethod]
    [DataRow(@"left\d", "left1 left2")]
    [DataRow("left", "", DisplayName = "whole names only: an error")]
    [DataRow("left1|right", "left1 right", DisplayName = "alternatives as wholes")]
    [DataRow(".*t2?", "left2 right", DisplayName = "whole names: left1 does not end there")]
    [DataRow("(?i)LEFT1", "left1")]
    public void Patterns_WholeNames_AreIgnored(string pattern, string expected)
    {
        var ignored = IgnoredOperators.None with { Patterns = [new(pattern, Settings.Position)] };
        if (expected.Length > 0)
            AssertIgnored(expected, ignored);
        else
            StringAssert.Contains(Error(ignored), $"ignored.patterns lists '{pattern}', but no operator");
    }

    /// <summary>Exponential for an engine that backtracks; (a+)+ on a long name that fails at its end.</summary>
    [TestMethod]
    public void Patterns_ThatTakeTooLong_AreAnErrorAtTheirPlace()
    {
        var model = Diamond(new string('n', 60) + "!");
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Ignored(model, IgnoredOperators.None with { Patterns = [new("(n+)+", Settings.Position)] }));

        Assert.AreEqual((DiagnosticCodes.ValueOutOfRange, Settings.Position), (thrown.Diagnostics.Single().Code, thrown.Diagnostics.Single().Position!.Value));
        StringAssert.Contains(thrown.Message, "takes more than 1 s");
    }

    [TestMethod]
    [DataRow("[a", "unterminated bracket")]
    [DataRow("a)", "insufficient opening parentheses")]
    [DataRow("(a", "insufficient closing parentheses")]
    [DataRow("a)|(b", "insufficient opening parentheses", DisplayName = "closing the group around it")]
    [DataRow("*", "quantifier after nothing")]
    public void NamePattern_Mistake_IsSaidInWords(string pattern, string mistake) => StringAssert.Contains(NamePattern.Mistake(pattern), mistake);

    [TestMethod]
    public void Operations_Type_IsIgnored()
    {
        AssertIgnored("join", IgnoredOperators.None with { Operations = [Operation("Add")] });
        AssertIgnored("pool tail1 tail2", IgnoredOperators.None with { Operations = [Operation("MaxPool")] });
    }

    [TestMethod]
    public void Operations_WithAttributes_AreThoseThatHaveThemAll()
    {
        AssertIgnored("left1 left2", IgnoredOperators.None with { Operations = [Operation("Conv", ("kernel_shape", ImmutableArray.Create<object>(3L, 3L)))] });
        AssertIgnored("left2", IgnoredOperators.None with { Operations = [Operation("Conv", ("kernel_shape", ImmutableArray.Create<object>(3L, 3L)), ("dilations", ImmutableArray.Create<object>(1L, 1L)))] });
        AssertIgnored("left1 left2 right", IgnoredOperators.None with { Operations = [Operation("Conv", ("kernel_shape", ImmutableArray.Create<object>(3L, 3L))), Operation("Conv", ("auto_pad", "VALID"))] });
    }

    [TestMethod]
    [DataRow("MatMul", null, null, "no operator of that type")]
    [DataRow("Convv", null, null, "Did you mean 'Conv'?")]
    [DataRow("Conv", "dilation", 1L, "no Conv of the model 'test.onnx' writes one of that name. Did you mean 'dilations'?")]
    [DataRow("Conv", "auto_pad", "SAME", "asks for 'auto_pad' of 'SAME', but in the model 'test.onnx' that of Conv is 'VALID'.")]
    [DataRow("Conv", "kernel_shape", 3L, "but in the model 'test.onnx' that of Conv is [1, 1] or [3, 3].")]
    public void Operations_ThatMatchNothing_AreErrors(string type, string? attribute, object? value, string message) =>
        StringAssert.Contains(Error(IgnoredOperators.None with { Operations = [attribute is null ? Operation(type) : Operation(type, (attribute, value!))] }), message);

    [TestMethod]
    public void Operations_WithACombinationThatNobodyHas_AreAnError() => StringAssert.Contains(
        Error(IgnoredOperators.None with { Operations = [Operation("Conv", ("auto_pad", "VALID"), ("kernel_shape", ImmutableArray.Create<object>(3L, 3L)))] }), "but none has them all");

    [TestMethod]
    [DataRow("in", "join", "in left1 left2 right join")]
    [DataRow("left1", "join", "left1 left2 join")]
    [DataRow("left1", "left1", "left1")]
    [DataRow("left1|right", "join", "left1 left2 right join")]
    [DataRow("left2", "tail1|tail2", "left2 join pool tail1 tail2")]
    [DataRow("join", "pool", "join pool tail1 tail2", DisplayName = "the MaxPool at the end protects its readers")]
    public void Subgraphs_AllBetween_IsIgnored(string inputs, string outputs, string expected) =>
        AssertIgnored(expected, IgnoredOperators.None with { Subgraphs = [new(Located(inputs), Located(outputs))] });

    [TestMethod]
    [DataRow("left1", "right", "ignored.subgraphs begins with 'left1', from which no path leads to any of its outputs.")]
    [DataRow("join", "in", "ignored.subgraphs ends with 'in', to which no path leads from any of its inputs.")]
    [DataRow("in|tail1", "join", "begins with 'tail1', from which no path leads")]
    [DataRow("lft1", "join", "Did you mean 'left1'?")]
    [DataRow("left1", "jon", "Did you mean 'join'?")]
    public void Subgraphs_ThatAreNone_AreErrors(string inputs, string outputs, string message) =>
        StringAssert.Contains(Error(IgnoredOperators.None with { Subgraphs = [new(Located(inputs), Located(outputs))] }), message);

    [TestMethod]
    public void Find_SeveralMistakes_AreReportedAtOnce()
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Ignored(Diamond(), new IgnoredOperators(false, Located("nowhere"), Located("no.*"), [Operation("Nothing")], [new(Located("in"), Located("no"))])));

        Assert.HasCount(4, thrown.Diagnostics);
        Assert.IsTrue(thrown.Diagnostics.All(d => d.Code == DiagnosticCodes.UnknownName && d.Position == Settings.Position));
    }

    [TestMethod]
    [DataRow("i", 2L, true)]
    [DataRow("i", 2.0, true)]
    [DataRow("i", 2.5, false)]
    [DataRow("i", true, false)]
    [DataRow("one", true, true)]
    [DataRow("f", 0.1, true, DisplayName = "0.1 is the float next to it")]
    [DataRow("f", 0.10001, false)]
    [DataRow("f", 0L, false)]
    [DataRow("s", "text", true)]
    [DataRow("s", "Text", false)]
    [DataRow("number", 7L, true, DisplayName = "a text that looks like a number, unquoted")]
    [DataRow("graph", 1L, false)]
    [DataRow("absent", 0L, false)]
    public void AttributeMatch_Scalars_AreComparedAsTheyAreStored(string name, object value, bool matches) => Assert.AreEqual(matches, AttributeMatch.Matches(Attributes(), name, value));

    [TestMethod]
    public void AttributeMatch_Lists_AreComparedElementByElement()
    {
        var node = Attributes();
        Assert.IsTrue(AttributeMatch.Matches(node, "is", ImmutableArray.Create<object>(1L, 2L)));
        Assert.IsFalse(AttributeMatch.Matches(node, "is", ImmutableArray.Create<object>(2L, 1L)));
        Assert.IsFalse(AttributeMatch.Matches(node, "is", ImmutableArray.Create<object>(1L)));
        Assert.IsFalse(AttributeMatch.Matches(node, "is", 1L));
        Assert.IsFalse(AttributeMatch.Matches(node, "i", ImmutableArray.Create<object>(2L)));
        Assert.IsTrue(AttributeMatch.Matches(node, "fs", ImmutableArray.Create<object>(0.1, 2L)));
        Assert.IsTrue(AttributeMatch.Matches(node, "ss", ImmutableArray.Create<object>("a", "b")));
    }

    private static NodeProto Attributes()
    {
        var node = NodeAttributes.Node("Any", "any", []).With("i", 2L).With("one", 1L).With("f", 0.1f).With("s", "text").With("number", "7").With("is", 1, 2);
        node.Attribute.Add(new AttributeProto { Name = "fs", Type = AttributeType.Floats, Floats = { 0.1f, 2 } });
        node.Attribute.Add(new AttributeProto { Name = "ss", Type = AttributeType.Strings, Strings = { Google.Protobuf.ByteString.CopyFromUtf8("a"), Google.Protobuf.ByteString.CopyFromUtf8("b") } });
        node.Attribute.Add(new AttributeProto { Name = "graph", Type = AttributeType.Graph, G = new GraphProto() });
        return node;
    }

    private static OnnxModel Diamond(string first = "in") => FusionTests.Image(32)
        .Named(first, "Relu", ["x"], ["i"]).Named("left1", "Conv", ["i", "w"], ["l1"], n => n.With("kernel_shape", 3, 3)).Named("left2", "Conv", ["l1", "w"], ["l2"], n => n.With("kernel_shape", 3, 3).With("dilations", 1, 1))
        .Named("right", "Conv", ["i", "w"], ["r"], n => n.With("kernel_shape", 1, 1).With("auto_pad", "VALID")).Named("join", "Add", ["l2", "r"], ["j"]).Named("pool", "MaxPool", ["j"], ["p"])
        .Named("tail1", "Conv", ["p", "w"], ["y1"]).Named("tail2", "Conv", ["p", "w"], ["y2"]).Random("w", 32, 32, 3, 3).Output("y1").Output("y2").Build();

    private static ImmutableArray<Located<string>> Located(string names) => [.. names.Split('|').Select(n => new Located<string>(n, Settings.Position))];

    private static IgnoredOperation Operation(string type, params (string Name, object Value)[] attributes) =>
        new(new(type, Settings.Position), attributes.ToImmutableSortedDictionary(a => a.Name, a => new Located<object>(a.Value, Settings.Position), StringComparer.Ordinal));

    private static string[] Ignored(OnnxModel model, IgnoredOperators ignored)
    {
        var found = new List<string>();
        IgnoredNodes.Find(model, ImmutableDictionary<string, NodeProto>.Empty, DeviceCatalogue.Find(new("CPU", Settings.Position)), ignored, (node, reason) =>
        {
            StringAssert.Contains(reason, "ignored.");
            found.Add(node.Name);
        });
        return [.. model.Graph.Nodes.Select(n => n.Name).Where(found.Contains)];
    }

    private static void AssertIgnored(string expected, IgnoredOperators ignored) => Assert.AreEqual(expected, string.Join(' ', Ignored(Diamond(), ignored)));

    private static string Error(IgnoredOperators ignored)
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Ignored(Diamond(), ignored));
        Assert.AreEqual((DiagnosticCodes.UnknownName, Settings.Position), (thrown.Diagnostics[0].Code, thrown.Diagnostics[0].Position!.Value));
        return thrown.Message;
    }
}
