# SPDX-License-Identifier: BSD-3-Clause
"""tstat-flow: one flow of a trace, told as a person would."""
