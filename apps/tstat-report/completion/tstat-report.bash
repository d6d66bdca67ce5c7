# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-report(1): options are asked of the program.
_tstat_report() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  case $previous in
    --profile)
      mapfile -t COMPREPLY < <(compgen -W "3.1.1 3.3" -- "$cur")
      return
      ;;
    --title | --top | --samples)
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
complete -F _tstat_report tstat-report
