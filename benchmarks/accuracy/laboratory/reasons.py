# SPDX-License-Identifier: BSD-3-Clause
"""Why another tool is nearer to the truth in a row of the tables."""

REASONS = {
    "largest window": "the window of a repeated SYN/ACK is scaled",
    "RTP: largest jitter": "tshark takes packets in the order of their arrival, as RFC 3550 says",
}
