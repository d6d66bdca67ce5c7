#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Telegraf on CentOS 7, which sends what it measures of this machine to an InfluxDB. May run again.
set -eu
. "$(dirname "$0")/steps.sh"
begin telegraf-install.sh "usage: telegraf-install.sh [--dry-run] FILE     FILE: lines KEY=VALUE, see telegraf.conf" "$@"
setting INFLUX_URL ""
setting INFLUX_USER ""
setting INFLUX_PASSWORD ""
setting TELEGRAF_INTERVAL 5s
setting TELEGRAF_INPUTS cpu:mem:net:swap:disk:diskio:netstat:system
check_settings
[ -n "$INFLUX_URL" ] || fail "INFLUX_URL is needed: http://SERVER:8086"
# Files for an earlier script have \/ for /.
INFLUX_URL=$(printf '%s' "$INFLUX_URL" | sed 's,\\/,/,g')
case $INFLUX_URL in http://?* | https://?*) ;; *) fail "INFLUX_URL=$INFLUX_URL: http:// or https://" ;; esac
case $TELEGRAF_INTERVAL in *[!0-9a-z]* | '') fail "TELEGRAF_INTERVAL=$TELEGRAF_INTERVAL: as 5s" ;; esac
case $TELEGRAF_INPUTS in *[!0-9a-z_:]* | '') fail "TELEGRAF_INPUTS=$TELEGRAF_INPUTS: names with : between them" ;; esac
conf=/etc/telegraf/telegraf.conf

generate() { telegraf --input-filter "$TELEGRAF_INPUTS" --output-filter influxdb config >"$work/generated"; }

influxdata_repository
install_package telegraf
if [ "$dry_run" = yes ]; then
  say "would: write $conf for $INFLUX_URL, inputs $TELEGRAF_INPUTS, every $TELEGRAF_INTERVAL (mode 640); restart telegraf"
  exit 0
fi
step "generate $conf" generate
with_key agent interval "\"$TELEGRAF_INTERVAL\"" <"$work/generated" | with_key agent hostname '""' |
  with_key outputs.influxdb urls "[$(quoted "$INFLUX_URL")]" >"$work/conf"
if [ -n "$INFLUX_USER" ]; then
  with_key outputs.influxdb username "$(quoted "$INFLUX_USER")" <"$work/conf" |
    with_key outputs.influxdb password "$(quoted "$INFLUX_PASSWORD")" >"$work/conf2"
  mv "$work/conf2" "$work/conf"
fi
# What was there before the first run of this script stays beside it.
if [ -f "$conf" ] && [ ! -f "$conf.before" ] && ! cmp -s "$conf" "$work/conf"; then step "keep $conf.before" cp -p "$conf" "$conf.before"; fi
put_file "$conf" 640 <"$work/conf"
step "give $conf to telegraf" chgrp telegraf "$conf"
step "enable telegraf" systemctl enable telegraf
if [ "$changed" = yes ]; then step "restart telegraf" systemctl restart telegraf; else step "start telegraf" systemctl start telegraf; fi
say "Telegraf sends to $INFLUX_URL every $TELEGRAF_INTERVAL"
