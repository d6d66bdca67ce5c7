#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Grafana on CentOS 7. May run again: what is as it should be stays.
set -eu
. "$(dirname "$0")/steps.sh"
begin grafana-install.sh "usage: grafana-install.sh [--dry-run] [FILE]     FILE: lines KEY=VALUE, see grafana.conf" "$@"
setting GF_AUTH_ANONYMOUS_ENABLED false
setting GF_SECURITY_ADMIN_USER pragma_admin
setting GF_SECURITY_ADMIN_PASSWORD ""
setting GF_SERVER_HTTP_PORT 3000
setting GF_SERVER_ROOT_URL http://localhost
setting CONF_DIR /etc/grafana
check_settings
is_port "$GF_SERVER_HTTP_PORT" || fail "GF_SERVER_HTTP_PORT=$GF_SERVER_HTTP_PORT: no port"
is_name "$GF_SECURITY_ADMIN_USER" || fail "GF_SECURITY_ADMIN_USER=$GF_SECURITY_ADMIN_USER: letters, digits, . _ -"
is_path "$CONF_DIR" || fail "CONF_DIR=$CONF_DIR: an absolute path of letters, digits, . _ - /"
case $GF_AUTH_ANONYMOUS_ENABLED in true | false) ;; *) fail "GF_AUTH_ANONYMOUS_ENABLED=$GF_AUTH_ANONYMOUS_ENABLED: true or false" ;; esac
case $GF_SERVER_ROOT_URL in http://?* | https://?*) ;; *) fail "GF_SERVER_ROOT_URL=$GF_SERVER_ROOT_URL: http:// or https://" ;; esac
package=https://dl.grafana.com/oss/release/grafana-5.4.2-1.x86_64.rpm
program=/usr/sbin/grafana-server
variables=/etc/sysconfig/grafana-server
secret=$CONF_DIR/$GF_SECURITY_ADMIN_USER.pass
url=${GF_SERVER_ROOT_URL%/}:$GF_SERVER_HTTP_PORT

install_package grafana "$package"
if [ "$dry_run" = yes ]; then
  [ "$GF_SERVER_HTTP_PORT" -ge 1024 ] || say "would: let $program listen at ports below 1024"
  say "would: set five variables in $variables, start grafana-server, write the password to $secret (mode 600)"
  exit 0
fi
[ "$GF_SERVER_HTTP_PORT" -ge 1024 ] || step "let Grafana listen at ports below 1024" setcap cap_net_bind_service=+ep "$program"
GF_SECURITY_ADMIN_PASSWORD=$(password_of "$GF_SECURITY_ADMIN_PASSWORD" "$secret")
printf '%s' "$GF_SECURITY_ADMIN_PASSWORD" >"$work/password"
put_file "$secret" 600 <"$work/password"
[ -f "$variables" ] || : >"$variables"
with_key "" GF_AUTH_ANONYMOUS_ENABLED "$GF_AUTH_ANONYMOUS_ENABLED" <"$variables" |
  with_key "" GF_SECURITY_ADMIN_USER "$GF_SECURITY_ADMIN_USER" |
  with_key "" GF_SECURITY_ADMIN_PASSWORD "$(quoted_variable "$GF_SECURITY_ADMIN_PASSWORD")" |
  with_key "" GF_SERVER_HTTP_PORT "$GF_SERVER_HTTP_PORT" |
  with_key "" GF_SERVER_ROOT_URL "$(quoted_variable "$url")" >"$work/variables"
put_file "$variables" 600 <"$work/variables"
step "read units again" systemctl daemon-reload
step "enable grafana-server" systemctl enable grafana-server
if [ "$changed" = yes ]; then step "restart grafana-server" systemctl restart grafana-server; else step "start grafana-server" systemctl start grafana-server; fi
say "Grafana is at $url; the password of $GF_SECURITY_ADMIN_USER is in $secret"
