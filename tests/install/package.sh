#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The Debian packages: made, looked into, checked by lintian, unpacked and used. They stay in BUILD_DIR/packages, for the tests that
# install them.
#   package.sh SOURCE_DIR BUILD_DIR CXX
set -euo pipefail
source_dir=$1 build_dir=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }
command -v dpkg-deb >/dev/null || { echo "no dpkg-deb: skipped"; exit 77; }

(cd "$work" && umask 022 && cpack --config "$build_dir/CPackConfig.cmake" -G DEB -B "$work/packages" >"$work/cpack.log" 2>&1) ||
  { cat "$work/cpack.log"; exit 1; }
rm -rf "$build_dir/packages"
mkdir "$build_dir/packages"
cp "$work"/packages/*.deb "$build_dir/packages"
command=$(echo "$work"/packages/tstat_*.deb) development=$(echo "$work"/packages/libtstat-dev_*.deb)
library=$(echo "$work"/packages/libtstat0_*.deb)
for package in "$command" "$development" "$library"; do
  echo "== $(basename "$package"), $(stat -c %s "$package") bytes"
  dpkg-deb --field "$package"
done
# has PACKAGE PATH: one file of that name, not empty.
list() { dpkg-deb --contents "$1"; }
has() { list "$1" >"$work/list"; grep -qE "^-.* [1-9][0-9]* .* \./$2$" "$work/list" || { cat "$work/list"; fail "$1 has no $2"; }; }
has_not() { list "$1" >"$work/list"; ! grep -E " \./$2" "$work/list" || fail "$1 has $2"; }

for path in usr/bin/tstat usr/share/man/man1/tstat.1.gz usr/share/doc/tstat/logs/log_tcp_complete.md \
  usr/share/doc/tstat/histograms.md usr/share/doc/tstat/live.md usr/share/doc/tstat/copyright \
  usr/share/doc/tstat/changelog.gz usr/share/doc/tstat/changelog.Debian.gz usr/lib/systemd/system/tstat.service \
  usr/share/bash-completion/completions/tstat usr/bin/tstat-decrypt usr/share/man/man1/tstat-decrypt.1.gz \
  usr/share/bash-completion/completions/tstat-decrypt usr/share/doc/tstat/privacy.md \
  usr/bin/tstat-rrd-merge usr/share/bash-completion/completions/tstat-rrd-merge \
  usr/bin/tstat-batch usr/bin/tstat-drop-days usr/share/tstat/tstat-array.sbatch \
  usr/bin/tstat-ship usr/share/bash-completion/completions/tstat-ship usr/lib/systemd/system/tstat-ship.service \
  usr/share/doc/tstat/ship.md usr/share/doc/tstat/examples/tstat-to-influx.ini usr/share/doc/tstat/examples/netsage.ini; do
  has "$command" "$path"
done
for path in 'usr/include/tstat/analyzer\.h' 'usr/include/libtstat\.h' 'usr/include/tstat\.h' usr/share/man/man3/tstat_api.3.gz '.*/pkgconfig/libtstat\.pc' usr/share/man/man3/libtstat.3.gz '.*/libtstat\.a' '.*/pkgconfig/tstat\.pc' '.*/cmake/tstat/tstat-config\.cmake' \
  'usr/share/doc/libtstat-dev/examples/count_flows\.cc' usr/share/doc/libtstat-dev/copyright; do
  has "$development" "$path"
done
has "$library" '.*/libtstat\.so\.0\.[0-9.]*'
has "$library" usr/share/doc/libtstat0/copyright
has_not "$library" '.*\.so$'
[[ $(dpkg-deb --field "$library" Provides) == "libtstat-cxx-v1 (= "* ]] || fail "libtstat0 does not say which C++ API it has"
# Its symbols are those of the library.
dpkg-deb --extract "$library" "$work/library"
dpkg-deb --info "$library" symbols | sed -n 's/^ \([^ ]*\) .*/\1/p' | LC_ALL=C sort >"$work/symbols"
nm -D --with-symbol-versions --defined-only "$work"/library/usr/lib/*/libtstat.so.0 | awk '{ sub("@@", "@", $3); print $3 }' |
  grep '@' | LC_ALL=C sort | diff - "$work/symbols" || fail "libtstat0 has other symbols than it says"
list "$development" >"$work/list"  # not into grep -q, which leaves before the end
grep -q ' \./usr/lib/.*/libtstat\.so -> libtstat\.so\.0$' "$work/list" || fail "no libtstat.so for the linker"
has_not "$command" '.*libtstat\.so'
has_not "$command" usr/include
has_not "$command" '.*\.a$'
has_not "$development" usr/bin
for page in "$source_dir"/docs/man/*.[1245678]; do
  [[ $(basename "$page") =~ ^tstat(_rrd\.cgi|-view|-stack|-log|-flow|-report|-top)\.1$ ]] || has "$command" "usr/share/man/man${page##*.}/$(basename "$page").gz"
done
viewer=() dashboards=()
if grep -q 'TSTAT_WITH_VIEWER:BOOL=ON' "$build_dir/CMakeCache.txt"; then
  viewer=("$(echo "$work"/packages/tstat-cgi_*.deb)")
  for path in usr/lib/cgi-bin/tstat_rrd.cgi usr/share/man/man1/tstat_rrd.cgi.1.gz etc/tstat/rrd-cgi.conf \
    usr/bin/tstat-view usr/share/man/man1/tstat-view.1.gz usr/lib/systemd/system/tstat-rrd-cgi.socket \
    usr/lib/systemd/system/tstat-rrd-cgi.service usr/lib/sysusers.d/tstat-rrd-cgi.conf \
    usr/share/doc/tstat-cgi/copyright; do
    has "${viewer[0]}" "$path"
  done
  for file in "$source_dir"/packaging/viewer/*.conf; do
    [[ $file == */rrd-cgi.conf ]] || has "${viewer[0]}" "usr/share/doc/tstat-cgi/examples/$(basename "$file")"
  done
  dashboards=("$(echo "$work"/packages/tstat-dashboards_*.deb)")
  for path in usr/bin/tstat-stack usr/share/man/man1/tstat-stack.1.gz usr/share/doc/tstat-dashboards/copyright \
    usr/share/tstat/sample/web.pcap usr/share/tstat/sample/day/generate; do
    has "${dashboards[0]}" "$path"
  done
  for file in $(cd "$source_dir" && find dashboards -name '*.json' -o -name '*.yaml' -o -name '*.tick' -o -name '*.conf' -o -name '*.sh'); do
    has "${dashboards[0]}" "usr/share/tstat/$file"
  done
  [[ $(dpkg-deb --field "$work"/packages/tstat-viewer_*.deb Depends) == "tstat-cgi "* ]] || fail "nothing brings tstat-cgi in tstat-viewer's place"
  [ "$(dpkg-deb --field "${dashboards[0]}" Architecture)" = all ] || fail "the dashboards are of one architecture"
  dpkg-deb --info "${viewer[0]}" conffiles | grep -x /etc/tstat/rrd-cgi.conf >/dev/null || fail "rrd-cgi.conf is not the administrator's"
fi
has_not "$command" usr/lib/cgi-bin
module=() tools=()
if grep -q 'TSTAT_BUILD_PYTHON:BOOL=ON' "$build_dir/CMakeCache.txt"; then
  module=("$(echo "$work"/packages/python3-tstat_*.deb)")
  for path in usr/lib/python3/dist-packages/tstat/__init__.py usr/lib/python3/dist-packages/tstat/_tstat.pyi \
    'usr/lib/python3/dist-packages/tstat/_tstat\..*\.so' usr/share/doc/python3-tstat/copyright \
    usr/share/doc/python3-tstat/examples/tutorial.ipynb; do
    has "${module[0]}" "$path"
  done
  [[ $(dpkg-deb --field "${module[0]}" Depends) == *python3-numpy* ]] || fail "the module does not depend on NumPy"
  tools=("$(echo "$work"/packages/tstat-tools_*.deb)")
  for path in usr/bin/tstat-log usr/bin/tstat-flow usr/share/tstat/python/tstat_flow/main.py usr/share/man/man1/tstat-flow.1.gz \
    usr/share/tstat/python/tstat_log/main.py usr/share/tstat/python/tstat_log/commands/columns.py \
    usr/share/man/man1/tstat-log.1.gz usr/share/bash-completion/completions/tstat-log usr/share/doc/tstat-tools/copyright \
    usr/bin/tstat-report usr/share/tstat/python/tstat_report/main.py usr/share/tstat/python/tstat_report/style.css \
    usr/share/tstat/python/tstat_report/chapters/loss.py usr/share/man/man1/tstat-report.1.gz \
    usr/share/bash-completion/completions/tstat-report usr/bin/tstat-top usr/share/tstat/python/tstat_top/main.py \
    usr/share/man/man1/tstat-top.1.gz usr/share/bash-completion/completions/tstat-top; do
    has "${tools[0]}" "$path"
  done
  has_not "${tools[0]}" '.*__pycache__'
  [ "$(dpkg-deb --field "${tools[0]}" Architecture)" = all ] || fail "the tools are of one architecture"
  [[ $(dpkg-deb --field "${tools[0]}" Depends) == *python3-tstat*python3-pandas*python3-matplotlib* ]] ||
    fail "the tools do not depend on what they need"
fi

guide=()
if grep -q 'TSTAT_BUILD_GUIDE:BOOL=ON' "$build_dir/CMakeCache.txt"; then
  guide=("$(echo "$work"/packages/tstat-doc_*.deb)")
  for path in usr/share/doc/tstat/guide/index.html usr/share/doc/tstat/guide/logs/log_tcp_complete.html \
    usr/share/doc-base/tstat-doc.tstat-guide usr/share/doc/tstat-doc/copyright; do
    has "${guide[0]}" "$path"
  done
  [ "$(dpkg-deb --field "${guide[0]}" Architecture)" = all ] || fail "the guide is of one architecture"
fi

field() { dpkg-deb --field "$1" "$2"; }
if grep -q 'TSTAT_WITH_RRD:BOOL=ON' "$build_dir/CMakeCache.txt"; then
  [ "$(field "$command" Recommends)" = librrd8 ] || fail "librrd is not recommended"
fi
[[ $(field "$command" Depends) != *librrd* ]] || fail "librrd is needed, although it is loaded when asked for"
[ ${#viewer[@]} -eq 0 ] || [[ $(field "${viewer[0]}" Depends) == *librrd8* ]] || fail "the viewer does not depend on librrd"
[[ $(field "$command" Depends) == *libpcap0.8* ]] || fail "no dependency on libpcap"
[[ $(field "$development" Depends) == *libabsl-dev*libpcap-dev* ]] || fail "libtstat-dev does not depend on what it needs"
for file in "$source_dir"/packaging/etc/*; do
  name=etc/tstat/$(basename "$file")
  has "$command" "$name"
  dpkg-deb --info "$command" conffiles | grep -x "/$name" >/dev/null || fail "$name is not the administrator's"
done

if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error,warning "$work"/packages/*.deb || fail "lintian finds something"
  echo "lintian: nothing"
else
  echo "no lintian: not run"
fi

# What is linked in, by the packages that it came from, is named with its licence.
if command -v ninja >/dev/null; then
  programs=$(cd "$build_dir" && ls -d apps/*/{tstat,tstat_rrd.cgi,tstat-ship,tstat-decrypt,tstat-rrd-merge} libtstat/libtstat.so.0.* bindings/python/tstat/*.so 2>/dev/null || true)
  archives=$(cd "$build_dir" && ninja -t commands -s $programs | { grep -oE '/usr/[^ ,]*\.a\b' || true; } | sort -u)
  for name in $([ -z "$archives" ] || dpkg-query --search $archives | sed 's/:.*//' | sort -u); do
    grep -F "($name)" "$source_dir/packaging/debian/copyright" >/dev/null || fail "debian/copyright does not name $name"
  done
fi

# Unpacked somewhere they work.
for package in "$command" "$development" "$library"; do dpkg-deb --extract "$package" "$work/root"; done
if [ ${#viewer[@]} -gt 0 ]; then
  dpkg-deb --extract "${viewer[0]}" "$work/root"
  mkdir "$work/rrd"
  echo "data_root = $work/rrd" >"$work/rrd-cgi.conf"
  TSTAT_RRD_CGI_CONF=$work/rrd-cgi.conf GATEWAY_INTERFACE=CGI/1.1 QUERY_STRING= "$work/root/usr/lib/cgi-bin/tstat_rrd.cgi" \
    </dev/null | grep -x $'Status: 200 OK\r' >/dev/null || fail "the viewer does not answer"
  dpkg-deb --extract "${dashboards[0]}" "$work/root"
fi
if [ ${#module[@]} -gt 0 ]; then
  dpkg-deb --extract "${module[0]}" "$work/root"
  PYTHONPATH=$work/root/usr/lib/python3/dist-packages /usr/bin/python3 -B -c '
import sys, tstat
assert tstat.__file__.startswith(sys.argv[1]) and len(tstat.read(sys.argv[2], profile="3.1.1").tcp) == 8' \
    "$work/root" "$source_dir/tests/traces/web.pcap" || fail "the Python module does not work"
  dpkg-deb --extract "${tools[0]}" "$work/root"
  "$work/root/usr/bin/tstat-log" --help | grep -x 'usage: tstat-log .*' >/dev/null || fail "tstat-log does not start"
  "$work/root/usr/bin/tstat-flow" --help | grep 'usage: tstat-flow ' >/dev/null || fail "tstat-flow does not start"
  "$work/root/usr/bin/tstat-top" --help | grep 'usage: tstat-top ' >/dev/null || fail "tstat-top does not start"
  PYTHONPATH=$work/root/usr/lib/python3/dist-packages "$work/root/usr/bin/tstat-report" -o - "$source_dir/tests/traces/web.pcap" |
    grep -F '<h1><bdi>Traffic of web.pcap</bdi></h1>' >/dev/null || fail "tstat-report makes no report"
fi
"$work/root/usr/bin/tstat" -s "$work/out" "$source_dir/tests/traces/web.pcap" >/dev/null
if [ ${#dashboards[@]} -gt 0 ] && command -v influxd >/dev/null && PATH=$PATH:/usr/sbin command -v lighttpd >/dev/null; then
  stack=("$work/root/usr/bin/tstat-stack" --state "$work/stack")
  "${stack[@]}" --sessions 20 up | grep '^Open http://127\.0\.0\.1:' >/dev/null || fail "tstat-stack does not start"
  "${stack[@]}" down --remove | grep -x 'Stopped: influxdb, web\.' >/dev/null || fail "tstat-stack does not stop"
fi
pc=$(find "$work/root" -name tstat.pc)
"$cxx" -std=c++20 "$work/root/usr/share/doc/libtstat-dev/examples/count_flows.cc" -o "$work/count_flows" \
  $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs tstat)
"$work/count_flows" "$source_dir/tests/traces/web.pcap" | grep "^262 packets: 8 TCP flows"
# And a C program with the shared library, as users of Tstat's own library build theirs.
lib=$(dirname "$(dirname "$pc")")
cc -Wall -Wextra -Werror "$work/root/usr/share/doc/libtstat-dev/examples/c/feed_ports.c" -o "$work/feed_ports" \
  $(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs libtstat) -Wl,-rpath,"$lib"
echo "-s $work/ports" >"$work/conf"
"$work/feed_ports" "$work/conf" | grep "^36 packets of flows"
