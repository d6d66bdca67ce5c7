# SPDX-License-Identifier: BSD-3-Clause
# bash completion for tstat(1): the options that this build has.
_tstat() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local long="--filter --bpf --concatenate --separate --paired --live --interface --snapshot-length --capture-buffer --live-readers
    --no-promiscuous --user --no-sandbox --internal-nets --internal-macs --cloud-nets --output-dir --keep
    --runtime-config
    --no-logs --gzip-logs --gzip-dumps --dump-format --dump-compression --dns-filter --histograms --global-histograms
    --no-histograms --histo-empty --rrd-dir --rrd-config --export --spool --export-wait --export-schema --ipfix-pen --metrics --stats-json
    --crypto-nets --whitelist-nets --keyvalue --keyfile --keybase64 --enc
    --address-mask --strict-privacy --strict-anonymity --no-udp --no-ipv6 --no-dns --bayes-dir --globals --max-flows --max-memory --active-timeout
    --compat --tunnels --flow-key --duplicate-filter --community-id-seed --labels
    --first-packets --threads --ndpi --dns-cache-notices --check-config --help --version --quiet --ticks --message-file --warnings --debug"
  local short="-f -c -2 -l -i -E -N -M -C -s -T -L -Z -P -F -H -g -S -r -R -Y -W -A -0 -u -6 -X -Q -B -G -h -v -t -z -w -d"

  # "--name=value" is three words: name, =, value.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $prev in
    -s|--output-dir|-r|--rrd-dir|-B|--bayes-dir|--spool)
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      return
      ;;
    -i|--interface)
      mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$cur")
      return
      ;;
    --compat)
      mapfile -t COMPREPLY < <(compgen -W "3.1.1 3.3 3.3-default none" -- "$cur")
      return
      ;;
    --duplicate-filter)
      mapfile -t COMPREPLY < <(compgen -W "on off" -- "$cur")
      return
      ;;
    --dump-format)
      mapfile -t COMPREPLY < <(compgen -W "pcap pcapng" -- "$cur")
      return
      ;;
    --dump-compression)
      mapfile -t COMPREPLY < <(compgen -W "none gzip zstd" -- "$cur")
      return
      ;;
    --tunnels)
      mapfile -t COMPREPLY < <(compgen -W "inner outer both" -- "$cur")
      return
      ;;
    --flow-key)
      mapfile -t COMPREPLY < <(compgen -W "vlan tunnel vlan,tunnel" -- "$cur")
      return
      ;;
    --histo-empty)
      mapfile -t COMPREPLY < <(compgen -W "write skip" -- "$cur")
      return
      ;;
    --user)
      mapfile -t COMPREPLY < <(compgen -u -- "$cur")
      return
      ;;
    -E|--snapshot-length|--bpf|--capture-buffer|--live-readers|-A|--address-mask|--max-flows|--max-memory|--active-timeout|--keep|--keyvalue|--export|--export-wait|--ipfix-pen|--metrics)
      return
      ;;
  esac
  if [[ $cur == --* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$long" -- "$cur")
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$short $long" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -F _tstat tstat
