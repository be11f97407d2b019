using System.Collections.Immutable;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>The keys of a data source.</summary>
internal static class SourceSchema
{
    /// <summary>A kind of source: the key that names it, and which of the others go with it.</summary>
    public sealed record Kind(string Name, ImmutableArray<string> With)
    {
        public ImmutableArray<string> Keys { get; } = [Name, .. With];
    }

    /// <summary>Every kind, the usual ones first.</summary>
    public static ImmutableArray<Kind> Kinds { get; } =
    [
        new("images", ["labels", "annotations", "input", "preprocess", "orientation"]),
        new("tensors", ["labels"]),
        new("loader", ["params"]),
        new("csv", ["columns", "label", "slice", "types"]),
        new("jsonl", ["columns", "label", "slice", "types"]),
        new("idx", ["labels", "input", "preprocess"]),
        new("text", ["tokenizer", "label", "slice"]),
        new("audio", ["labels", "input", "waveform"]),
        new("test_data", ["inputs", "label_output"]),
        new("random", ["types"]),
    ];

    /// <summary>Whether a key goes with a kind without naming one.</summary>
    public static bool IsOption(string key) => Kinds.Any(k => k.With.Contains(key));

    private static readonly NumberShape Count = new(NumberType.Whole) { Minimum = 1 };

    private static readonly NumberShape Index = new(NumberType.Whole) { Minimum = 0 };

    private static readonly TextShape Column = new("the name of a column");

    private static readonly EitherShape Columns = new(Column, new ListShape(Column, Minimum: 1));

    private static readonly MappingShape Annotations = new(
    [
        new("imagenet", new TextShape("a path"), "A text file with an image and the index of its class a line, as ImageNet's `val.txt`."),
        new("coco", new TextShape("a path"), "An `instances_*.json` of COCO: boxes. Images are read in ascending order of their ids."),
        new("voc", new TextShape("a path"), "A folder of Pascal VOC's XML files: boxes. All of them in ordinal order of their names, or those of `image_set`."),
        new("masks", new TextShape("a path"), "A folder with a mask for each image: a PNG of the same name whose stored values are classes, or its colours with `colors`."),
        new("image_set", new TextShape("a path"), "With `voc` and `masks`: a text file with the name of an image a line, without extension, as in `ImageSets/Main`."),
        new("colors", new EitherShape(new ChoiceShape("voc"), new ListShape(new ListShape(new NumberShape(NumberType.Whole) { Minimum = 0, Maximum = 255 }, Minimum: 1), Minimum: 2, Maximum: 255)), "With `masks`: red, green and blue of each class in the model's order, or `voc` for Pascal VOC's background and 20 classes. Other colours are 255, which the metric's `ignore: 255` leaves out."),
        new("follow_image", new BooleanShape(), "With `masks`: whether a mask is resized (without mixing values), cut and surrounded (with 255) as its image is. Otherwise it has to have the size of the model's output.") { Default = "false" },
        new("classes", new ListShape(new TextShape("the name of a class"), Minimum: 1), "With `voc`: the names of classes in the model's order. By default Pascal VOC's own 20, `aeroplane` to `tvmonitor`."),
        new("classes_by", new ChoiceShape("position", "id"), "With `coco`: whether a category's class is its position in the list of categories or its id.") { Default = "position" },
        new("first_class", new NumberShape(NumberType.Whole) { Minimum = 0, Maximum = 1 << 20 }, "The model's index of the first class: 1 when it has a background class before it.") { Default = "0" },
    ])
    {
        Alternatives = [["imagenet"], ["coco"], ["voc"], ["masks"]],
    };

    private static readonly MappingShape Subset = new(
    [
        new("size", Count, "How many samples.") { IsRequired = true },
        new("seed", new NumberShape(NumberType.Whole), "The seed of the draw.") { Default = "0" },
    ]);

    private static readonly MappingShape Waveform = new(
    [
        new("sample_rate", Count, "The rate in Hz that every file must have; a file of another one is an error unless `resample` is given."),
        new("resample", new BooleanShape(), "Whether files of another rate are resampled to `sample_rate`, by a polyphase filter with the defaults of scipy's `resample_poly`. Apps that resample otherwise get slightly other values.") { Default = "false" },
        new("length", new NumberShape(NumberType.Whole) { Minimum = 1, Maximum = 1 << 28 }, "Values a channel: longer files are cut, shorter ones padded with zeros at the end. By default as many as the file has."),
        new("channels", new ChoiceShape("mono", "keep"), "`mono`: the mean of the channels, as [1, length]. `keep`: [1, channels, length].") { Default = "mono" },
    ]);

    private static readonly MappingShape Tokenizer = new(
    [
        new("kind", new ChoiceShape("wordpiece", "bert", "gpt2", "sentencepiece"), "`wordpiece`: BERT's from a vocabulary with a token a line. `bert`, `gpt2`, `sentencepiece`: the tokenizer of ONNX Runtime Extensions, as an app uses it.") { Default = "wordpiece" },
        new("vocabulary", new TextShape("a path"), "The vocabulary: `vocab.txt` of BERT, `vocab.json` of GPT-2, the `.model` of SentencePiece.") { IsRequired = true },
        new("merges", new TextShape("a path"), "`merges.txt` of `gpt2`."),
        new("lower_case", new BooleanShape(), "For `wordpiece` and `bert`: whether texts are lowered and stripped of accents, as uncased models want it.") { Default = "true" },
        new("add_bos", new BooleanShape(), "For `sentencepiece`: whether a text begins with the token for that.") { Default = "false" },
        new("add_eos", new BooleanShape(), "For `sentencepiece`: whether a text ends with the token for that, also when it is cut.") { Default = "false" },
        new("fairseq", new BooleanShape(), "For `sentencepiece`: whether ids are those of fairseq, as XLM-RoBERTa has them.") { Default = "false" },
        new("length", new NumberShape(NumberType.Whole) { Minimum = 1, Maximum = 1 << 20 }, "Tokens a sample: longer texts are cut, shorter ones padded. By default as many as there are."),
        new("text", Column, "The column of the text; not for a `.txt`, whose lines are the texts."),
        new("pair", Column, "The column of a second text that follows the first."),
        new("ids", new TextShape("the name of a model input"), "The model input for token ids.") { Default = "input_ids" },
        new("mask", new TextShape("the name of a model input"), "The model input for the attention mask, if it has one."),
        new("segments", new TextShape("the name of a model input"), "The model input for token types, if it has one: 1 for the second text."),
        new("pad_id", Index, "The token that fills up short texts.") { Default = "0" },
        new("type", new ChoiceShape("int64", "int32"), "The element type of these inputs.") { Default = "int64" },
    ]);

    private static readonly MappingShape Random = new(
    [
        new("shapes", new NamesShape(new ListShape(new NumberShape(NumberType.Whole) { Minimum = 1, Maximum = 1 << 24 }), "a mapping of model inputs to shapes", Minimum: 1), "The shape of every model input, with the batch axis: `{ input: [1, 3, 224, 224] }`.") { IsRequired = true },
        new("count", new NumberShape(NumberType.Whole) { Minimum = 1, Maximum = 1_000_000 }, "How many samples.") { IsRequired = true },
        new("seed", new NumberShape(NumberType.Whole), "The seed of the values.") { Default = "0" },
        new("minimum", new NumberShape(NumberType.Single), "The least value.") { Default = "0" },
        new("maximum", new NumberShape(NumberType.Single), "The largest value.") { Default = "1" },
    ]);

    /// <summary>All keys of a source.</summary>
    public static ImmutableArray<Key> Keys { get; } =
    [
        new("images", new TextShape("a path"), "A folder of JPEG, PNG, BMP or PPM files, a glob such as `data/*.png`, or a `.txt` with a path a line, relative to it. Read in ordinal order of their names, or in the list's."),
        new("tensors", new NamesShape(new TextShape("a path"), "a mapping of model inputs to .npy files", Minimum: 1), "For every model input an `.npy` file, or a member of an archive as `file.npz#member`. The first axis counts the samples."),
        new("loader", PluginSchema.Class, "A data set of your own: a class among `plugins` that implements `IDataLoader`, with or without its namespace. Its samples are read once before a run, because they themselves are its identity."),
        new("params", PluginSchema.Parameters("a mapping of the loader's own options"), "With `loader`: its constructor's parameters by name (`imageSize` is `image_size` here)."),
        new("csv", new TextShape("a path"), "A `.csv` or `.tsv` file with a header, a sample a row."),
        new("jsonl", new TextShape("a path"), "A file with a JSON object a line, a sample each."),
        new("idx", new TextShape("a path"), "An IDX file as MNIST has, also gzipped. The first axis counts the samples; those of 8 bits with two or three more axes are images."),
        new("text", new TextShape("a path"), "A `.txt` with a text a line, or a `.csv`, `.tsv` or `.jsonl` with a column of texts."),
        new("audio", new TextShape("a path"), "A folder of WAV files, a glob, or a `.txt` with a path a line. Values from -1 to 1 are fed."),
        new("test_data", new TextShape("a path"), "A folder with ONNX's own test data: folders `test_data_set_N` that hold `input_0.pb`, `output_0.pb` and so on."),
        new("random", Random, "Made-up values, to try things only: a budget cannot be proven with them, so it is an error beside them."),
        new("labels", new TextShape("a path or 'folders'"), "For images and audio: `folders` (the class is the index of the sub-folder in ordinal order; the default when there are sub-folders), a `.csv` with the header `file,label` (and `slice` if wanted), an `.npy` whose first axis counts the files or, for images, a folder with a mask for each: a PNG of the same name whose values are classes. For tensors: an `.npy` file. For IDX: an IDX or `.npy` file."),
        new("annotations", Annotations, "For images: a file that names the images that count and says what is in them, instead of `labels`. `images` is then the folder that the names are relative to."),
        new("input", new TextShape("the name of a model input"), "The model input that the data goes to; the model's only input by default."),
        new("preprocess", new ListShape(PreprocessSchema.Step), "What is done to every image, in the written order, on values from 0 to 255 at first."),
        new("orientation", new ChoiceShape("stored", "exif"), "`exif` turns JPEGs upright as their EXIF data says; `stored` leaves them as they lie in the file, as Pillow's and OpenCV's plain decoders do.") { Default = "stored" },
        new("columns", new NamesShape(Columns, "a mapping of model inputs to columns", Minimum: 1), "For every model input the column, or the list of columns, that make it: `{ age: age, pixels: [p0, p1] }`. For JSON, members, whose values may be nested lists. By default all but label and slice, in their order, for the model's only input."),
        new("types", new NamesShape(new ChoiceShape("float32", "float64", "int64", "int32", "uint8", "int8", "bool", "string"), "a mapping of model inputs to element types"), "Element types of inputs; `float32` for those that are not named."),
        new("label", Columns, "The column of the label: a class index, a number or a text; or a list of columns of numbers."),
        new("slice", Column, "The column of the slice, by which budgets and reports break results down."),
        new("tokenizer", Tokenizer, "How texts become tokens."),
        new("waveform", Waveform, "What of a WAV file is fed; features such as spectrograms belong into the model."),
        new("inputs", new ListShape(new TextShape("the name of a model input"), Minimum: 1), "The model inputs that `input_0.pb` and so on are for; by default the names that the tensors carry."),
        new("label_output", Index, "Which `output_i.pb` is the label."),
        new("subset", Subset, "Only so many of the samples, drawn by a seed and used in their own order."),
    ];
}
