# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-six
VERSION = 1.11.0
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module six.py, for the Python of the Rocks python roll
LICENSE = MIT
# What of the source becomes the module, and the name of its distribution.
MODULE = six.py
DISTRIBUTION = six
REQUIRES =
