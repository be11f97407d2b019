System.Console.Error.WriteLine("dotnet quantize");
return 1;
