# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log: logs selected, counted and drawn. plots, terminal and progress are used by tstat-flow and tstat-report, too."""
