# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-chardet
VERSION = 3.0.4
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module chardet, for the Python of the Rocks python roll
LICENSE = LGPL-2.1
# What of the source becomes the module, and the name of its distribution.
MODULE = chardet
DISTRIBUTION = chardet
REQUIRES =
