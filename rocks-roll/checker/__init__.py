# SPDX-License-Identifier: BSD-3-Clause
"""Takes a roll as a Rocks frontend does (add, enable, create distro, run) and says by rule what would go wrong."""
