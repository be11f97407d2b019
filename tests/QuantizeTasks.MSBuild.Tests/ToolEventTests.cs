using Microsoft.Build.Framework;

namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public class ToolEventTests
{
    [TestMethod]
    public void TryParse_Diagnostic_HasEveryPart()
    {
        var e = ToolEvent.TryParse("""{"kind":"diagnostic","severity":"error","code":"QTZ2001","message":"too bad","file":"/p/quantize.yaml","line":14,"column":19}""")!;

        Assert.IsTrue(e.IsDiagnostic);
        Assert.IsTrue(e.IsError);
        Assert.AreEqual("QTZ2001", e.Code);
        Assert.AreEqual("too bad", e.Message);
        Assert.AreEqual("/p/quantize.yaml", e.File);
        Assert.AreEqual(14, e.Line);
        Assert.AreEqual(19, e.Column);
    }

    [TestMethod]
    public void TryParse_DiagnosticWithoutPosition_CountsAsTheWholeFile()
    {
        var e = ToolEvent.TryParse("""{"kind":"diagnostic","severity":"warning","code":"QTZ2001","message":"hm","file":null,"line":1e99}""")!;

        Assert.IsFalse(e.IsError);
        Assert.AreEqual("", e.File);
        Assert.AreEqual(0, e.Line);
        Assert.AreEqual(0, e.Column);
    }

    [TestMethod]
    [DataRow("fatal")]
    [DataRow("")]
    public void TryParse_SeverityThatIsUnknown_IsAnError(string severity) =>
        Assert.IsTrue(ToolEvent.TryParse($$"""{"kind":"diagnostic","severity":"{{severity}}","code":"QTZ2001","message":"x"}""")!.IsError);

    [TestMethod]
    [DataRow("high", MessageImportance.High)]
    [DataRow("normal", MessageImportance.Normal)]
    [DataRow("low", MessageImportance.Low)]
    [DataRow("whatever", MessageImportance.Low)]
    public void TryParse_Message_HasItsImportance(string importance, MessageImportance expected)
    {
        var e = ToolEvent.TryParse($$"""{"kind":"message","importance":"{{importance}}","text":"hello"}""")!;

        Assert.IsFalse(e.IsDiagnostic);
        Assert.AreEqual(expected, e.Importance);
        Assert.AreEqual("hello", e.Message);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("2026-01-01 [W:onnxruntime] something")]
    [DataRow("{not json")]
    [DataRow("""{"other":1}""")]
    [DataRow("""{"kind":"unheard of"}""")]
    [DataRow("""{"kind":3}""")]
    public void TryParse_AnythingElse_IsNoEvent(string line) => Assert.IsNull(ToolEvent.TryParse(line));
}
