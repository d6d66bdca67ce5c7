# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-idna
VERSION = 2.6
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module idna, for the Python of the Rocks python roll
LICENSE = BSD
# What of the source becomes the module, and the name of its distribution.
MODULE = idna
DISTRIBUTION = idna
REQUIRES =
