PATH=/sbin:/usr/sbin:/bin:/usr/bin
if [ -x /sbin/ldconfig ]; then /sbin/ldconfig; fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload >/dev/null 2>&1
  # After an upgrade what runs is the new one.
  if [ "$1" -ge 1 ]; then systemctl try-restart tstat.service tstat-ship.service >/dev/null 2>&1; fi
elif [ "$1" -ge 1 ]; then
  for service in tstat tstat-ship; do
    if [ -f /var/run/$service.pid ]; then /etc/rc.d/init.d/$service condrestart >/dev/null 2>&1; fi
  done
fi
# What was captured, and the user to whom it belongs, stay.
:
