# SPDX-License-Identifier: BSD-3-Clause
NAME = fdt
VERSION = 0.24.0
RELEASE = 0
ARCH = x86_64
SUMMARY = Fast Data Transfer, with commands to start its server and client
LICENSE = see the origin of fdt.jar
