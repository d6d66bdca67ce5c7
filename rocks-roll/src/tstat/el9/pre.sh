# As /usr/lib/sysusers.d/tstat.conf says, which is for systems that start from an image.
getent group tstat >/dev/null || groupadd -r tstat
getent passwd tstat >/dev/null || useradd -r -g tstat -d /var/lib/tstat -M -s /sbin/nologin -c "tstat traffic analyser" tstat
exit 0
