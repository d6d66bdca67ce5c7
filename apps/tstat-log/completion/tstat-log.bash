# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-log(1): commands and options are asked of the program.
_tstat_log() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  if [[ $COMP_CWORD -eq 1 && $cur != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n 's/^    \([a-z-]*\) .*/\1/p')" -- "$cur")
    return
  fi
  case $previous in
    -l | --log)
      mapfile -t COMPREPLY < <(compgen -W "tcp tcp_nocomplete udp http video chat chat_messages media dns_messages" -- "$cur")
      return
      ;;
    -f | --format)
      mapfile -t COMPREPLY < <(compgen -W "text log csv json parquet" -- "$cur")
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    [[ $command != -* && $COMP_CWORD -gt 1 ]] || command=
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" $command --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _tstat_log tstat-log
