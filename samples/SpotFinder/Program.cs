using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using SpotFinder;

// Finds the spots of every scene in a file and prints where they are.
var scenes = new SceneFile(args.Length > 0 ? args[0] : Path.Combine(AppContext.BaseDirectory, "data", "val.scenes"));
using var session = new InferenceSession(Path.Combine(AppContext.BaseDirectory, "models", "spots.int8.onnx"));
using var run = new RunOptions();
var spots = new Spots();
for (var i = 0; i < scenes.Count; i++)
{
    var sample = scenes.Load(i);
    using var scene = OrtValue.CreateTensorValueFromMemory(sample.Inputs["scene"].As<float>(), [1, 1, SceneFile.Size, SceneFile.Size]);
    using var outputs = session.Run(run, ["scene"], [scene], ["heat"]);
    var found = spots.Find(outputs[0].GetTensorDataAsSpan<float>(), SceneFile.Size / 4);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sample.Name}: {string.Join(", ", found.Select(s => $"({s.X:F0}, {s.Y:F0})"))}"));
}
