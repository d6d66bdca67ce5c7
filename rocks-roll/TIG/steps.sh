# SPDX-License-Identifier: BSD-3-Clause
# Sourced by the scripts beside it: settings, steps that are logged, files that change whole or not at all. What is secret
# goes through files and standard input, never through the words of a command.

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
umask 077

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$script" "$*" >&2; exit 1; }

# begin NAME USAGE WORDS...: reads the command line. Sets script, dry_run, settings, log, work.
begin() {
  script=$1 usage=$2 dry_run=no settings="" log=/dev/null work=""
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run) dry_run=yes ;;
      -h | --help) printf '%s\n' "$usage"; exit 0 ;;
      -*) printf '%s\n' "$usage" >&2; exit 2 ;;
      *)
        [ -z "$settings" ] || { printf '%s\n' "$usage" >&2; exit 2; }
        settings=$1
        ;;
    esac
    shift
  done
  [ -z "$settings" ] || { [ -f "$settings" ] && [ -r "$settings" ]; } || fail "$settings: no file that can be read"
  # (An assignment in the shell that calls us must not count as one of the file.)
  known=" "
  [ "$dry_run" = no ] || return 0
  [ "$(id -u)" = 0 ] || fail "root has to do this (--dry-run: says what would be done)"
  mkdir -p "/var/log/$script"
  log=/var/log/$script/$(date +%Y-%m-%d_%H-%M-%S).log
  : >"$log"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
}

# setting KEY DEFAULT: the variable KEY is what the file says last. Lines KEY=VALUE; nothing in them is run.
setting() {
  known="$known$1 "
  eval "$1=\$2"
  [ -n "$settings" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      "$1="*) value=${line#*=}; eval "$1=\$value" ;;
    esac
  done <"$settings"
}

# Names in the file that no setting has are mistakes.
check_settings() {
  [ -n "$settings" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | '#'*) continue ;;
      *[[:cntrl:]]*) fail "$settings: ${line%%=*}: a control character (a carriage return?) in its line" ;;
      *=*) ;;
      *) fail "$settings: not KEY=VALUE: $line" ;;
    esac
    case $known in
      *" ${line%%=*} "*) ;;
      *) fail "$settings: ${line%%=*} is none of:$known" ;;
    esac
  done <"$settings"
}

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
is_port() { is_number "$1" && [ ${#1} -le 5 ] && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; }
# An absolute path that needs no quotes in anybody's files.
is_path() { case $1 in *[!A-Za-z0-9_./-]*) return 1 ;; /?*) ;; *) return 1 ;; esac; }
is_name() { case $1 in '' | *[!A-Za-z0-9_.-]*) return 1 ;; esac; }

# step TEXT COMMAND...: a step that fails ends the script with its status. (A function goes on behind a command that fails
# here, whatever set -e says: its commands are joined by &&.)
step() {
  text=$1
  shift
  if [ "$dry_run" = yes ]; then say "would: $text"; return 0; fi
  say "$text"
  printf '== %s\n' "$text" >>"$log"
  status=0
  "$@" >>"$log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    printf '%s: failed: %s (status %s; %s)\n' "$script" "$text" "$status" "$log" >&2
    exit $status
  fi
}

# put_file PATH MODE: standard input becomes the file, unless it is that already. Sets changed.
put_file() {
  changed=no
  if [ "$dry_run" = yes ]; then
    cat >/dev/null
    say "would: write $1"
    return 0
  fi
  (umask 022 && mkdir -p "$(dirname "$1")")
  new=$(mktemp "$1.XXXXXX")
  cat >"$new"
  if [ -f "$1" ] && cmp -s "$new" "$1"; then
    rm -f "$new"
    chmod "$2" "$1"
    return 0
  fi
  if [ -f "$1" ]; then chown --reference="$1" "$new"; fi
  chmod "$2" "$new"
  mv -f "$new" "$1"
  changed=yes
  say "wrote $1"
}

# with_key SECTION KEY VALUE <FILE: the file with "KEY = VALUE" in that section ("": KEY=VALUE anywhere), in the place of
# the same key, or of a comment that shows it, or behind the section's last line.
with_key() {
  SECTION=$1 KEY=$2 VALUE=$3 awk '
    function name_of(line) { gsub(/^[ \t]*\[+[ \t]*|[ \t]*\]+[ \t]*(#.*)?$/, "", line); return line }
    function shows(line, mark,   rest) {
      rest = line
      if (mark) { if (rest !~ /^[ \t]*[#;]/) return 0; sub(/^[ \t]*[#;]+[ \t]*/, "", rest) } else sub(/^[ \t]*/, "", rest)
      if (substr(rest, 1, length(key)) != key) return 0
      return substr(rest, length(key) + 1) ~ /^[ \t]*=/
    }
    BEGIN { section = ENVIRON["SECTION"]; key = ENVIRON["KEY"]; inside = section == ""; at = commented = last = 0 }
    { line[NR] = $0 }
    section != "" && /^[ \t]*\[/ { inside = name_of($0) == section && !last; if (inside) last = NR }
    inside {
      if ($0 !~ /^[ \t]*$/) last = NR
      if (!at && shows($0, 0)) at = NR
      if (!commented && shows($0, 1)) commented = NR
    }
    END {
      text = section == "" ? key "=" ENVIRON["VALUE"] : "  " key " = " ENVIRON["VALUE"]
      if (!at) at = commented
      for (i = 1; i <= NR; i++) {
        if (i == at) print text
        else print line[i]
        if (!at && i == last) print text
      }
      if (!at && !last) { if (section != "") print "[" section "]"; print text }
    }'
}

# Twenty letters and digits.
random_password() {
  password=""
  while [ ${#password} -lt 20 ]; do
    password=$password$(head -c 64 /dev/urandom | tr -dc 'A-Za-z0-9')
  done
  printf '%s' "$password" | head -c 20
}

# password_of GIVEN FILE: the one that was given, or that of an earlier run, or a new one.
password_of() {
  if [ -n "$1" ]; then printf '%s' "$1"
  elif [ -s "$2" ]; then cat "$2"
  else random_password; fi
}

# quoted TEXT: as a string of TOML and of curl's files.
quoted() { printf '"%s"' "$(printf '%s\n' "$1" | sed 's/[\\"]/\\&/g')"; }

# quoted_variable TEXT: as in a file of variables, which systemd reads and init scripts run.
quoted_variable() { printf '"%s"' "$(printf '%s\n' "$1" | sed 's/[\\"$`]/\\&/g')"; }

influxdata_repository() {
  put_file /etc/yum.repos.d/influxdb.repo 644 <<'EOF'
[influxdb]
name = InfluxDB Repository - RHEL $releasever
baseurl = https://repos.influxdata.com/rhel/$releasever/$basearch/stable
enabled = 1
gpgcheck = 1
gpgkey = https://repos.influxdata.com/influxdb.key
EOF
}

# install_package NAME [URL]
install_package() {
  if [ "$dry_run" = no ] && rpm -q "$1" >/dev/null 2>&1; then say "$1 is installed"; return 0; fi
  step "install ${2:-$1}" yum -y install "${2:-$1}"
}
