using System.Globalization;
using Microsoft.ML.OnnxRuntime;

if (args.Length == 0)
{
    Console.Error.WriteLine("Reads round dial gauges. Give it pictures, such as data/val/0000.png.");
    return 1;
}

// preprocess.onnx decodes with ONNX Runtime Extensions and does what `preprocess` in quantize.yaml says.
using var options = new SessionOptions();
options.RegisterOrtExtensions();
using var preprocess = new InferenceSession(Model("preprocess.onnx"), options);
using var gauge = new InferenceSession(Model("gauge.int8.onnx"));
using var run = new RunOptions();

foreach (var path in args)
{
    if (!File.Exists(path))
    {
        Console.Error.WriteLine($"There is no picture '{path}'.");
        return 1;
    }
    var file = File.ReadAllBytes(path);
    using var bytes = OrtValue.CreateTensorValueFromMemory(file, [file.Length]);
    using var pictures = preprocess.Run(run, ["file"], [bytes], ["picture"]);
    using var readings = gauge.Run(run, ["image"], [pictures[0]], ["reading"]);
    var reading = readings[0].GetTensorDataAsSpan<float>()[0];
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {reading:F1} % of full scale"));
}
return 0;

// Beside the program, wherever it is started from.
static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
