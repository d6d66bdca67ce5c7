# SPDX-License-Identifier: BSD-3-Clause
"""How long looking up names takes, and what goes wrong there."""

from __future__ import annotations

from typing import Optional

import numpy as np

import tstat

from .. import charts, words
from ..chapter import Chapter
from ..flows import Array, Rows
from ..html import Child, Markup, foreign, join
from ..page import Finding, Options, note, number, shares, table
from ..rankings import Tally, Timings, median
from ..sketches import COARSE_TIMES, Spread

_DNS = 19  # of c_type, s_type
_SLOW_NS = 100e6
_ERROR = 3  # of entry


def _is_multicast(addresses: Array) -> Array:
    octets = np.ascontiguousarray(addresses).view(np.uint8).reshape(-1, 16)
    mapped = (octets[:, :10] == 0).all(axis=1) & (octets[:, 10] == 0xFF) & (octets[:, 11] == 0xFF)
    found: Array = (octets[:, 0] == 0xFF) | (mapped & (octets[:, 12] >= 224))
    return found


class Dns(Chapter):
    """Flows of DNS over UDP; errors, where the log of DNS messages is there."""

    identifier = "dns"
    title = "DNS"
    wants = {"udp": ("c_type", "s_type"), "dns_messages": ("entry", "rcode", "query", "answer")}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.times = Spread()
        self.flows = 0
        self.silent = 0
        self._resolvers = Timings(1)
        self._asked = Tally(2)
        self._errors = Tally(1)
        self._failing = Tally(1)
        codes = tstat.schema("dns_messages")["rcode"].codes
        self._codes = {code.value: code.meaning.replace("`", "") for code in codes}

    def add(self, rows: Rows) -> None:
        if rows.name == "dns_messages":
            self._add_messages(rows)
            return
        is_dns = (rows.column("c_type") == _DNS) | (rows.column("s_type") == _DNS)
        if rows.has("s_ip"):
            is_dns &= ~_is_multicast(rows.column("s_ip"))
        if not is_dns.any():
            return
        answered = rows.valid("s_first_abs") & (rows.flows.s_packets > 0)
        self.flows += int(is_dns.sum())
        self.silent += int((is_dns & ~answered).sum())
        wait = rows.column("s_first_abs") - rows.column("c_first_abs")
        timed = is_dns & answered & rows.valid("c_first_abs") & (wait > 0)
        self.times.add(wait[timed])
        places, keys, _ = rows.flows.endpoints
        self._resolvers.add(np.where(timed, places, -1), keys, 0, wait)
        self._resolvers.prune()
        self._asked.add(np.where(is_dns, places, -1), keys, [is_dns, is_dns & ~answered])

    def _add_messages(self, rows: Rows) -> None:
        failed = rows.column("entry") == _ERROR
        if rows.has("rcode"):
            numbers, places = np.unique(rows.column("rcode"), return_inverse=True)
            errors = [self._codes.get(value, str(value)) for value in numbers.tolist()]
        else:  # of a text log, where the word stands in the answer
            places, texts = rows.texts("answer")
            words_of = {code.split(":")[0]: code for code in self._codes.values()}
            errors = [words_of.get(text, text) for text in texts]
        self._errors.add(np.where(failed, places, -1), errors, [failed])
        codes, names = rows.texts("query")
        self._failing.add(np.where(failed, codes, -1), names, [failed])

    def findings(self) -> list[Finding]:
        if not self.flows:
            return []
        found = []
        if self.silent:
            share = self.silent / self.flows
            found.append(Finding(2 if share >= 0.05 and self.silent > 3 else 1,
                                 join(words.share(self.silent, self.flows),
                                      " of the DNS questions got no answer (", words.count(self.silent), " of ",
                                      words.count(self.flows),
                                      ")."), self.identifier))
        if self.times.count and self.times.quantile(0.5) > _SLOW_NS:
            found.append(Finding(1, join("DNS is slow: half of the answers took more than ",
                                         words.duration(self.times.quantile(0.5)), "."),
                                 self.identifier))
        return found

    def _resolver_rows(self) -> list[list[Child]]:
        timings = {key: counts[0] for key, _, counts in self._resolvers.slowest(1 << 30, 1)}
        rows: list[list[Child]] = []
        for key, _, (flows, silent) in self._asked.top(self.options.top):
            address, port = key.rsplit(" ", 1)
            counts = timings.get(key)
            times = ["–", "–"] if counts is None else [words.duration(median(counts)), words.duration(
                COARSE_TIMES.quantile(counts, 0.9, 0.0, self.times.largest))]
            rows.append([self.options.endpoint(address, int(port)), words.count(flows), words.count(silent), *times])
        return rows

    def section(self) -> Optional[Markup]:
        parts: list[Optional[Markup]] = []
        if self.flows:
            parts.append(table("Resolvers that were asked the most", ["Resolver", number("Questions"),
                                                                      number("No answer"),
                                                                      number("Answer, median"), number("Answer, 90 %")],
                               self._resolver_rows(), "resolvers"))
            if self.times.count:
                parts.append(note("Of all: half of the answers came within ", words.duration(self.times.quantile(0.5)),
                                  ", nine in ten within ",
                                  words.duration(self.times.quantile(0.9)),
                                  ". A question is a flow of DNS over UDP (several from one port "
                                  "count once, with the first answer); multicast is left out."))
        errors = self._errors.top(self.options.top)
        if errors:
            largest = errors[0][2][0]
            parts.append(table("Errors of DNS", ["Error", number("Answers"), shares("Of them")],
                               [[foreign(key), words.count(sums[0]), charts.bar(sums[0], largest, 1)]
                                for key, _, sums in errors], "dns-errors"))
            parts.append(table("Names with the most errors", ["Name", number("Errors")],
                               [[self.options.name(key), words.count(sums[0])]
                                for key, _, sums in self._failing.top(self.options.top)],
                               "dns-failing"))
        return join(*parts) if parts else None

    def absent(self) -> str:
        return "no flow of DNS over UDP"
