# Completion of `dotnet quantize` and `dotnet-quantize` for zsh. To load it, after compinit:
#   source <(dotnet quantize completion zsh)
_dotnet_quantize()
{
    local line word
    local -a found
    if [[ "${words[1]:t}" == dotnet ]]; then
        if [[ $CURRENT -lt 3 || "${words[2]}" != quantize ]]; then
            # Another verb of dotnet: whoever completed it before goes on doing so.
            [[ -n "$_dotnet_quantize_other" ]] && "$_dotnet_quantize_other" "$@" || _default
            return
        fi
        line="dotnet-quantize ${(j: :)words[3,CURRENT-1]}"
    else
        line="dotnet-quantize ${(j: :)words[2,CURRENT-1]}"
    fi
    line="${line% } $PREFIX"
    for word in "${(@f)$(if (( $+commands[dotnet-quantize] )); then dotnet-quantize "[suggest:${#line}]" "$line"; else dotnet quantize "[suggest:${#line}]" "$line"; fi 2>/dev/null)}"; do
        # Options only when one was begun: otherwise they would hide the files.
        [[ -n "$word" && "$word" != /* && ( "$PREFIX" == -* || "$word" != -* ) ]] && found+=("$word")
    done
    (( $#found )) && compadd -a found || _files
}
[[ "${_comps[dotnet]}" != _dotnet_quantize ]] && _dotnet_quantize_other="${_comps[dotnet]}"
compdef _dotnet_quantize dotnet-quantize dotnet
