# SPDX-License-Identifier: BSD-3-Clause
"""What a chapter of the report is: it looks at rows, and tells of them at the end."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

from .flows import Rows
from .html import Child, Markup
from .page import Finding, Options

FLOW_TABLES = ("tcp", "tcp_nocomplete", "udp")


class Chapter:
    """A part of the report. Its memory is bounded, however many rows it is shown."""

    identifier = ""
    title = ""
    #: Tables, and of each the columns that are looked at besides those of Flows; rows of others are not shown to it.
    wants: Mapping[str, Sequence[str]] = {}

    def __init__(self, options: Options) -> None:
        self.options = options

    def add(self, rows: Rows) -> None:
        """Looks at rows of one of the tables that it wants."""
        raise NotImplementedError

    def cards(self) -> list[tuple[str, Child, Child]]:
        """Key figures for the summary: name, figure, what is said below."""
        return []

    def findings(self) -> list[Finding]:
        """What a person should know first."""
        return []

    def section(self) -> Optional[Markup]:
        """The chapter; None: there is nothing to tell, and ``absent`` says why."""
        raise NotImplementedError

    def absent(self) -> str:
        """Why there is no such chapter in this report."""
        return "no flows"
