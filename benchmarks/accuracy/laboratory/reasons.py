# SPDX-License-Identifier: BSD-3-Clause
"""Why another tool is as near to the truth in a row of the tables, or nearer."""

_MICROSECONDS = "a matter of microseconds: tstat's columns have whole ones, and beside the receiver a round trip takes 20 to 70; within 50 us or 1 % `none` is right more often"

#: By the row's name and what is nearer. A row without one says so.
REASONS: dict[tuple[str, str], str] = {
    ("samples of round trips", "recall"): "tshark also takes samples that are wrong, of what was acknowledged behind a hole and of what was sent again: where nobody "
                                          "can tell, `none` takes none",
    ("round trip of the handshake", "errors"): _MICROSECONDS,
    ("smallest round trip", "errors"): _MICROSECONDS,
    ("smallest round trip", "right"): "by chance, where segments overtake each other behind the probe (`reordering-jitter`): which of several an acknowledgment answers, nobody can "
                                      "tell, and a sample that is none may be as small as the smallest",
    ("overtaken, where some are: tcpi_reord_seen", "errors"): "the kernel notices fewer than there are; `none` counts those that there are, see above",
    ("smallest round trip: tcpi_min_rtt", "errors"): "what the kernel says has its own time in it, between its taking a segment and the link's",
}
