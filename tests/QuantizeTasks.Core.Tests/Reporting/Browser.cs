using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace QuantizeTasks.Tests.Reporting;

/// <summary>A real browser without a window, for what only a browser can say about a page.</summary>
internal static class Browser
{
    /// <summary>Gives the page's document as it is once its scripts and <paramref name="script"/> have run. Ends the test as inconclusive when there is no browser.</summary>
    /// <param name="html">The page.</param>
    /// <param name="script">Runs after the page's own scripts; it can leave what it found in <c>document.body.dataset</c>.</param>
    /// <param name="width">Of the page, in pixels. Below 500, which is as narrow as a window gets, it is shown in a frame, and of the document only the body's data comes back.</param>
    /// <param name="isDark">Whether the reader prefers dark colours.</param>
    public static string Open(string html, string script, int width = 1100, bool isDark = false)
    {
        var program = Find();
        var folder = Directory.CreateTempSubdirectory("browser-").FullName;
        try
        {
            const string watch = "window.problems = []; window.alert = text => problems.push('alert ' + text); window.addEventListener('error', e => problems.push(e.message)); document.addEventListener('securitypolicyviolation', e => problems.push('blocked ' + e.violatedDirective));";
            // The page's own policy stays in force; only these two scripts are let in beside its own.
            script += "parent !== window && parent.postMessage(document.body.dataset.found, '*');";
            html = html.Replace("script-src '", $"script-src '{Hash(watch)}' '{Hash(script)}' '", StringComparison.Ordinal)
                .Replace("<title>", $"<script>{watch}</script><title>", StringComparison.Ordinal)
                .Replace("</body>", $"<script>{script}</script></body>", StringComparison.Ordinal);
            var page = Path.Combine(folder, "page.html");
            File.WriteAllText(page, html);
            if (width < NarrowestWindow)
            {
                var frame = Path.Combine(folder, "frame.html");
                File.WriteAllText(frame, $"<body><script>addEventListener('message', e => document.body.dataset.found = e.data)</script><iframe src=\"page.html\" width=\"{width}\" height=\"900\" frameborder=\"0\"></iframe></body>");
                page = frame;
            }
            return Run(program, page, Path.Combine(folder, "profile"), Math.Max(width, NarrowestWindow), isDark);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private const int NarrowestWindow = 500;

    private static string Run(string program, string page, string profile, int width, bool isDark)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            $"--window-size={width},900", $"--blink-settings=preferredColorScheme={(isDark ? 0 : 1)}", $"--user-data-dir={profile}", "--virtual-time-budget=3000", "--dump-dom", new Uri(page).AbsoluteUri,
        })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(90)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("The browser did not finish.");
        }
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output.Result;
    }

    private static string Find()
    {
        string[] names = ["chromium", "chromium-browser", "google-chrome", "msedge", "chrome.exe"];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (found is null)
            Assert.Inconclusive("NOT TESTED: there is no Chromium on PATH, so the report was not opened in a browser. Install chromium to run this test.");
        return found;
    }

    private static string Hash(string script) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
}
