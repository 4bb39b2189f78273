export type Shell = 'bash' | 'zsh' | 'fish'

// Each asks `georep __complete` at every Tab, so that none goes stale when georep is updated or georep.yaml is edited. What it answers: answer.ts.

/** For bash 3.2, which macOS has, and newer: there it completes no file names. */
const bash = `# georep completion for bash
_georep() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :folders) compopt -o dirnames 2>/dev/null ;;
      *)
        line=\${line%%$'\\t'*}
        # Where "=" breaks words, only what comes after it is replaced.
        [[ $COMP_WORDBREAKS == *=* ]] && line=\${line#--*=}
        COMPREPLY+=("$line")
        ;;
    esac
  done < <(georep __complete line "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _georep georep
`

const zsh = `#compdef georep
# georep completion for zsh
_georep() {
  local line
  local -a described
  for line in "\${(@f)$(georep __complete words "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :files) compset -P '*='; _files ;;
      :folders) compset -P '*='; _files -/ ;;
      ?*) described+=("\${line/$'\\t'/:}") ;;
    esac
  done
  (( \${#described} )) && _describe -V georep described
}
if [[ \${funcstack[1]} == _georep ]]; then
  _georep "$@"
else
  compdef _georep georep
fi
`

const fish = `# georep completion for fish
function __georep_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command georep __complete words $words[2..] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c georep -f -k -a '(__georep_complete)'
`

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
