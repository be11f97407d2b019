# Completion of `dotnet quantize` and `dotnet-quantize` for bash. To load it:
#   eval "$(dotnet quantize completion bash)"
_dotnet_quantize()
{
    local cur="${COMP_WORDS[COMP_CWORD]}" line="${COMP_LINE:0:COMP_POINT}" word
    if [[ "${COMP_WORDS[0]##*/}" == dotnet ]]; then
        if [[ $COMP_CWORD -lt 2 || "${COMP_WORDS[1]}" != quantize ]]; then
            # Another verb of dotnet: whoever completed it before goes on doing so.
            [[ -n "${_dotnet_quantize_other-}" ]] && "$_dotnet_quantize_other" "$@"
            return
        fi
        line="${line#*quantize}"
    else
        line="${line#*dotnet-quantize}"
    fi
    line="dotnet-quantize$line"
    word="${line##* }"
    if [[ "$word" == --*=* ]]; then
        line="${line% *} ${word%%=*} ${word#*=}" cur="${word#*=}"
    fi
    COMPREPLY=()
    while IFS= read -r word; do
        # Options only when one was begun: otherwise they would hide the files.
        [[ "$word" == "$cur"* && "$word" != /* && ( "$cur" == -* || "$word" != -* ) ]] && COMPREPLY+=("$word")
    done < <(if type dotnet-quantize >/dev/null 2>&1; then dotnet-quantize "[suggest:${#line}]" "$line"; else dotnet quantize "[suggest:${#line}]" "$line"; fi 2>/dev/null)
}
if [[ "$(complete -p dotnet 2>/dev/null)" != *" _dotnet_quantize "* ]]; then
    _dotnet_quantize_other="$(complete -p dotnet 2>/dev/null | sed -n 's/.*-F \([^ ]*\) .*/\1/p')"
fi
complete -o default -o bashdefault -F _dotnet_quantize dotnet-quantize dotnet
