# SPDX-License-Identifier: BSD-3-Clause
"""Makes the roll: packages by rpmbuild, the profile, and the disk by xorriso."""
