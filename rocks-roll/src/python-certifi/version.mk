# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-certifi
VERSION = 2018.1.18
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module certifi, for the Python of the Rocks python roll
LICENSE = MPL-2.0
# What of the source becomes the module, and the name of its distribution.
MODULE = certifi
DISTRIBUTION = certifi
REQUIRES =
