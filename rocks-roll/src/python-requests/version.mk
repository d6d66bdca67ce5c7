# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-requests
VERSION = 2.18.4
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module requests, for the Python of the Rocks python roll
LICENSE = Apache-2.0
# What of the source becomes the module, and the name of its distribution.
MODULE = requests
DISTRIBUTION = requests
REQUIRES = chardet idna urllib3 certifi
