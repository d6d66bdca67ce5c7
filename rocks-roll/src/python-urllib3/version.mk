# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-urllib3
VERSION = 1.22
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module urllib3, for the Python of the Rocks python roll
LICENSE = MIT
# What of the source becomes the module, and the name of its distribution.
MODULE = urllib3
DISTRIBUTION = urllib3
REQUIRES =
