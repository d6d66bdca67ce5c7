# SPDX-License-Identifier: BSD-3-Clause
NAME = opt-influxdb
VERSION = 5.0.0
RELEASE = 0
ARCH = x86_64
SUMMARY = Python module influxdb, for the Python of the Rocks python roll
LICENSE = MIT
# What of the source becomes the module, and the name of its distribution.
MODULE = influxdb
DISTRIBUTION = influxdb
REQUIRES = python-dateutil pytz requests six
