# SPDX-License-Identifier: BSD-3-Clause
"""How true the numbers are: traffic of real kernels over a link that knows what became of each packet."""
