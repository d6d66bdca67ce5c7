if [ -x /usr/sbin/ldconfig ]; then /usr/sbin/ldconfig; fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null 2>&1
  # After an upgrade what runs is the new one.
  if [ "$1" -ge 1 ]; then systemctl try-restart tstat.service tstat-ship.service tstat-rrd-cgi.service >/dev/null 2>&1; fi
fi
# What was captured, and the user to whom it belongs, stay.
:
