# SPDX-License-Identifier: BSD-3-Clause
"""Plots in one style, by matplotlib: the same input gives the same bytes, and colours differ on paper, too.

    figure, axes = plots.figure()
    plots.line(axes, x, y, 0, label="client")
    plots.title(axes, "Round-trip times", "time", "ms")
    plots.save(figure, "rtt.svg")            # or svg_text(figure), to stand in a page

Nothing here is imported before a plot is drawn: matplotlib takes a third of a second.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import warnings
from typing import Any, Iterator, Optional, Sequence

os.environ.pop("MPLBACKEND", None)  # of windows, of which there is none

import matplotlib  # type: ignore[import]  # pylint: disable=wrong-import-position  # noqa: E402
from matplotlib import colors, dates, ticker
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import]
from matplotlib.backends.backend_svg import FigureCanvasSVG  # type: ignore[import]
from matplotlib.figure import Figure  # type: ignore[import]

from . import output, raw_rows
from .messages import Failure, Usage
from .terminal import short_number

# Okabe and Ito's colours, which people with any sight tell apart, darkest first so that greys differ; lines have
# patterns besides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
PATTERNS = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "+++")
FORMATS = (".png", ".svg")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_STYLE = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial", "sans-serif"], "font.size": 9.0,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "axes.titlesize": 10.0,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.grid": True, "axes.axisbelow": True,
    "grid.color": "#d8d8d8", "grid.linewidth": 0.5, "lines.linewidth": 1.4, "legend.frameon": False, "legend.fontsize": 8.0,
    "xtick.labelsize": 8.0, "ytick.labelsize": 8.0, "figure.dpi": 100.0, "savefig.dpi": 144.0,
    "figure.facecolor": "white", "savefig.facecolor": "white",
    # Texts stay texts; names within a file do not change from run to run.
    "svg.fonttype": "none", "svg.hashsalt": "tstat", "date.converter": "concise", "timezone": "UTC",
    "path.simplify": True, "agg.path.chunksize": 20000,
}


def figure(width: float = 8.0, height: float = 4.2, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Any, Any]:
    """A figure (inches) and its axes; several of them are an array. Options as those of ``Figure.subplots``."""
    matplotlib.rcdefaults()  # whatever a matplotlibrc says, which may be one of the current directory
    matplotlib.rcParams.update(_STYLE)
    made = Figure(figsize=(width, height), constrained_layout=True)
    return made, made.subplots(rows, columns, **options)


def line(axes: Any, x: Any, y: Any, number: int = 0, label: Optional[str] = None, steps: bool = False) -> None:
    """A line in the colour and the pattern of its number."""
    axes.plot(x, y, color=COLOURS[number % len(COLOURS)], linestyle=PATTERNS[number % len(PATTERNS)], label=plain(label),
              drawstyle="steps-post" if steps else "default")


def points(axes: Any, x: Any, y: Any, number: int = 0, label: Optional[str] = None, marker: str = "o", size: float = 3.0) -> None:
    """Marks without a line."""
    axes.plot(x, y, linestyle="none", marker=marker, markersize=size, color=COLOURS[number % len(COLOURS)], label=plain(label),
              markeredgewidth=0.6)


def bars(axes: Any, edges: Any, heights: Any, number: int = 0, label: Optional[str] = None) -> None:
    """A histogram: heights between edges, one edge more than heights."""
    axes.bar(edges[:-1], heights, width=[b - a for a, b in zip(edges[:-1], edges[1:])], align="edge",
             color=COLOURS[number % len(COLOURS)], edgecolor="white", linewidth=0.3, label=plain(label))


def outline(axes: Any, edges: Any, heights: Any, number: int = 0, label: Optional[str] = None) -> None:
    """The same, of so many bars that nobody tells one from another: as one area."""
    axes.stairs(heights, edges, fill=True, color=COLOURS[number % len(COLOURS)], label=plain(label))


def named_bars(axes: Any, names: Sequence[str], values: Any, number: int = 0, label: Optional[str] = None) -> None:
    """A bar for each name, the first one at the top."""
    places = range(len(names))
    axes.barh(places, values, color=COLOURS[number % len(COLOURS)], label=plain(label), height=0.7)
    axes.set_yticks(list(places), [plain(shorten(raw_rows.shown_text(name))) for name in names])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)


def shorten(text: str, most: int = 40) -> str:
    """A text that stands beside an axis."""
    return text if len(text) <= most else text[:most - 1] + "…"


def plain(text: Optional[str]) -> Optional[str]:
    """A text for matplotlib, in which a $ is one, and not the begin of a formula."""
    return None if text is None else text.replace("$", "\\$")


def title(axes: Any, text: str, x: str = "", y: str = "") -> None:
    """The title and the names of the axes."""
    for put, what in ((axes.set_title, text), (axes.set_xlabel, x), (axes.set_ylabel, y)):
        put(plain(what))


def time_axis(axes: Any) -> None:
    """The horizontal axis are times (datetime64): as few digits as tell them, UTC."""
    locator = dates.AutoDateLocator(minticks=3, maxticks=9, tz="UTC")
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz="UTC"))


def root_scale() -> Any:
    """Shades of a map by the root of its numbers, so that what is little is seen beside what is much."""
    return colors.PowerNorm(0.5)


def large_numbers(axis: Any, unit: str = "") -> None:
    """Numbers with k, M, G; axis: ``axes.yaxis``."""
    axis.set_major_formatter(ticker.EngFormatter(unit=unit, sep="" if not unit else " "))


def log_axis(axes: Any, letter: str) -> None:
    """The axis x or y is logarithmic, with plain numbers; where it is short, 2, 3 and 5 are told, too."""
    getattr(axes, f"set_{letter}scale")("log")
    axis = getattr(axes, f"{letter}axis")
    low, high = sorted(axis.get_view_interval())

    def minor(value: float, _: object) -> str:
        is_told = low > 0 and f"{value:.0e}"[0] in ("235" if high / low < 12 else "25" if high / low < 50 else "")
        return short_number(value) if is_told else ""

    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: short_number(value)))
    axis.set_minor_formatter(ticker.FuncFormatter(minor))


def legend(axes: Any) -> None:
    """A legend, where there is more than one thing to be told apart."""
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(loc="best")


def format_of(path: str) -> str:
    """png or svg, by the name of a file. Throws Usage."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in FORMATS:
        raise Usage(f"{path}: plots are {' or '.join(FORMATS)}")
    return suffix[1:]


def save(made: Any, path: str) -> None:
    """Writes a figure as PNG or SVG, by the file's name: whole, or not at all."""
    kind = format_of(path)
    try:
        with output.opened(path) as file:
            if kind == "svg":
                file.write(svg_text(made).encode("utf-8", "replace"))
            else:
                with _quiet():
                    FigureCanvasAgg(made).print_png(file, metadata={"Software": None})
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def svg_text(made: Any) -> str:
    """A figure as SVG, to stand in a file or in a page."""
    out = io.StringIO()
    with _quiet():
        FigureCanvasSVG(made).print_svg(out, metadata={"Date": None, "Creator": None})
    return re.sub(r"[ \t]+$", "", _NOT_XML.sub("\ufffd", out.getvalue()), flags=re.M)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is said of signs that the font lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
