# SPDX-License-Identifier: BSD-3-Clause
# Sourced by ./quickstart and ./run-tests: the Debian 12 packages that a build and the tests need.

BUILD_PACKAGES="g++ cmake ninja-build pkg-config libabsl-dev libfmt-dev libpcap-dev zlib1g-dev libbz2-dev liblzma-dev
libzstd-dev liblz4-dev libssl-dev librrd-dev libseccomp-dev"
# For the web viewer, and to look at it.
VIEWER_PACKAGES="nlohmann-json3-dev libfcgi-dev lighttpd"
# For the report of ./quickstart, which does not install them.
REPORT_PACKAGES="python3-dev pybind11-dev python3-numpy"
# Headers of what exports, metrics and captures load.
EXPORT_PACKAGES="libcurl4-openssl-dev librabbitmq-dev librdkafka-dev libmicrohttpd-dev libxdp-dev"
TEST_PACKAGES="$VIEWER_PACKAGES $EXPORT_PACKAGES libgtest-dev libgmock-dev libldns-dev libbenchmark-dev ccache python3 git clang clang-format clang-tidy zstd lz4 xz-utils bzip2 rrdtool
tcpreplay iproute2 g++-11 dpkg-dev file lintian systemd valgrind abigail-tools
apache2 nginx-light fcgiwrap wrk strace chromium chromium-driver
openssl rpm xorriso pandoc cpio
weasyprint poppler-utils doxygen fonts-dejavu-core
python3-dev pybind11-dev python3-numpy python3-pandas python3-matplotlib python3-maxminddb python3-scapy mypy"
# Servers that exports and metrics are tested with: ./run-tests --servers, and CI. Erlang comes with RabbitMQ.
SERVER_PACKAGES="influxdb rabbitmq-server clickhouse-server libzookeeper-java default-jre-headless prometheus python3-influxdb jq curl nfdump
pmacct tshark libndpi4.2 postgresql mariadb-server python3-psycopg2 python3-pymysql"
# What ./run-tests --all --servers has besides.
HEAVY_PACKAGES="slurmctld slurmd slurm-client"
# For captures by DPDK, with --all: two hundred packages, almost a minute.
DPDK_PACKAGES="libdpdk-dev"
# For the portable build, with --all. (Node.js of other archives brings npm with it, and Debian's would be in its way.)
PORTABLE_PACKAGES="dpkg-dev flex bison gperf"
# For the packages in a Debian of their own, with --all.
ROOT_PACKAGES="piuparts debootstrap"
command -v npm >/dev/null || PORTABLE_PACKAGES+=" npm"

# Tests start web servers of their own; none shall run because its package is installed. Debian's way to say so is this
# program. One that is there might say something else: it is put aside meanwhile.
POLICY=${TSTAT_POLICY:-/usr/sbin/policy-rc.d}

# without_services SUDO COMMAND...: a shell of its own, so that all is put back however it ends.
without_services() (
  sudo=$1 saved=$POLICY.before-tstat
  shift
  restore() {
    $sudo rm -f "$POLICY"
    if [ -e "$saved" ] || [ -L "$saved" ]; then $sudo mv "$saved" "$POLICY"; fi
  }
  # (If the last time nothing could be put back, what is there is ours.)
  if { [ -e "$POLICY" ] || [ -L "$POLICY" ]; } && [ ! -e "$saved" ]; then $sudo mv "$POLICY" "$saved" || exit 1; fi
  trap restore EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$POLICY" >/dev/null || exit 1
  $sudo chmod 755 "$POLICY" || exit 1
  "$@"
)

# missing_packages NAME...: those that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# install_packages NAME...: installs those that are missing; does nothing, and needs no rights, when none is.
install_packages() {
  local missing sudo=""
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    sudo=$(command -v sudo) || { echo "these packages are missing, and there is no sudo: ${missing[*]}" >&2; return 1; }
  fi
  echo "Installing: ${missing[*]}"
  $sudo apt-get update -qq &&
    without_services "$sudo" $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
