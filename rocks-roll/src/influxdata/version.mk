# SPDX-License-Identifier: BSD-3-Clause
NAME = influxdata
SUMMARY = Packages of InfluxData, as they are
