# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat-decrypt(1).
_tstat_decrypt() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local options="--keyvalue --keyfile --keybase64 --compat --globals --strict-anonymity --log --crypto-nets
    --whitelist-nets --enc --help --version -G -Y -W -h -v"

  # "--name=value" is three words: name, =, value.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $prev in
    --compat)
      mapfile -t COMPREPLY < <(compgen -W "3.1.1 3.3" -- "$cur")
      return
      ;;
    --keyvalue|--log)
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _tstat_decrypt tstat-decrypt
