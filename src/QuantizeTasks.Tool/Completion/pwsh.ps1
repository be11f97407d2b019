# Completion of `dotnet quantize` and `dotnet-quantize` for PowerShell. To load it:
#   dotnet quantize completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName dotnet-quantize, dotnet -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # Up to the cursor; a space that ends the line is not part of the syntax tree.
    $line = $commandAst.ToString().PadRight($cursorPosition - $commandAst.Extent.StartOffset).Substring(0, $cursorPosition - $commandAst.Extent.StartOffset)
    if ($line -match '^\S*dotnet(\.exe)?\s+(?!quantize\s)') {
        $words = dotnet complete --position $cursorPosition "$commandAst"
    }
    else {
        $line = $line -replace '^\S*dotnet(-|(\.exe)?\s+)quantize', 'dotnet-quantize'
        $words = if (Get-Command dotnet-quantize -ErrorAction Ignore) { dotnet-quantize "[suggest:$($line.Length)]" $line } else { dotnet quantize "[suggest:$($line.Length)]" $line }
        # Options only when one was begun: otherwise they would hide the files.
        $words = $words | Where-Object { $_ -notlike '/*' -and ($wordToComplete -like '-*' -or $_ -notlike '-*') }
    }
    $words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
