# SPDX-License-Identifier: BSD-3-Clause
NAME = tstat
VERSION = roll
RELEASE = roll
ARCH = x86_64
SUMMARY = Passive TCP and UDP traffic analyser
