using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using QuantizeTasks.FakeTool;

// dotnet exec fake-quantize.dll run --job <file> --log-format msbuild
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
if (args is not ["run", "--job", var jobFile, "--log-format", "msbuild"])
{
    Console.Error.WriteLine($"unexpected arguments: {string.Join(' ', args)}");
    return 1;
}

var job = JsonSerializer.Deserialize<Job>(File.ReadAllText(jobFile), JsonSerializerOptions.Web)!;
var script = Script.Read(job.Manifest);
// Outside obj, so that a test can count starts across a clean.
File.AppendAllText(job.Manifest + ".starts", DateTime.UtcNow.ToString("O") + "\n");

foreach (var line in script.Print)
    Console.WriteLine(line);
// A process that is alive holds it open without sharing: a test sees by it whether one was left behind.
using var running = new FileStream($"{job.Manifest}.{Environment.ProcessId}.running", FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
if (script.SleepMilliseconds > 0)
    Thread.Sleep(script.SleepMilliseconds);
if (script.Crash)
    throw new InvalidOperationException("scripted crash");
var diagnostics = script.Diagnostics(job.Manifest).ToList();
foreach (var diagnostic in diagnostics)
    Console.WriteLine(JsonSerializer.Serialize(diagnostic, JsonSerializerOptions.Web));
if (diagnostics.Any(d => d.Severity == "error") || script.ExitCode != 0)
{
    File.Delete(job.Stamp);
    File.Delete(job.OutputsFile);
    return script.ExitCode != 0 ? script.ExitCode : 4;
}
if (script.DeliverNothing)
    return 0;

var model = job.Model ?? Path.Combine(Path.GetDirectoryName(job.Manifest)!, script.Model);
var target = job.Overrides.TryGetValue("output", out var renamed) ? renamed.Value : script.Output;
var output = Path.Combine(job.OutputDirectory, target);
Directory.CreateDirectory(Path.GetDirectoryName(output)!);
Directory.CreateDirectory(job.ReportDirectory);
var overrides = string.Concat(job.Overrides.Concat(job.Options).Select(o => $"\n{o.Key}={o.Value.Value} ({o.Value.Source}, {Path.GetFileName(o.Value.File)})"));
var text = $"int8 of {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(model)))}{overrides}";
if (!script.KeepsEqualFiles || !File.Exists(output) || File.ReadAllText(output) != text)
    File.WriteAllText(output, text);
File.WriteAllText(Path.Combine(job.ReportDirectory, "report.json"), """{ "schemaVersion": 1 }""");
File.WriteAllLines(job.InputsFile, [job.Manifest, model, .. script.Inputs.Select(input => Path.Combine(Path.GetDirectoryName(job.Manifest)!, input))]);
File.WriteAllText(job.OutputsFile, $"{output}|{target}\n");
Console.WriteLine(JsonSerializer.Serialize(new { kind = "message", importance = "high", text = $"{Path.GetFileName(model)}: quantized" }));
File.WriteAllLines(job.Stamp, diagnostics.Select(d => JsonSerializer.Serialize(d, JsonSerializerOptions.Web)));
return 0;
