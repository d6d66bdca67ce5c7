# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-top(1): options are asked of the program.
_tstat_top() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  case $previous in
    -b | --by)
      mapfile -t COMPREPLY < <(compgen -W "name application server client" -- "$cur")
      return
      ;;
    -s | --sort)
      mapfile -t COMPREPLY < <(compgen -W "bytes flows retransmitted lost rtt name" -- "$cur")
      return
      ;;
    -m | --metrics | -d | --interval | -w | --window | -f | --filter | -n | --top | --batch)
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _tstat_top tstat-top
