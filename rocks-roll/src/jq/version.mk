# SPDX-License-Identifier: BSD-3-Clause
NAME = jq
VERSION = 1.5
RELEASE = 0
ARCH = x86_64
SUMMARY = Command-line processor of JSON
LICENSE = MIT
