using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace QuantizeTasks.Tests;

/// <summary>A Slurm cluster of one node on the loopback interface, with a key, ports and folders of its own. Where it cannot be had, the test says loudly that it tested nothing.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private readonly List<Process> _daemons = [];
    private readonly string _folder;
    private readonly string _configuration;

    private SlurmCluster(string folder) => (_folder, _configuration) = (folder, Path.Combine(folder, "slurm.conf"));

    public static SlurmCluster Start(string folder)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || new[] { "munged", "slurmctld", "slurmd", "sbatch", "sinfo" }.FirstOrDefault(p => !Exists(p)) is not null)
            Assert.Inconclusive("NOT TESTED: sharding under a real scheduler needs root on Linux and Slurm (apt-get install slurmctld slurmd slurm-client munge).");
        var cluster = new SlurmCluster(Directory.CreateDirectory(folder).FullName);
        try
        {
            cluster.Start();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Submits a job array and waits for its end; the exit code is the largest of its tasks'.</summary>
    public (int ExitCode, string Error) Submit(string script, string array)
    {
        using var process = Launch("sbatch", "--wait", $"--array={array}", $"--output={Path.Combine(_folder, "task-%A-%a.log")}", script);
        var error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill();
            Assert.Fail("The array job did not end.");
        }
        return (process.ExitCode, error.Result + string.Concat(Directory.EnumerateFiles(_folder, "task-*.log").Select(File.ReadAllText)));
    }

    /// <summary>Runs lines of a shell in a folder, as a user of the cluster types them.</summary>
    public (int ExitCode, string Text) Shell(string lines, string folder) => DocumentedLines.Run(lines, folder, ("SLURM_CONF", _configuration));

    public void Dispose()
    {
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
            daemon.Dispose();
        }
    }

    private void Start()
    {
        var host = Dns.GetHostName().Split('.')[0];
        var (control, node) = (FreePort(), FreePort());
        File.WriteAllBytes(Of("munge.key"), RandomNumberGenerator.GetBytes(128));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Of("munge.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateDirectory(Of("state"));
        Directory.CreateDirectory(Of("spool"));
        File.WriteAllText(_configuration, $"""
            ClusterName=quantize
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={control}
            SlurmdPort={node}
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            CredType=cred/munge
            AuthInfo=socket={Of("munge.socket")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SlurmdParameters=config_overrides
            SchedulerParameters=sched_interval=1,batch_sched_delay=0
            StateSaveLocation={Of("state")}
            SlurmdSpoolDir={Of("spool")}
            SlurmctldPidFile={Of("slurmctld.pid")}
            SlurmdPidFile={Of("slurmd.pid")}
            MailProg=/bin/true
            ReturnToService=2
            NodeName={host} NodeAddr=127.0.0.1 CPUs=3 State=UNKNOWN
            PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """);
        Daemon("munged", "--foreground", "--force", $"--socket={Of("munge.socket")}", $"--key-file={Of("munge.key")}", $"--pid-file={Of("munged.pid")}", $"--log-file={Of("munged.log")}", $"--seed-file={Of("munged.seed")}");
        WaitFor(() => File.Exists(Of("munge.socket")));
        Daemon("slurmctld", "-D");
        Daemon("slurmd", "-D");
        WaitFor(() =>
        {
            using var sinfo = Launch("sinfo", "--noheader", "--format=%t");
            return sinfo.WaitForExit(TimeSpan.FromSeconds(10)) && sinfo.StandardOutput.ReadToEnd().Trim() == "idle";
        });
    }

    private string Of(string name) => Path.Combine(_folder, name);

    private void Daemon(string program, params string[] arguments)
    {
        var daemon = Launch(program, arguments);
        _ = daemon.StandardOutput.ReadToEndAsync();
        _ = daemon.StandardError.ReadToEndAsync();
        _daemons.Add(daemon);
    }

    private Process Launch(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(PathOf(program)!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = _configuration;
        return Process.Start(start)!;
    }

    private void WaitFor(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (_daemons.FirstOrDefault(d => d.HasExited) is { } dead)
                Assert.Inconclusive($"NOT TESTED: Slurm could not be started here: {dead.StartInfo.FileName} ended with {dead.ExitCode}.");
            if (clock.Elapsed > StartLimit)
                Assert.Inconclusive("NOT TESTED: Slurm did not start in time.");
            Thread.Sleep(100);
        }
    }

    private static bool Exists(string program) => PathOf(program) is not null;

    private static string? PathOf(string program) =>
        new[] { "/usr/sbin", "/usr/bin", "/sbin", "/bin" }.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
