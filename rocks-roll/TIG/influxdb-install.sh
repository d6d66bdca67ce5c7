#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# InfluxDB on CentOS 7, with an administrator and authentication. May run again: what is as it should be stays.
set -eu
. "$(dirname "$0")/steps.sh"
begin influxdb-install.sh "usage: influxdb-install.sh [--dry-run] [FILE]     FILE: lines KEY=VALUE, see influxdb.conf" "$@"
setting DB_PORT 8086
setting DB_USER pragma_admin
setting DB_PASSWORD ""
setting DB_CONF_DIR /etc/influxdb
setting DB_STORAGE_DIR /var/lib/influxdb
check_settings
is_port "$DB_PORT" || fail "DB_PORT=$DB_PORT: no port"
is_name "$DB_USER" || fail "DB_USER=$DB_USER: letters, digits, . _ -"
is_path "$DB_CONF_DIR" || fail "DB_CONF_DIR=$DB_CONF_DIR: an absolute path of letters, digits, . _ - /"
is_path "$DB_STORAGE_DIR" || fail "DB_STORAGE_DIR=$DB_STORAGE_DIR: an absolute path of letters, digits, . _ - /"
conf=$DB_CONF_DIR/influxdb.conf
secret=$DB_CONF_DIR/$DB_USER.pass
server=http://127.0.0.1:$DB_PORT

# ask LOGIN: the statement on standard input; 0 when the server took it. LOGIN is a file of curl's options, or empty.
ask() {
  if [ -n "$1" ]; then set -- --config "$1"; else set --; fi
  curl --silent --show-error --max-time 10 "$@" --data-urlencode q@- "$server/query" >"$work/answer" &&
    ! grep '"error"' "$work/answer"
}
answers() {
  left=120
  until curl --silent --fail --max-time 5 "$server/ping" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ $left -le 0 ]; then echo "$server does not answer"; return 1; fi
    sleep 0.5
  done
}
works() { printf 'SHOW DATABASES' | ask "$work/login"; }
create_user() {
  answers || return
  # InfluxDB's strings have ' and \ behind a \.
  {
    printf 'CREATE USER "%s" WITH PASSWORD '"'" "$DB_USER"
    sed "s/[\\\\']/\\\\&/g" "$secret" | tr -d '\n'
    printf "' WITH ALL PRIVILEGES"
  } | ask ""
}
storage() {
  (umask 022 && mkdir -p "$DB_STORAGE_DIR") && chown influxdb:influxdb "$DB_STORAGE_DIR" && chmod 755 "$DB_STORAGE_DIR"
}

influxdata_repository
install_package influxdb
if [ "$dry_run" = yes ]; then
  say "would: set bind-address = \"127.0.0.1:$DB_PORT\" in $conf, start influxdb, create the administrator $DB_USER"
  say "would: set auth-enabled = true and bind-address = \":$DB_PORT\" in $conf, restart influxdb, write the password to $secret (mode 600)"
  exit 0
fi
[ -r "$conf" ] || fail "package influxdb has no $conf"
DB_PASSWORD=$(password_of "$DB_PASSWORD" "$secret")
printf '%s' "$DB_PASSWORD" >"$work/password"
authenticated=$(awk '/^[ \t]*\[/ { inside = /\[http\]/ } inside && /^[ \t]*auth-enabled[ \t]*=[ \t]*true/ { print "yes" }' "$conf")
# Until there is an administrator, anybody could make one: only this machine is listened to.
if [ "$authenticated" = yes ]; then address=:$DB_PORT; else address=127.0.0.1:$DB_PORT; fi
with_key http bind-address "\"$address\"" <"$conf" >"$work/conf"
if [ "$DB_STORAGE_DIR" != /var/lib/influxdb ]; then
  step "make $DB_STORAGE_DIR" storage
  with_key meta dir "\"$DB_STORAGE_DIR/meta\"" <"$work/conf" | with_key data dir "\"$DB_STORAGE_DIR/data\"" |
    with_key data wal-dir "\"$DB_STORAGE_DIR/wal\"" >"$work/conf2"
  mv "$work/conf2" "$work/conf"
fi
put_file "$conf" 644 <"$work/conf"
step "enable influxdb" systemctl enable influxdb
if [ "$changed" = yes ]; then step "restart influxdb" systemctl restart influxdb; else step "start influxdb" systemctl start influxdb; fi
printf 'user = %s\n' "$(quoted "$DB_USER:$DB_PASSWORD")" >"$work/login"

if [ "$authenticated" = yes ]; then
  step "wait for InfluxDB" answers
else
  # Kept before it is used: an interrupted run must not lose it.
  put_file "$secret" 600 <"$work/password"
  step "create the administrator $DB_USER" create_user
  with_key http auth-enabled true <"$conf" | with_key http bind-address "\":$DB_PORT\"" >"$work/conf"
  put_file "$conf" 644 <"$work/conf"
  step "restart influxdb" systemctl restart influxdb
  step "wait for InfluxDB" answers
fi
step "log in as $DB_USER" works
# That of an earlier run is written over only by one that works.
put_file "$secret" 600 <"$work/password"
say "InfluxDB is at $server; the password of $DB_USER is in $secret"
