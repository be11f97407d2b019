using Microsoft.ML.OnnxRuntime;

string[] departments = ["accounts", "hardware", "network", "payroll", "software", "travel"];
if (args.Length == 0)
{
    Console.Error.WriteLine("Says which department should get a request. Give it requests, such as \"my payslip is missing this month\".");
    return 1;
}

// tokenize.onnx does with ONNX Runtime Extensions what `tokenizer` in quantize.yaml says.
using var options = new SessionOptions();
options.RegisterOrtExtensions();
using var tokenize = new InferenceSession(Model("tokenize.onnx"), options);
using var router = new InferenceSession(Model("router.int8.onnx"));
using var run = new RunOptions();

foreach (var request in args)
{
    using var text = OrtValue.CreateFromStringTensor(new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<string>(new[] { request }, [1]));
    using var tokens = tokenize.Run(run, ["text"], [text], ["input_ids", "mask"]);
    using var scores = router.Run(run, ["input_ids", "mask"], [tokens[0], tokens[1]], ["department"]);
    var values = scores[0].GetTensorDataAsSpan<float>();
    var best = 0;
    for (var i = 1; i < values.Length; i++)
        if (values[i] > values[best])
            best = i;
    Console.WriteLine($"{departments[best]}: {request}");
}
return 0;

// Beside the program, wherever it is started from.
static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
