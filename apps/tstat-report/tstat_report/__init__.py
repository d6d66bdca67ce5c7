# SPDX-License-Identifier: BSD-3-Clause
"""tstat-report: one page about a trace or about logs."""
