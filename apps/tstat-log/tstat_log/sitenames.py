# SPDX-License-Identifier: BSD-3-Clause
"""Names of YouTube's caches, with the places that their letters hide."""

from __future__ import annotations

import re
from typing import Match, Optional

_PLAIN = b"0123456789abcdefghijklmnopqrstuvwxyz"
_SENSE = b"uzpkfa50vqlgb61wrmhc72xsnid83ytoje94"
_TO_SENSE = bytes.maketrans(_PLAIN, _SENSE)

# Eight characters, or the name of an operator and four; then more of the host name.
_EIGHT = rb"[a-z0-9]{8}(?=---|\.)"
_OPERATOR = rb"[a-z0-9]+-[a-z0-9]{4}(?=---|\.)"
_ANYWHERE = re.compile(rb"(?:(?<=---)|(?<=\.))sn-(" + _EIGHT + rb"|" + _OPERATOR + rb")")


def decoded(line: bytes) -> bytes:
    """The line with each hidden name in it decoded: ``---sn-hpa7zn7s.`` becomes ``---mil04s03.``."""
    return _ANYWHERE.sub(lambda match: match[1].translate(_TO_SENSE), line)


def decoded_as_original(line: bytes) -> bytes:
    """The line with its first hidden name decoded, as decode_yt_sitename.pl does."""
    for mark in (b"---", b"."):
        if mark + b"sn-" in line:
            return _first_decoded(line, mark)
    return line


def _first_decoded(line: bytes, mark: bytes) -> bytes:
    """One name at most. Before it there must be something: a line that begins with it is left with the mark alone."""
    exact = re.escape(mark + b"sn-")
    for name in (_EIGHT, _OPERATOR):
        if not re.search(exact + name, line):
            continue
        # Of eight characters behind a dot, any character passes for the dot once there is a name with one.
        before = b".sn-" if mark == b"." and name == _EIGHT else exact
        match: Optional[Match[bytes]] = re.search(rb"(?<=.)" + before + b"(" + name + b")", line)
        if match is None:
            return mark
        return line[:match.start()] + mark + match[1].translate(_TO_SENSE) + line[match.end():]
    return line
