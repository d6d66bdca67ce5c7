if [ "$1" = 0 ] && [ -x /usr/bin/systemctl ]; then
  units="tstat.service tstat-ship.service tstat-rrd-cgi.socket"
  systemctl --no-reload disable $units >/dev/null 2>&1
  if [ -d /run/systemd/system ]; then systemctl stop $units tstat-rrd-cgi.service >/dev/null 2>&1; fi
fi
:
