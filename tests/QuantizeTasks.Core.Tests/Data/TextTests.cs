using System.Text;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class TextTests : IDisposable
{
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\n##ing\nthe\nquick\nbrown\nfox\n,\n.\n!\n?\njump\n##s\n##ed\nover\nca\n##fe\ncafe\nnaive\na\n##b\n##c\nb\nc\n中\n国\n'\nt\ndon\n$\n^\n1\n##2\nstrasse\n##ss\n[MASK]\n";

    private static readonly string[] Texts =
    [
        "unaffable", "The quick brown fox jumps over.", "  UNAFFING\t quick,fox!?  ", "café naïve CAFÉ", "abc abcb", "中国 the中fox", "don't jumped", "$1 ^ 12 122", "", "zzz", "a\u00a0b", "quick\u0000brown\ufffd fox", "jump\u0301s", "a-b",
    ];

    private readonly TemporaryFolder _folder = new();

    public TextTests() => File.WriteAllText(_folder.File("vocab.txt"), Vocabulary);

    public void Dispose() => _folder.Dispose();

    /// <summary>The example of the reference implementation's own test (google-research/bert, tokenization_test.py): un ##aff ##able, with its vocabulary's indices.</summary>
    [TestMethod]
    public void Encode_UnaffableAndUnknown_FollowsTheReference()
    {
        File.WriteAllText(_folder.File("v.txt"), "[UNK]\n[CLS]\n[SEP]\nwant\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\n");
        var tokenizer = new WordPiece(Sources.At(_folder.File("v.txt")), lowerCase: true);

        CollectionAssert.AreEqual(new long[] { 1, 7, 4, 5, 8, 9, 2 }, tokenizer.Encode("unwanted running", null, 100).Ids);
        CollectionAssert.AreEqual(new long[] { 1, 0, 8, 9, 2 }, tokenizer.Encode("unwantedX running", null, 100).Ids);
    }

    /// <summary>Two implementations that share nothing: ours, and the C++ one of ONNX Runtime Extensions.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Encode_ManyTexts_EqualsTheRuntimesTokenizer(bool lowerCase)
    {
        var ours = new WordPiece(Sources.At(_folder.File("vocab.txt")), lowerCase);
        var theirs = new ExtensionsTokenizer(Settings("bert", null) with { LowerCase = lowerCase });
        // The C++ one reads C strings, and keeps the pieces before one that is unknown, where the reference gives up the word.
        foreach (var text in Texts.Where(t => !t.Contains('\0', StringComparison.Ordinal) && (lowerCase || !t.Any(c => c is 'é' or '\u0301'))))
            Assert.AreEqual(string.Join(' ', theirs.Encode(text, null, 100).Ids), string.Join(' ', ours.Encode(text, null, 100).Ids), text);
    }

    /// <summary>Two tiny models and what Python's sentencepiece makes of texts with them (Fixtures/generate_text.py). Both begin a text with id 1, end it with 2 and have 0 for what is unknown.</summary>
    [TestMethod]
    [DataRow("unigram", "the quick brown fox", "17 22 20 13")]
    [DataRow("unigram", "quantized café models dropped", "15 44 7 6 29 8 43 53 44")]
    [DataRow("unigram", "  spaces   here ", "55 29 43 54 48 53 29 55 33 53 51 53")]
    [DataRow("unigram", "中 unknown", "55 0 55 45 49 38 49 52 27 49")]
    [DataRow("unigram", "naïve proofs over kernels", "3 12 29 11 9 29")]
    [DataRow("bpe", "the quick brown fox", "31 40 53 33 15 36 38 48 16 5 59 37 31 46 34 58")]
    [DataRow("bpe", "中 unknown", "31 0 31 41 37 48 37 34 59 37")]
    [DataRow("bpe", "naïve proofs over kernels", "22 13 5 34 46 57 31 34 50 4 31 48 4 37 10 57")]
    public void Encode_SentencePiece_EqualsThePythonPackage(string model, string text, string expected)
    {
        var plain = SentencePiece(model);
        Assert.AreEqual(expected, Ids(plain, text));
        Assert.AreEqual($"1 {expected} 2", Ids(plain with { AddBos = true, AddEos = true }, text));
        // fairseq moves every id up by one and has its own for what is unknown and for the beginning.
        Assert.AreEqual("0 " + string.Join(' ', expected.Split(' ').Select(id => id == "0" ? "3" : (int.Parse(id, System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture))) + " 2",
            Ids(plain with { AddBos = true, AddEos = true, Fairseq = true }, text));
        Assert.AreEqual($"1 {expected.Split(' ')[0]} 2", Ids(plain with { AddBos = true, AddEos = true }, text, 3), "cut, but ended");
        Assert.AreEqual(expected.Split(' ')[0], Ids(plain, text, 1));
    }

    [TestMethod]
    public void Open_SentencePieceThatIsNone_IsRefused()
    {
        var error = Sources.Error(() => Ids(Settings("sentencepiece", null), "a"), DiagnosticCodes.DataUnreadable);
        StringAssert.Contains(error.Message, "'sentencepiece'");
    }

    private static TokenizerSpecification SentencePiece(string model) => new(Sources.At("sentencepiece"), Sources.At(Fixture.PathOf(model + ".model")), null);

    private static string Ids(TokenizerSpecification settings, string text, int length = 100) => string.Join(' ', new ExtensionsTokenizer(settings).Encode(text, null, length).Ids);

    /// <summary>As Python's unicodedata.normalize("NFD", ...) without category Mn has it, whether or not the machine has ICU.</summary>
    [TestMethod]
    [DataRow("ÀÉîõüçñ", "AEioucn")]
    [DataRow("ǖệ\u1e69", "ues")]
    [DataRow("άЙё", "αИе")]
    [DataRow("øłßæ", "øłßæ")]
    [DataRow("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af")]
    [DataRow("がビ", "かヒ")]
    public void Unaccented_Characters_AreDecomposedWithoutMarks(string text, string expected)
    {
        var result = new StringBuilder();
        foreach (var character in text)
            Unaccented.AddTo(result, character);

        Assert.AreEqual(expected, result.ToString());
    }

    [TestMethod]
    public void Encode_Pair_HasSegmentsAndIsCutAtTheLongerText()
    {
        var tokenizer = new WordPiece(Sources.At(_folder.File("vocab.txt")), lowerCase: true);
        var (ids, segments) = tokenizer.Encode("the quick brown fox", "jump over", 8);

        // [CLS] the quick brown [SEP] jump over [SEP]: eight, one token of the longer text gone.
        CollectionAssert.AreEqual(new long[] { 2, 8, 9, 10, 3, 16, 19, 3 }, ids);
        CollectionAssert.AreEqual(new long[] { 0, 0, 0, 0, 0, 1, 1, 1 }, segments);
        CollectionAssert.AreEqual(new long[] { 2, 8, 3 }, tokenizer.Encode("the quick", null, 3).Ids);
    }

    [TestMethod]
    [DataRow("t.csv", "text,label,part\n\"the fox, quick\",1,x\nover,0,y\n")]
    [DataRow("t.jsonl", "{\"text\": \"the fox, quick\", \"label\": 1, \"part\": \"x\"}\n{\"text\": \"over\", \"label\": 0, \"part\": \"y\"}\n")]
    public void Load_Tables_GivePaddedInputs(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        var source = new TextSourceSpecification(Sources.Here, Sources.At(_folder.File(name)),
            Settings("wordpiece", 8) with { Text = Sources.At("text"), Inputs = ("ids", "mask", "types"), PadId = 9, Type = "int32" }, new RowAnnotations([Sources.At("label")], Sources.At("part")));

        var sample = DataSource.Open(source).Load(0);
        CollectionAssert.AreEqual(new[] { 2, 8, 11, 12, 9, 3, 9, 9 }, sample.Inputs["ids"].As<int>());
        CollectionAssert.AreEqual(new[] { 1, 1, 1, 1, 1, 1, 0, 0 }, sample.Inputs["mask"].As<int>());
        CollectionAssert.AreEqual(new int[8], sample.Inputs["types"].As<int>());
        CollectionAssert.AreEqual(new[] { 1, 8 }, sample.Inputs["ids"].Shape.ToArray());
        Assert.AreEqual("1 x", $"{sample.Label!.As<long>()[0]} {sample.Slice}");
        CollectionAssert.AreEqual(new[] { _folder.File(name), _folder.File("vocab.txt") }, DataSource.Files(source).ToArray());
        var before = DataSource.Fingerprint(source);
        Assert.AreNotEqual(before, DataSource.Fingerprint(source with { Tokenizer = source.Tokenizer with { LowerCase = false } }));
        File.AppendAllText(_folder.File("vocab.txt"), "more\n");
        Assert.AreNotEqual(before, DataSource.Fingerprint(source));
    }

    [TestMethod]
    public void Load_Lines_AreTexts()
    {
        File.WriteAllText(_folder.File("t.txt"), "the fox\n\nover\n");
        var loader = DataSource.Open(new TextSourceSpecification(Sources.Here, Sources.At(_folder.File("t.txt")), Settings("wordpiece", null), RowAnnotations.None));

        Assert.AreEqual(2, loader.Count);
        CollectionAssert.AreEqual(new long[] { 2, 19, 3 }, loader.Load(1).Inputs["input_ids"].As<long>());
        Assert.HasCount(1, loader.Load(1).Inputs);
    }

    /// <summary>By hand: byte-level BPE joins l+o first, then lo+w; the rest stays single characters. Ġ is the blank.</summary>
    [TestMethod]
    public void Encode_Gpt2_MergesAsItsTableSays()
    {
        File.WriteAllText(_folder.File("vocab.json"), "{\"l\":0,\"o\":1,\"w\":2,\"e\":3,\"r\":4,\"\u0120\":5,\"lo\":6,\"low\":7,\"\u0120low\":8,\"<|endoftext|>\":9}");
        File.WriteAllText(_folder.File("merges.txt"), "#version: 0.2\nl o\nlo w\n\u0120 low\n");
        var tokenizer = new ExtensionsTokenizer(Settings("gpt2", null) with { Vocabulary = Sources.At(_folder.File("vocab.json")), Merges = Sources.At(_folder.File("merges.txt")) });

        CollectionAssert.AreEqual(new long[] { 7, 3, 4, 8 }, tokenizer.Encode("lower low", null, 100).Ids);
        CollectionAssert.AreEqual(new long[] { 7, 3 }, tokenizer.Encode("lower low", null, 2).Ids);
    }

    [TestMethod]
    public void Open_Mistakes_SayWhatToDo()
    {
        File.WriteAllText(_folder.File("t.csv"), "a,b\nx,1\n");
        File.WriteAllText(_folder.File("t.txt"), "x\n");
        File.WriteAllText(_folder.File("bad.txt"), "one\ntwo\n");
        TextSourceSpecification Source(string file, TokenizerSpecification tokenizer) => new(Sources.Here, Sources.At(_folder.File(file)), tokenizer, RowAnnotations.None);
        string Message(string file, TokenizerSpecification tokenizer, string code) => Sources.Error(() => DataSource.Open(Source(file, tokenizer)), code).Message;

        StringAssert.Contains(Message("t.csv", Settings("wordpiece", 4), DiagnosticCodes.MissingKey), "There are a, b", StringComparison.Ordinal);
        StringAssert.Contains(Message("t.txt", Settings("wordpiece", 4) with { Text = Sources.At("a") }, DiagnosticCodes.ConflictingKeys), "no columns", StringComparison.Ordinal);
        StringAssert.Contains(Message("t.txt", Settings("wordpiece", 4) with { Vocabulary = Sources.At(_folder.File("bad.txt")) }, DiagnosticCodes.DataUnreadable), "[UNK]", StringComparison.Ordinal);
        Message("t.txt", Settings("wordpiece", 4) with { Vocabulary = Sources.At(_folder.File("none.txt")) }, DiagnosticCodes.DataNotFound);
        Message("t.txt", Settings("gpt2", 4), DiagnosticCodes.MissingKey);
        Message("t.csv", Settings("bert", 4) with { Text = Sources.At("a"), Pair = Sources.At("b") }, DiagnosticCodes.ConflictingKeys);
    }

    [TestMethod]
    public void Encode_RandomText_NeverFailsAndStaysWithinItsLength()
    {
        var tokenizer = new WordPiece(Sources.At(_folder.File("vocab.txt")), lowerCase: true);
        var random = new Random(23);
        for (var round = 0; round < 2000; round++)
        {
            var text = new StringBuilder();
            for (var i = random.Next(40); i > 0; i--)
                text.Append((char)(random.Next(3) == 0 ? random.Next(0x10000) : random.Next(128)));
            var ids = tokenizer.Encode(text.ToString(), round % 2 == 0 ? null : text.ToString(), 12).Ids;
            Assert.IsTrue(ids.Length is >= 2 and <= 12 && ids.All(id => id is >= 0 and < 41));
        }
    }

    private TokenizerSpecification Settings(string kind, int? length) => new(Sources.At(kind), Sources.At(_folder.File("vocab.txt")), length is { } l ? Sources.At(l) : null);
}
