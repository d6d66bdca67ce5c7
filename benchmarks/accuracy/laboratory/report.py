# SPDX-License-Identifier: BSD-3-Clause
"""Writes docs/accuracy.md and its pictures from the comparisons."""

from __future__ import annotations

import importlib
import platform
from pathlib import Path
from typing import Any, Iterator

from . import summary
from .summary import EVENTS, NUMBERS, Errors, Rows, Score

OTHERS = ("tshark", "tcptrace")
TOOLS = {"none": "`none`", "3.1.1": "`3.1.1`", "tshark": "tshark", "tcptrace": "tcptrace"}
#: What a kernel notices in few scenarios.
SELDOM = ("kernel_needless", "kernel_reordered")
#: Of a curve.
POINTS = 120
COLOURS = {"none": "#1b5e9c", "3.1.1": "#7fb2dd", "tshark": "#d98032", "tcptrace": "#8a8a8a"}


def _share(value: float | None) -> str:
    if value is None:
        return "-"
    return "1" if value == 1 else f"{min(value, 0.999):.3f}"


def _percent(value: float) -> str:
    """Of a share; what is not all is never shown as 100."""
    if value == 1:
        return "100 %"
    return f"{min(value, 0.9994) * 100:.1f} %" if value >= 0.9 else f"{value * 100:.0f} %"


def _error(value: float) -> str:
    if value == 0:
        return "0"
    return "< 0.01 %" if value < 0.0001 else f"{value * 100:.2g} %" if value < 0.1 else f"{value * 100:.0f} %"


def _table(head: list[str], body: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *("| " + " | ".join(line) + " |" for line in body), ""]


def _score(score: Score | None) -> str:
    if score is None or score.right + score.wrong + score.missed == 0:
        return "-"
    return f"{_share(score.precision)} / {_share(score.recall)}"


def _errors(errors: Errors) -> str:
    return f"{_percent(errors.share)}, {_error(errors.at(0.95))}"


def _events_table(by_tool: dict[str, Rows]) -> list[str]:
    found = {tool: summary.events(rows) for tool, rows in by_tool.items()}
    body = []
    for column, name in EVENTS.items():
        own = found["none"].get(column, Score())
        body.append([name, f"{own.right + own.missed:,}", *(_score(found[tool].get(column)) for tool in by_tool)])
    return _table(["event", "true", *(TOOLS[tool] for tool in by_tool)], body)


def _numbers_table(by_tool: dict[str, Rows], columns: dict[str, tuple[str, float, float]]) -> list[str]:
    found = {tool: summary.numbers(rows) for tool, rows in by_tool.items()}
    body = []
    for column, (name, absolute, share) in columns.items():
        limit = " or ".join(filter(None, [f"{absolute / 1000:.0f} us" if absolute else "", f"{share * 100:.0f} %" if share else ""])) or "exact"
        cells = []
        for tool in by_tool:
            errors = found[tool].get(column)
            cells.append(_errors(errors) if errors else "-")
        body.append([name, limit, f"{found['none'].get(column, Errors()).count:,}", *cells])
    return _table(["number", "right within", "compared", *(TOOLS[tool] for tool in by_tool)], body)


def _groups_table(rows: Rows, key: str, head: str) -> list[str]:
    columns = ("retransmitted", "fast", "rto", "tlp", "lost_before", "lost_behind", "reordered")
    body = []
    for group, own in summary.by(rows, key).items():
        found, errors = summary.events(own), summary.numbers(own)
        cells = [_score(found.get(column)) for column in columns]
        body.append([group, *cells, *(_percent(errors[c].share) if errors[c].count else "-" for c in ("rtt_min", "rtt_mean"))])
    names = [EVENTS[column].removeprefix("cause: ") for column in columns]
    return _table([head, *names, "smallest round trip", "mean"], body)


def _goals(rows: Rows) -> list[str]:
    """What is asked of `none`, and what it does."""
    found, errors = summary.events(rows), summary.numbers(rows)
    without = [row for row in rows if row["family"] != "offload"]
    segments = summary.events(without)["retransmitted"]
    exact = errors["bytes_retransmitted"]
    lines = []

    def goal(what: str, limit: str, shown: str, reached: bool) -> None:
        lines.append([what, limit, shown, "-" if shown == "-" else "yes" if reached else "no"])

    def both(what: str, limit: float, score: Score) -> None:
        goal(what, f"{limit}" if limit < 1 else "exact", _score(score), min((v for v in (score.precision, score.recall) if v is not None), default=0) >= limit)

    goal("bytes sent again", "exact", _percent(exact.share) if exact.count else "-", exact.share == 1)
    both("segments sent again, without offload", 1, segments)
    for column in ("fast", "rto", "tlp", "needless"):
        both(EVENTS[column], 0.95, found[column])
    many, probes = (sum(row["undecided"][i] for row in rows) for i in (0, 1))
    both(EVENTS["rto"] + ", with those that no probe can decide", 0.95, Score(found["rto"].right + many - probes, found["rto"].wrong, found["rto"].missed + probes))
    both(EVENTS["tlp"] + ", with those that no probe can decide", 0.95, Score(found["tlp"].right, found["tlp"].wrong + probes, found["tlp"].missed))
    for column in ("lost_before", "lost_behind"):
        both(EVENTS[column], 0.97, found[column])
    for column, limit in (("rtt_min", "50 us or 1 %"), ("rtt_mean", "2 %"), ("rtp_lost", "exact"), ("rtp_jitter", "1 %")):
        goal(NUMBERS[column][0], limit, _percent(errors[column].share) if errors[column].count else "-", errors[column].share == 1)
    return _table(["", "goal", "measured", "reached"], lines)


#: A row where another tool is no worse: its name, what is nearer or "", the tool, its figure, ours.
Nearer = tuple[str, str, str, str, str]
#: Shares that differ by less are the same.
SAME = 0.0005


def _nearer_events(name: str, tool: str, theirs: Score | None, ours: Score) -> Iterator[Nearer]:
    if theirs is None or theirs.right + theirs.wrong + theirs.missed == 0:
        return
    figures = TOOLS[tool], _score(theirs), _score(ours)
    worse = False
    for what in ("precision", "recall"):
        they, we = getattr(theirs, what) or 0.0, getattr(ours, what) or 0.0
        worse |= they < we - SAME
        if they > we + SAME:
            worse = True
            yield (name, what, *figures)
    if not worse:
        yield (name, "", *figures)


def _nearer_numbers(name: str, tool: str, theirs: Errors | None, ours: Errors) -> Iterator[Nearer]:
    if not theirs:
        return
    figures = TOOLS[tool], _errors(theirs), _errors(ours)
    if theirs.share > ours.share + SAME:
        yield (name, "right", *figures)
    elif theirs.at(0.95) < ours.at(0.95):
        yield (name, "errors", *figures)
    elif theirs.share > ours.share - SAME and theirs.at(0.95) == ours.at(0.95):
        yield (name, "", *figures)


def nearer(by_tool: dict[str, Rows]) -> list[Nearer]:
    """Where tshark or tcptrace is as near to the truth as `none`, or nearer."""
    events = {tool: summary.events(rows) for tool, rows in by_tool.items()}
    numbers = {tool: summary.numbers(rows) for tool, rows in by_tool.items()}
    found: list[Nearer] = []
    for tool in OTHERS:
        for column, name in EVENTS.items():
            found += _nearer_events(name, tool, events[tool].get(column), events["none"][column])
        for column, (name, _, _) in (NUMBERS | summary.KERNEL_NUMBERS).items():
            found += _nearer_numbers(name, tool, numbers[tool].get(column), numbers["none"][column])
    return found


def _nearer_table(by_tool: dict[str, Rows], reasons: dict[tuple[str, str], str]) -> list[str]:
    words = {"": "the same", "right": "more are right", "errors": "smaller errors"}
    lines = [[name, words.get(what, what), tool, theirs, ours, reasons.get((name, what), "not known yet") if what else "both are right"]
             for name, what, tool, theirs, ours in nearer(by_tool)]
    return _table(["", "what", "who", "theirs", "`none`", "why"], lines) if lines else ["None.", ""]


def _worst_table(rows: Rows) -> list[str]:
    body = []
    for column in EVENTS:
        for scenario, view, count in summary.worst(rows, column, 3):
            body.append([EVENTS[column], f"`{scenario}`", view, str(count)])
    return _table(["event", "scenario", "probe", "errors"], body)


def _axes(width: float, height: float) -> tuple[Any, Any]:
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    pyplot.rcParams.update({"svg.hashsalt": "accuracy", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
                            "svg.fonttype": "none"})
    figure, axes = pyplot.subplots(figsize=(width, height), layout="constrained")
    return figure, axes


def _draw_events(by_tool: dict[str, Rows], path: Path) -> None:
    figure, axes = _axes(7.2, 4.2)
    names = list(EVENTS.items())
    step = 0.8 / len(by_tool)
    for i, (tool, rows) in enumerate(by_tool.items()):
        found = summary.events(rows)
        shown = [(k, found[c].both) for k, (c, _) in enumerate(names) if c in found and found[c].right + found[c].wrong + found[c].missed]
        axes.barh([k + (i - (len(by_tool) - 1) / 2) * step for k, _ in shown], [v for _, v in shown], step * 0.9,
                  label=TOOLS[tool].strip("`"), color=COLOURS[tool])
    axes.set_yticks(range(len(names)), [name for _, name in names])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1, the harmonic mean of precision and recall (no bar: the tool does not say)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(by_tool), frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _draw_round_trips(by_tool: dict[str, Rows], path: Path) -> None:
    figure, axes = _axes(7.2, 3.2)
    for tool, rows in by_tool.items():
        errors = sorted(max(e, 1e-6) for e in summary.numbers(rows)["rtt_mean"].relative)
        if errors:
            shares = [i / POINTS for i in range(POINTS + 1)]
            axes.plot([errors[min(len(errors) - 1, int(s * len(errors)))] for s in shares], shares, label=TOOLS[tool].strip("`"), color=COLOURS[tool])
    axes.axvline(0.02, color="#bbbbbb", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("error of the mean round trip, as a share of the true one")
    axes.set_ylabel("directions of flows")
    axes.set_ylim(0, 1)
    axes.legend(loc="upper left", frameon=False)
    figure.savefig(path, metadata={"Date": None})


def write(result: dict[str, Any], text: Path, pictures: Path, reasons: dict[tuple[str, str], str], template: str) -> None:
    """The template's lines {{name}} become tables."""
    rows = summary.complete(result["rows"])
    by_tool = {tool: [row for row in rows if row["tool"] == tool] for tool in TOOLS}
    gaps = {tool: [row for row in result["rows"] if row["tool"] == tool and row["view"] not in ("client", "middle", "server")] for tool in TOOLS}
    own = by_tool["none"]
    pictures.mkdir(parents=True, exist_ok=True)
    _draw_events(by_tool, pictures / "accuracy-events.svg")
    _draw_round_trips(by_tool, pictures / "accuracy-round-trips.svg")
    tables = {
        "goals": _goals(own),
        "events": _events_table(by_tool),
        "numbers": _numbers_table(by_tool, NUMBERS),
        "kernel": _numbers_table(by_tool, summary.KERNEL_NUMBERS),
        "kernel_programs": _numbers_table({tool: [row for row in rows if row["family"] == "programs"] for tool, rows in by_tool.items()},
                                          {column: limit for column, limit in summary.KERNEL_NUMBERS.items() if column not in SELDOM}),
        "nearer": _nearer_table(by_tool, reasons),
        "families": _groups_table(own, "family", "scenarios"),
        "places": _groups_table(own, "view", "probe"),
        "gaps": _groups_table(gaps["none"], "view", "capture"),
        "worst": _worst_table(own),
    }
    values = {"scenarios": f"{result['scenarios']}", "comparisons": f"{len(own):,}", "linux": platform.release().split("-")[0],
              "tshark": result["versions"]["tshark"], "tcptrace": result["versions"]["tcptrace"],
              "undecided": f"{sum(row['undecided'][0] for row in own):,}", "hidden": f"{sum(row['hidden'] for row in own):,}"}
    for name, value in values.items():
        template = template.replace("{{" + name + "}}", value)
    lines: list[str] = []
    for line in template.splitlines():
        name = line.strip("{}")
        lines += tables[name] if line.startswith("{{") and name in tables else [line]
    text.write_text("\n".join(lines).rstrip("\n") + "\n")
