# SPDX-License-Identifier: BSD-3-Clause
"""Why another tool is nearer to the truth in a row of the tables."""

#: By the row's name. There are none now: a row without one says so.
REASONS: dict[str, str] = {}
