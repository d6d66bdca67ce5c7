# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-dateutil
VERSION = 2.6.1
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module dateutil, for the Python of the Rocks python roll
LICENSE = BSD
# What of the source becomes the module, and the name of its distribution.
MODULE = dateutil
DISTRIBUTION = python-dateutil
REQUIRES = six
