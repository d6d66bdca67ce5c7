# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-ship(1).
_tstat_ship() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  case $previous in
    --roll | --netsage | --labels)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    --sync)
      mapfile -t COMPREPLY < <(compgen -W "never second batch" -- "$cur")
      return
      ;;
    -e | --export)
      mapfile -t COMPREPLY < <(compgen -W "json= csv= influx= netsage= clickhouse= ipfix= parquet=" -- "$cur")
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "--export --export-schema --ipfix-pen --roll --netsage --cull --follow --poll --state --probe --labels --sync \
      --line-limit --threshold --sensor --instance --min-age --wait --again --help --version -e -f -h -v" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  fi
}
complete -F _tstat_ship tstat-ship
