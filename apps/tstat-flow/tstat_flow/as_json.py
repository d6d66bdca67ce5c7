# SPDX-License-Identifier: BSD-3-Clause
"""A flow as one JSON object: its row, the summary, packets and anomalies. Times are seconds, as numbers."""

from __future__ import annotations

import json
from typing import Any, Optional

import numpy as np

import tstat

from . import datagrams, selection, words
from .segments import Segment, flags_text
from .story import Anomaly, Story


def _seconds(value: Optional[np.timedelta64]) -> Optional[float]:
    return None if value is None else words.seconds(value)


def _value(value: Any) -> Any:
    if isinstance(value, np.timedelta64):
        return words.seconds(value)
    if isinstance(value, np.datetime64):
        return str(value) + "Z"
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return str(value)


def _flow(flow: selection.Flow) -> dict[str, Any]:
    return {"protocol": flow.protocol, "number": flow.number, "table": flow.table, "client": flow.client, "server": flow.server, "name": flow.name or None,
            "kind": flow.kinds() or None, "columns": {name: _value(value) for name, value in flow.row._asdict().items()}}


def _verdict(verdict: tstat.Verdict) -> dict[str, Any]:
    made = {name: getattr(verdict, name) for name in ("cause", "rule", "repeats", "acknowledged", "has_round_trips", "length", "predecessor_acks")}
    return made | {name: _seconds(getattr(verdict, name))
                   for name in ("recovery", "since_next", "mean_round_trip", "time_out", "smallest_round_trip")}


def _segment(segment: Segment) -> dict[str, Any]:
    return {"number": segment.number, "time": segment.time, "from": segment.sender, "flags": flags_text(segment.flags), "seq": segment.sequence,
            "ack": segment.acknowledgment, "bytes": segment.length, "window": segment.window, "options": segment.options,
            "sack": segment.sack, "round_trip": segment.round_trip, "retransmitted": segment.is_retransmitted,
            "out_of_order": segment.is_out_of_order, "verdicts": [_verdict(verdict) for verdict in segment.verdicts], "events": segment.events}


def _anomaly(anomaly: Anomaly) -> dict[str, Any]:
    return {"number": anomaly.segment.number, "time": anomaly.segment.time, "from": anomaly.segment.sender, "cause": anomaly.cause,
            "name": anomaly.name, "rule": anomaly.rule, "reason": anomaly.reason}


def of_tcp(story: Story, summary: str) -> str:
    """A TCP flow."""
    return json.dumps({"flow": _flow(story.flow), "summary": summary, "anomalies": [_anomaly(one) for one in story.anomalies],
                       "packets": [_segment(one) for one in story.segments]}, ensure_ascii=False)


def _datagram(one: datagrams.Datagram) -> dict[str, Any]:
    rtp = None if one.rtp is None else {"sequence": one.rtp.sequence, "timestamp": one.rtp.timestamp, "source": one.rtp.source,
                                        "payload_type": one.rtp.payload_type, "marked": one.rtp.is_marked}
    return {"number": one.number, "time": one.time, "from": words.CLIENT if one.from_client else words.SERVER, "bytes": one.length, "rtp": rtp,
            "events": one.events}


def of_udp(story: datagrams.Story, summary: str) -> str:
    """A UDP flow."""
    return json.dumps({"flow": _flow(story.flow), "summary": summary, "packets": [_datagram(one) for one in story.datagrams]}, ensure_ascii=False)
