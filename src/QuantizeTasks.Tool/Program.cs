return QuantizeTasks.Tool.Startup.Run(args);
