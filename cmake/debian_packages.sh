# SPDX-License-Identifier: BSD-3-Clause
# Sourced by ./quickstart and ./run-tests: the Debian 12 packages that a build and the tests need.

BUILD_PACKAGES="g++ cmake ninja-build pkg-config libabsl-dev libfmt-dev libpcap-dev zlib1g-dev libbz2-dev liblzma-dev
libzstd-dev libssl-dev librrd-dev libseccomp-dev"
TEST_PACKAGES="libgtest-dev libgmock-dev libldns-dev libbenchmark-dev nlohmann-json3-dev ccache python3 git clang clang-format clang-tidy zstd xz-utils bzip2 rrdtool
tcpreplay iproute2 g++-11 lintian systemd valgrind abigail-tools lighttpd libfcgi-dev"

# install_packages NAME...: installs those that are missing; does nothing, and needs no rights, when none is.
install_packages() {
  local missing=() package sudo=""
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    sudo=$(command -v sudo) || { echo "these packages are missing, and there is no sudo: ${missing[*]}" >&2; return 1; }
  fi
  echo "Installing: ${missing[*]}"
  $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
