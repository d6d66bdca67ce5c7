# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-flow(1)
_tstat_flow() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  case $prev in
    -c | --compat) mapfile -t COMPREPLY < <(compgen -W "3.1.1 3.3" -- "$cur") ;;
    -t | --times) ;;
    *)
      if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--help --list --all --plot --output --times --json --networks --compat --version" -- "$cur")
      else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      fi
      ;;
  esac
}
complete -F _tstat_flow tstat-flow
