# SPDX-License-Identifier: BSD-3-Clause
"""Analyses: packets in, tables out."""

from __future__ import annotations

import collections
import contextlib
import datetime
import ipaddress
import os
import warnings
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, Optional, Sequence, Union

import numpy as np

from . import _tstat
from ._errors import Error, TstatWarning
from ._packets import Packet, packet_of
from ._schema import tables as all_tables
from ._schema import unknown
from ._table import Table

Path = Union[str, "os.PathLike[str]"]
Network = Union[str, ipaddress.IPv4Network, ipaddress.IPv6Network]
Networks = Union[Path, Network, Iterable[Network], None]
Option = Union[str, int, float, bool, "os.PathLike[str]"]
Time = Union[int, float, datetime.datetime, np.datetime64]


class _TableAttribute:
    """A table of an analysis."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, analysis: Optional["Analysis"], owner: type) -> Table:
        if analysis is None:
            return self  # type: ignore[return-value]
        try:
            return analysis[self._name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None


class Analysis:
    """What an analysis found: tables as attributes, and some figures."""

    tcp = _TableAttribute("TCP flows that were seen from their handshake to their end: log_tcp_complete.")
    tcp_nocomplete = _TableAttribute("Other TCP flows: log_tcp_nocomplete.")
    udp = _TableAttribute("UDP flows: log_udp_complete.")
    media = _TableAttribute("RTP and RTCP: log_mm_complete.")
    video = _TableAttribute("Video over HTTP and RTMP: log_video_complete.")
    chat = _TableAttribute("Flows of chat protocols: log_chat_complete.")
    chat_messages = _TableAttribute("Their messages: log_chat_messages.")
    http = _TableAttribute("HTTP requests and responses: log_http_complete. A response has no method.")
    tls = _TableAttribute("TLS handshakes: names, versions, negotiation.")
    dns = _TableAttribute("Names that clients resolved (DN-Hunter).")
    dns_messages = _TableAttribute("Questions and answers of DNS: log_dns_complete (profile 3.3).")
    skype_udp = _TableAttribute("Skype over UDP: log_skype_complete (option bayes_dir).")
    skype_tcp = _TableAttribute("Skype over TCP: log_skype_complete (option bayes_dir).")
    tcp_periodic = _TableAttribute("TCP flows, by period: log_tcp_periodic (profile 3.3).")
    udp_periodic = _TableAttribute("UDP flows, by period: log_udp_periodic (profile 3.3).")

    def __init__(self, engine: _tstat.Engine, problem: Optional[str] = None) -> None:
        self._tables = {columns.name: Table(columns) for columns in engine.take_rest(True)}
        #: Why the trace could not be read to its end; None: it could.
        self.problem = problem
        #: What the command tstat would have printed.
        self.messages: list[str] = engine.messages
        #: Numbers of the analysis: "ip_packets", "tcp_flows", ..., "dropped" by reason.
        self.statistics: Dict[str, Any] = engine.statistics()
        #: The closing report of the command tstat.
        self.report: str = engine.report
        #: The directory of the logs; empty: none were written (option output_dir).
        self.directory: str = engine.directory

    @property
    def tables(self) -> Mapping[str, Table]:
        """All tables by name."""
        return dict(self._tables)

    def __getitem__(self, name: str) -> Table:
        table = self._tables.get(name)
        if table is not None:
            return table
        if name in all_tables():
            raise KeyError(f"{name}: not among the tables of this analysis: {', '.join(self._tables)}")
        raise KeyError(unknown(name, all_tables(), "table"))

    def __repr__(self) -> str:
        return "<tstat.Analysis " + ", ".join(f"{name}: {len(t)}" for name, t in self._tables.items()) + ">"


def _networks(networks: Networks, options: list[tuple[str, str]]) -> Optional[str]:
    """Prefixes as text; a file becomes an option."""
    if networks is None:
        return None
    if isinstance(networks, (ipaddress.IPv4Network, ipaddress.IPv6Network)):
        return str(networks)
    if isinstance(networks, (str, os.PathLike)):
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_network(os.fspath(networks), strict=False))
        options.append(("internal-nets", os.fspath(networks)))
        return None
    return ", ".join(str(network) for network in networks)


def _options(options: Mapping[str, Option]) -> list[tuple[str, str]]:
    known = [name for name, _, _ in _tstat.options()]
    given: list[tuple[str, str]] = []
    for name, value in options.items():
        option = name.replace("_", "-")
        if option not in known:
            names = [known_name.replace("-", "_") for known_name in known]
            raise TypeError(unknown(name, names, "option of an analysis"))
        if value is False:
            continue
        text = os.fspath(value) if isinstance(value, os.PathLike) else str(value)
        given.append((option, "" if value is True else text))
    return given


def _engine(profile: str, networks: Networks, tables: Optional[Iterable[str]], keys: Optional[Mapping[str, Any]],
            options: Mapping[str, Option], chunk_rows: int = 0) -> _tstat.Engine:
    if profile is None:
        raise TypeError('profile: say which version\'s measurements are wanted, "3.1.1", "3.3" or "none"')
    given = [("compat", str(profile))] + _options(options)
    prefixes = _networks(networks, given)
    wanted = [tables] if isinstance(tables, str) else list(tables or ())
    for name in wanted:
        if name not in all_tables():
            raise KeyError(unknown(name, all_tables(), "table"))
    pairs = [(key, str(value)) for key, value in (keys or {}).items()]
    return _tstat.Engine(given, pairs, prefixes, wanted, chunk_rows)


def _tell(problem: Optional[str]) -> None:
    if problem is not None:
        warnings.warn(problem, TstatWarning, stacklevel=3)


@contextlib.contextmanager
def _of_file(path: Path) -> Iterator[str]:
    """Errors that begin with the file's name are about it."""
    name = os.fspath(path)
    try:
        yield name
    except Error as error:
        start = f"{name}: "
        if error.file is None and str(error).startswith(start):
            error.file = name
            error.reason = str(error)[len(start):]
        raise


def read(path: Path, *, profile: str, networks: Networks = None, tables: Optional[Iterable[str]] = None,
         keys: Optional[Mapping[str, Any]] = None, **options: Option) -> Analysis:
    """Analyses a trace file (pcap, pcapng, snoop, ERF; gzip, bzip2, xz, zstd, lz4).

    ``profile`` is "3.1.1", "3.3" or "none": whose measurements the rows have. ``networks`` are the internal ones: a file of
    the command's option -N, or prefixes. ``tables`` are those that are wanted (what nobody wants is not measured).
    ``keys`` are keys of globals.conf and runtime.conf. Other arguments are the command's long options, with "_" for
    "-": ``output_dir="out"``, ``bpf="port 443"``.

    A trace that is cut or damaged gives what was before, and a TstatWarning.
    """
    engine = _engine(profile, networks, tables, keys, options)
    with _of_file(path) as name:
        problem = engine.run_trace(name, None)
    engine.finish()
    _tell(problem)
    return Analysis(engine, problem)


class Chunks(Iterator[Table]):
    """Tables of a trace as they come; behind the last one, what became of the whole."""

    # (No generator: it would hold this object, and this object it, so that what is not read to its end would stay in memory
    # until Python looks for such circles.)
    def __init__(self, engine: _tstat.Engine) -> None:
        self._engine = engine
        self._ready: "collections.deque[Table]" = collections.deque()
        self._has_more = True
        self._is_finished = False
        self._untold: Optional[str] = None
        #: Why the trace could not be read to its end; None: it could.
        self.problem: Optional[str] = None

    def __iter__(self) -> "Chunks":
        return self

    def __next__(self) -> Table:
        while not self._ready:
            if self._is_finished:
                problem, self._untold = self._untold, None
                _tell(problem)
                raise StopIteration
            self._go_on()
        return self._ready.popleft()

    def _go_on(self) -> None:
        self._is_finished = True  # what raises is the last
        if self._has_more:
            self._has_more = self._engine.step()
            self._ready.extend(map(Table, self._engine.take_full()))
            self._is_finished = False
            return
        self.problem = self._engine.trace_problem
        self._engine.finish()
        self._ready.extend(map(Table, self._engine.take_rest(False)))
        self._untold = self.problem

    @property
    def statistics(self) -> Dict[str, Any]:
        """Numbers of the analysis so far, as those of Analysis."""
        return self._engine.statistics()


def chunks(path: Path, table: Union[str, Sequence[str]] = "tcp", rows: int = 100_000, *, profile: str,
           networks: Networks = None, keys: Optional[Mapping[str, Any]] = None, **options: Option) -> Chunks:
    """Analyses a trace and gives tables of at most ``rows`` rows as they come, so that memory is bounded.

    With several names in ``table`` theirs come in turns; ``Table.name`` tells them apart. What is given has
    ``statistics``, and at the end ``problem``.
    """
    if rows < 1:
        raise ValueError(f"rows: {rows} is less than 1")
    engine = _engine(profile, networks, [table] if isinstance(table, str) else table, keys, options, rows)
    with _of_file(path) as name:
        engine.open_trace(name)
    return Chunks(engine)


def _nanoseconds(time: Time) -> int:
    if isinstance(time, (int, np.integer)):
        return int(time)
    if isinstance(time, np.datetime64):
        return int(time.astype("datetime64[ns]").astype(np.int64))
    if isinstance(time, datetime.datetime):
        at = time if time.tzinfo is not None else time.replace(tzinfo=datetime.timezone.utc)
        since = at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return (since.days * 86400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
    # Seconds, as scapy has them (Decimal) or as a float, which holds microseconds.
    return round(time * 1_000_000) * 1000


_LINK_TYPES = {"IP": 12, "IPv6": 12, "CookedLinux": 113, "CookedLinuxV2": 276}  # of scapy's classes

#: What became of a packet, by the number that Analyzer.feed gives.
PACKET_RESULTS = ("not taken", "filtered", "dropped", "short", "not analysed", "no flow", "duplicate", "counted")


class Analyzer:
    """An analysis of packets of one's own, of several traces, or of an interface; with call-backs.

    ::

        analyzer = tstat.Analyzer(profile="3.1.1", networks=["192.168.0.0/16"])
        analyzer.on("tcp", lambda flow: print(flow.c_ip, flow.s_ip))
        analyzer.feed(time_ns, frame)
        analysis = analyzer.finish()

    Arguments are those of ``read``. Rows of a table with a call-back are not kept. One thread at a time.
    """

    def __init__(self, *, profile: str, networks: Networks = None, tables: Optional[Iterable[str]] = None,
                 keys: Optional[Mapping[str, Any]] = None, **options: Option) -> None:
        if "interface" in options:
            options.setdefault("live", True)
        self._engine = _engine(profile, networks, tables, keys, options)
        self._call_backs: dict[str, list[Callable[[Table], Any]]] = {}
        self._packet_call_backs: list[tuple[Optional[tuple[str, int]], Callable[[Packet], Any]]] = []
        self._problem: Optional[str] = None

    def on_rows(self, table: str, function: Callable[[Table], Any]) -> None:
        """Calls ``function`` with a Table of the rows that came since the last call, soon after they came.

        What it raises ends the run, and comes out of the function that was called.
        """
        if not self._engine.watch(table):
            raise KeyError(unknown(table, self._engine.tables, "table of this analysis"))
        self._call_backs.setdefault(table, []).append(function)

    def on(self, table: str, function: Callable[[Any], Any]) -> None:
        """Calls ``function`` with each row, as a record."""
        def each(rows: Table) -> None:
            for row in rows:
                function(row)
        self.on_rows(table, each)

    def on_packet(self, function: Callable[[Packet], Any], flow: Optional[tuple[str, int]] = None) -> None:
        """Calls ``function`` with each packet of a flow, soon after it came: what the analysis makes of it.

        ``flow`` is ("tcp", n) or ("udp", n), the n-th flow of its protocol (Table.flow_numbers); without it, all IP
        packets come, also those of no flow. Every flow is classified then, whatever ``tables`` are. To be said before
        the first packet.
        """
        protocol, number = flow if flow is not None else ("", 0)
        if flow is not None and (protocol not in ("tcp", "udp") or number < 1):
            raise ValueError(f'flow: {flow} is not ("tcp", n) nor ("udp", n), with n from 1')
        self._engine.watch_packets(protocol, number)
        self._packet_call_backs.append((flow, function))

    def _deliver_packets(self) -> None:
        for told in self._engine.take_packets():
            packet = packet_of(told, PACKET_RESULTS)
            for flow, function in self._packet_call_backs:
                if flow is None or flow == (packet.protocol, packet.flow_number):
                    function(packet)

    @property
    def _has_call_backs(self) -> bool:
        return bool(self._call_backs or self._packet_call_backs)

    def _deliver(self) -> None:
        if self._packet_call_backs:
            self._deliver_packets()
        for columns in self._engine.take_watched():
            table = Table(columns)
            for function in self._call_backs[table.name]:
                function(table)

    def feed(self, time: Time, data: Any, *, link_type: int = 1, original_length: int = 0, origin: int = 0) -> int:
        """Analyses one packet: ``data`` is bytes or any buffer, from the link header on.

        ``time`` is nanoseconds since the epoch (int), a datetime (UTC), a datetime64, or seconds (float).
        ``link_type`` is libpcap's DLT_ number (1: Ethernet, 12: IP). Gives the number of what became of it:
        PACKET_RESULTS.
        """
        result = self._engine.feed(_nanoseconds(time), data, link_type, original_length, origin)
        if self._engine.has_watched:
            self._deliver()
        return result

    def feed_packets(self, packets: Iterable[Any], *, link_type: int = 1) -> int:
        """Analyses pairs (time, data), or packets of scapy. Gives their number."""
        count = 0
        for packet in packets:
            if isinstance(packet, tuple):
                self.feed(packet[0], packet[1], link_type=link_type)
            else:
                self.feed(packet.time, bytes(packet), link_type=_LINK_TYPES.get(type(packet).__name__, link_type),
                          original_length=int(getattr(packet, "wirelen", None) or 0))
            count += 1
        return count

    def feed_arrays(self, times: Any, data: Any, offsets: Any, *, original_lengths: Any = (), link_type: int = 1,
                    origin: int = 0) -> None:
        """Analyses many packets at once, which is fast.

        ``data`` is one buffer with all of them; packet i is ``data[offsets[i]:offsets[i + 1]]``, at ``times[i]``
        (datetime64, or nanoseconds as int64).
        """
        at = np.asarray(times)
        if at.dtype.kind == "M":
            at = at.astype("datetime64[ns]").view(np.int64)
        elif at.dtype.kind not in "iu":
            raise TypeError(f"times: {at.dtype} is neither datetime64 nor an integer (nanoseconds)")
        self._engine.feed_arrays(at.astype(np.int64), data, np.asarray(offsets, dtype=np.int64),
                                 np.asarray(original_lengths, dtype=np.int64), link_type, origin)
        self._deliver()

    def advance_time(self, time: Time) -> None:
        """It is ``time``, and no packet came: flows that are idle end."""
        self._engine.advance_time(_nanoseconds(time))
        self._deliver()

    def read(self, path: Path) -> None:
        """Analyses a trace file to its end; after one, another may follow."""
        with _of_file(path) as name:
            problem = self._engine.run_trace(name, self._deliver if self._has_call_backs else None)
        self._deliver()
        self._problem = self._problem or problem
        _tell(problem)

    def capture(self, *, seconds: float = 0, packets: int = 0) -> None:
        """Captures from the interface of the option ``interface``, for so long, or until so many packets came.

        Ctrl-C ends it, too: KeyboardInterrupt comes out, and ``finish`` gives what there is.
        """
        self._engine.run_live(seconds, packets, self._deliver if self._has_call_backs else None)
        self._deliver()

    @property
    def statistics(self) -> Dict[str, Any]:
        """Numbers of the analysis so far."""
        return self._engine.statistics()

    def finish(self) -> Analysis:
        """Ends the flows that are open. Gives the tables that have no call-backs."""
        self._engine.finish()
        self._deliver()
        return Analysis(self._engine, self._problem)


def capture(interface: str, *, seconds: float = 0, packets: int = 0, profile: str, networks: Networks = None,
            tables: Optional[Iterable[str]] = None, keys: Optional[Mapping[str, Any]] = None,
            **options: Option) -> Analysis:
    """Captures from an interface until a limit is reached or Ctrl-C is pressed, and gives what there is then."""
    analyzer = Analyzer(profile=profile, networks=networks, tables=tables, keys=keys, interface=interface, **options)
    with contextlib.suppress(KeyboardInterrupt):
        analyzer.capture(seconds=seconds, packets=packets)
    return analyzer.finish()


