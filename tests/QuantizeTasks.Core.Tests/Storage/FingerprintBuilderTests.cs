using System.Text;

namespace QuantizeTasks.Storage;

[TestClass]
public sealed class FingerprintBuilderTests
{
    [TestMethod]
    public void Finish_KnownInputs_IsTheHashOfTheDocumentedFraming()
    {
        // Made by Python's hashlib from the framing type + little-endian int64 length + bytes, texts in UTF-16-LE:
        //   p = lambda t, b: t + struct.pack('<q', len(b)) + b;  u = lambda t, s: p(t, s.encode('utf-16-le'))
        //   sha256(u(b'k','test/1') + u(b'n','text') + u(b's','ä') + u(b'n','none') + b'0' + struct.pack('<q',0) + u(b'n','count') + p(b'i', struct.pack('<q',-3))
        //   + u(b'n','drop') + p(b'd', struct.pack('<d',0.01)) + u(b'n','flag') + p(b'b', struct.pack('<q',1)) + u(b'n','bytes') + p(b'x', b'\1\2\3'))
        var fingerprint = new FingerprintBuilder("test/1").Add("text", "ä").Add("none", (string?)null).Add("count", -3).Add("drop", 0.01).Add("flag", true).Add("bytes", [1, 2, 3]).Finish();
        Assert.AreEqual("a566ba6708d0f21a40c8f26990bd0a56a44aff6ae8cac1c0d1b45fa95cd36c19", fingerprint);
    }

    [TestMethod]
    public void Finish_InputsThatCouldBeConfused_AllDiffer()
    {
        string[] fingerprints =
        [
            Of("a", f => f), Of("b", f => f), Of("a", f => f.Add("x", "")), Of("a", f => f.Add("x", (string?)null)), Of("a", f => f.Add("", "x")), Of("ax", f => f.Add("", "")),
            Of("a", f => f.Add("x", "yz")), Of("a", f => f.Add("xy", "z")), Of("a", f => f.Add("x", "y").Add("z", "")), Of("a", f => f.Add("x", "").Add("y", "z")), Of("a", f => f.Add("y", "z").Add("x", "")),
            Of("a", f => f.Add("x", 1)), Of("a", f => f.Add("x", 1.0)), Of("a", f => f.Add("x", true)), Of("a", f => f.Add("x", "1")), Of("a", f => f.Add("x", BitConverter.GetBytes(1L))),
            Of("a", f => f.Add("x", 0.0)), Of("a", f => f.Add("x", -0.0)), Of("a", f => f.Add("x", 0)), Of("a", f => f.Add("x", false)), Of("a", f => f.Add("x", ReadOnlySpan<byte>.Empty)),
            Of("a", f => f.Add("x", Encoding.Unicode.GetBytes("y"))), Of("a", f => f.Add("x", "y")), Of("a", f => f.Add("x", "\ud800")), Of("a", f => f.Add("x", "\ud801")), Of("a", f => f.Add("x", "\ufffd")),
        ];
        Assert.AreEqual(fingerprints.Length, fingerprints.Distinct().Count());
    }

    [TestMethod]
    public void Finish_SameInputs_IsEqual() => Assert.AreEqual(Of("a", f => f.Add("x", 1).Add("y", "z")), Of("a", f => f.Add("x", 1).Add("y", "z")));

    [TestMethod]
    public void Add_AfterFinish_Throws()
    {
        var builder = new FingerprintBuilder("a");
        _ = builder.Finish();
        Assert.ThrowsExactly<ObjectDisposedException>(() => builder.Add("x", 1));
    }

    private static string Of(string kind, Func<FingerprintBuilder, FingerprintBuilder> add) => add(new FingerprintBuilder(kind)).Finish();
}
