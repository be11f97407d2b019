# Completion of `dotnet quantize` and `dotnet-quantize` for fish. To load it:
#   dotnet quantize completion fish | source
function __dotnet_quantize
    set -l line (commandline -cp | string replace -r '^\s*(\S*dotnet\s+quantize|\S*dotnet-quantize)' dotnet-quantize)
    set -l cur (commandline -ct)
    for word in (if type -q dotnet-quantize
                     dotnet-quantize "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
                 else
                     dotnet quantize "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
                 end)
        # Options only when one was begun: otherwise they would hide the files.
        if string match -q -- '-*' "$cur"; or not string match -qr -- '^[-/]' "$word"
            echo $word
        end
    end
end
complete -c dotnet-quantize -a '(__dotnet_quantize)'
complete -c dotnet -n '__fish_seen_subcommand_from quantize' -a '(__dotnet_quantize)'
