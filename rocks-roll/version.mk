# SPDX-License-Identifier: BSD-3-Clause
# What the roll is called. The version is that of the project (libtstat/include/tstat/version.h).
ROLLNAME = tstat
VERSION := $(shell sed -n 's/^.define TSTAT_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\)$$/\2/p' ../libtstat/include/tstat/version.h | paste -sd.)
RELEASE = 0
COLOR = palegreen
# Megabytes of a disk.
ISOSIZE = 600
