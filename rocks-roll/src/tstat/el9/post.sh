if [ -x /usr/sbin/ldconfig ]; then /usr/sbin/ldconfig; fi
if [ -x /usr/bin/systemctl ]; then
  # Off, unless the administrator's presets say something else.
  if [ "$1" = 1 ]; then
    systemctl --no-reload preset tstat.service tstat-ship.service tstat-rrd-cgi.socket >/dev/null 2>&1
  fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload >/dev/null 2>&1; fi
fi
:
