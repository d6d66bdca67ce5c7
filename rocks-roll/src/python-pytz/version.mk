# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-pytz
VERSION = 2017.3
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module pytz, for the Python of the Rocks python roll
LICENSE = MIT
# What of the source becomes the module, and the name of its distribution.
MODULE = pytz
DISTRIBUTION = pytz
REQUIRES =
