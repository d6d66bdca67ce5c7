# SPDX-License-Identifier: BSD-3-Clause
NAME = roll-tstat-usersguide
VERSION = roll
RELEASE = roll
ARCH = noarch
SUMMARY = Users guide of the Tstat roll
