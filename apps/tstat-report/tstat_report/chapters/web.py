# SPDX-License-Identifier: BSD-3-Clause
"""What was asked for by HTTP, what came back, and how soon."""

from __future__ import annotations

import collections
from typing import Optional

import numpy as np

from .. import charts, words
from ..chapter import Chapter
from ..flows import Array, Rows
from ..html import Child, Markup, foreign, join
from ..page import Finding, Options, note, number, shares, table
from ..rankings import Tally, Timings, median
from ..sketches import COARSE_TIMES, Spread

_MOST_WAITING = 50_000  # connections whose last request has no response yet

# RFC 9110, 15.
_CODES = {"200": "OK", "204": "No Content", "206": "Partial Content", "301": "Moved Permanently", "302": "Found",
          "303": "See Other",
          "304": "Not Modified", "307": "Temporary Redirect", "308": "Permanent Redirect", "400": "Bad Request",
          "401": "Unauthorized",
          "403": "Forbidden", "404": "Not Found", "405": "Method Not Allowed", "408": "Request Timeout", "410": "Gone",
          "412": "Precondition Failed", "413": "Content Too Large", "416": "Range Not Satisfiable",
          "429": "Too Many Requests",
          "500": "Internal Server Error", "501": "Not Implemented", "502": "Bad Gateway", "503": "Service Unavailable",
          "504": "Gateway Timeout"}


class Web(Chapter):
    """Requests and responses of HTTP; without their log the first response of each connection."""

    identifier = "web"
    title = "HTTP"
    wants = {"http": ("c_ip", "c_port", "s_ip", "s_port", "time_abs", "method", "hostname", "response", "continuation"),
             "tcp": ("http_res",)}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.requests = 0
        self.times = Spread()
        self._codes, self._first_codes, self._methods, self._hosts = Tally(1), Tally(1), Tally(1), Tally(2)
        self._host_times = Timings(1)
        # Connection -> time of its last request, and whom it asked.
        self._waiting: collections.OrderedDict[tuple[str, ...], tuple[int, str]] = collections.OrderedDict()

    def add(self, rows: Rows) -> None:
        if rows.name == "tcp":
            known = rows.valid("http_res")
            numbers, places = np.unique(rows.column("http_res"), return_inverse=True)
            self._first_codes.add(np.where(known, places, -1), [str(value) for value in numbers.tolist()], [known])
            return
        methods, method_texts = rows.texts("method")
        responses, response_texts = rows.texts("response")
        self.requests += int((methods >= 0).sum())
        self._methods.add(methods, method_texts, [methods >= 0])
        self._codes.add(responses, response_texts, [responses >= 0])
        hosts, host_texts = rows.texts("hostname")
        asked = np.where(methods >= 0, hosts, -1)
        self._hosts.add(asked, host_texts, [asked >= 0, np.zeros(len(rows))])
        # Interim responses (1xx) are not what the client waits for.
        interim = np.array([text.startswith("1") for text in response_texts] + [False])[responses]
        self._pair(rows, methods >= 0, (responses >= 0) & ~interim, (hosts, host_texts), (responses, response_texts))

    def _pair(self, rows: Rows, is_request: Array, is_response: Array, hosts: tuple[Array, list[str]],
              responses: tuple[Array, list[str]]) -> None:
        """A response answers the request just before it on its connection."""
        (clients, client_texts), (servers, server_texts) = rows.texts("c_ip"), rows.texts("s_ip")
        ports = rows.column("c_port").astype(np.int64) << 16 | rows.column("s_port").astype(np.int64)
        relevant = np.flatnonzero(is_request | is_response)
        order = relevant[np.lexsort((relevant, ports[relevant], servers[relevant], clients[relevant]))]
        if len(order) == 0:
            return
        same = np.ones(len(order), dtype=bool)
        for values in (clients, servers, ports):
            same[1:] &= values[order][1:] == values[order][:-1]
        same[0] = False
        times = rows.column("time_abs")
        pairs = np.flatnonzero(same[1:] & is_request[order][:-1] & is_response[order][1:]) + 1
        self._answered(times[order[pairs]] - times[order[pairs - 1]], hosts[0][order[pairs - 1]], hosts[1],
                       responses[0][order[pairs]],
                       responses[1])

        def connection(row: int) -> tuple[str, ...]:
            return (client_texts[clients[row]], server_texts[servers[row]], str(int(ports[row])))
        begins, ends = order[~same], order[np.append(~same[1:], True)]
        for row in begins[is_response[begins]].tolist():
            waiting = self._waiting.pop(connection(row), None)
            if waiting is not None:
                asked, name = waiting
                self._answered(np.array([times[row] - asked]), np.array([0 if name else -1]), [name],
                               np.array([responses[0][row]]),
                               responses[1])
        for row in begins.tolist():
            self._waiting.pop(connection(row), None)
        for row in ends[is_request[ends]].tolist():
            self._waiting[connection(row)] = (int(times[row]), hosts[1][hosts[0][row]] if hosts[0][row] >= 0 else "")
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)

    def _answered(self, waits: Array, hosts: Array, host_texts: list[str], codes: Array, code_texts: list[str]) -> None:
        known = waits >= 0
        self.times.add(waits[known])
        self._host_times.add(np.where(known, hosts, -1), host_texts, 0, waits)
        self._host_times.prune()
        failed = np.array([text[:1] in ("4", "5") for text in code_texts] + [False])[codes]
        self._hosts.add(np.where(failed, hosts, -1), host_texts, [np.zeros(len(waits)), failed])

    def _tally(self) -> Tally:
        return self._codes if len(self._codes) else self._first_codes

    def findings(self) -> list[Finding]:
        tally = self._tally()
        total = tally.total()
        if not total:
            return []
        bad = {kind: sum(sums[0] for key, _, sums in tally.top(len(tally)) if key.startswith(kind)) for kind in "45"}
        found = []
        if bad["5"]:
            level = 2 if bad["5"] / total >= 0.02 and bad["5"] > 3 else 1
            found.append(Finding(level, join("Servers failed to answer ", words.share(bad["5"], total),
                                             " of the HTTP requests (codes 5xx: ",
                                             words.count(bad["5"]), ")."), self.identifier))
        if bad["4"] and bad["4"] / total >= 0.05:
            found.append(Finding(1, join(words.share(bad["4"], total),
                                         " of the HTTP responses say that the request was wrong (codes 4xx: ",
                                         words.count(bad["4"]), ")."), self.identifier))
        return found

    def _codes_table(self) -> Markup:
        tally = self._tally()
        top = tally.top(self.options.top)
        total, largest = tally.total(), top[0][2][0]
        what = "Responses" if tally is self._codes else "First responses of connections"
        return table(f"{what} by code", ["Code", "Meaning", number("Responses"), shares("Share")],
                     [[foreign(key), _CODES.get(key, "–"), words.count(sums[0]),
                       join(words.share(sums[0], total), charts.bar(sums[0], largest))]
                      for key, _, sums in top], "http-codes")

    def section(self) -> Optional[Markup]:
        parts: list[Optional[Markup]] = []
        if len(self._tally()):
            parts.append(self._codes_table())
        hosts = self._hosts.top(self.options.top)
        if hosts:
            timings = {key: counts[0] for key, _, counts in self._host_times.slowest(1 << 30, 1)}
            rows: list[list[Child]] = []
            for key, _, (requests, failed) in hosts:
                counts = timings.get(key)
                times = ["–", "–"] if counts is None else [words.duration(median(counts)), words.duration(
                    COARSE_TIMES.quantile(counts, 0.9, 0.0, self.times.largest))]
                rows.append([self.options.name(key), words.count(requests), words.count(failed), *times])
            parts.append(table("Sites with the most requests", ["Site", number("Requests"),
                                                                number("Failed", "Codes 4xx and 5xx"),
                                                                number("Response, median"), number("Response, 90 %")],
                               rows, "http-hosts"))
        if self.requests:
            methods = ", ".join(f"{words.count_text(sums[0])} {key}" for key, _, sums in self._methods.top(5))
            timed: list[Child] = []
            if self.times.count:
                timed = ["A response is timed from the request before it on its connection to its first segment: half "
                         "of them within ", words.duration(self.times.quantile(0.5)), ", nine in ten within ",
                         words.duration(self.times.quantile(0.9)), "."]
            parts.append(note(words.plural(self.requests, "request"), ": ", foreign(methods), ". ", *timed))
        elif parts:
            parts.append(note("There is no log of HTTP messages (log_http_complete), so that is the first response of "
                              "each connection."))
        return join(*parts) if parts else None

    def absent(self) -> str:
        return "no HTTP that is not encrypted, and no log of HTTP messages"
