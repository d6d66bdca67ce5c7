if [ -x /sbin/ldconfig ]; then /sbin/ldconfig; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload >/dev/null 2>&1; fi
# What was captured, and the user to whom it belongs, stay.
:
