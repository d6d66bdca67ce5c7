# SPDX-License-Identifier: BSD-3-Clause
"""tstat-top: what a running tstat does, live in a terminal: apps/tstat-top/README.md."""
