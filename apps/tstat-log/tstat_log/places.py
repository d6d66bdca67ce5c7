# SPDX-License-Identifier: BSD-3-Clause
"""Whose an address is, and in which country, by MaxMind's files (.mmdb)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any, Optional

from .messages import Failure

_BREAKS = re.compile(r"[\s%\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Place:
    """What is known of an address; None: not known."""

    country: Optional[str] = None
    asn: Optional[int] = None
    organisation: Optional[str] = None


def cell(text: Optional[str]) -> bytes:
    """A text as one cell of a log: %XX for what would be several; - for none."""
    if not text:
        return b"-"
    return _BREAKS.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), text).encode("utf-8", "replace")


class Places:
    """Files of MaxMind's form, of one kind or of several: what one does not tell another one may."""

    def __init__(self, files: list[str]) -> None:
        try:
            import maxminddb
        except ImportError:
            raise Failure("this needs the Python module maxminddb (Debian: python3-maxminddb)") from None
        self._readers: list[Any] = []
        for file in files:
            try:
                self._readers.append(maxminddb.open_database(file))
            except maxminddb.InvalidDatabaseError as error:
                raise Failure(f"{file}: {error}") from None
            except OSError as error:  # its own name for the file is bytes
                raise Failure(f"{file}: {error.strerror or error}") from None
        self._damages = (maxminddb.InvalidDatabaseError, UnicodeDecodeError)
        self.of = functools.lru_cache(maxsize=200_000)(self._of)

    def _of(self, address: str) -> Place:
        country, asn, organisation = None, None, None
        for reader in self._readers:
            try:
                record = reader.get(address)
            except (ValueError, *self._damages):  # no address, one of IPv6 in a file of IPv4, or a damaged file
                continue
            if not isinstance(record, dict):
                continue
            country = country or _country(record)
            number = record.get("autonomous_system_number")
            asn = number if asn is None and isinstance(number, int) else asn
            for name in ("organization", "autonomous_system_organization", "isp"):
                organisation = organisation or _text(record.get(name))
        return Place(country, asn, organisation)


def _text(value: object) -> Optional[str]:
    return value if isinstance(value, str) and value else None


def _country(record: dict[str, Any]) -> Optional[str]:
    for name in ("country", "registered_country"):
        found = record.get(name)
        if isinstance(found, dict) and _text(found.get("iso_code")):
            return _text(found["iso_code"])
        if isinstance(found, str):
            return found
    return None
