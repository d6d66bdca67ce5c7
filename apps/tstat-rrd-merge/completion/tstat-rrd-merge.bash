# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-rrd-merge(1).
_tstat_rrd_merge() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--help --version -h -v" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  fi
}
complete -F _tstat_rrd_merge tstat-rrd-merge
