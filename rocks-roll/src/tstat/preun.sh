if [ "$1" = 0 ]; then
  PATH=/sbin:/usr/sbin:/bin:/usr/bin
  if command -v systemctl >/dev/null 2>&1; then
    systemctl --no-reload disable tstat.service tstat-ship.service >/dev/null 2>&1
    if [ -d /run/systemd/system ]; then systemctl stop tstat.service tstat-ship.service >/dev/null 2>&1; fi
  elif command -v chkconfig >/dev/null 2>&1; then
    for service in tstat tstat-ship; do
      /etc/rc.d/init.d/$service stop >/dev/null 2>&1
      chkconfig --del $service
    done
  fi
fi
:
