# SPDX-License-Identifier: BSD-3-Clause
"""What a description is made of: data sources, dashboards with variables and panels, alerts."""
import dataclasses
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Source:
    """A data source of Grafana. `uid` and `name` are what dashboards refer to; `database`: of InfluxDB."""

    uid: str
    name: str
    kind: str  # influxdb, prometheus, simpod-json-datasource, or the plug-in of another one
    url: str
    database: Optional[str] = None
    default: bool = False


@dataclasses.dataclass(frozen=True)
class Variable:
    """A menu above a dashboard, whose values a query of the dashboard's source gives."""

    name: str
    query: str
    many: bool = False  # several values, and All
    refresh: str = "load"  # when the values are asked for: load, time (of another span), never
    all_value: Optional[str] = None  # what All stands for; without it, all values
    known: tuple = ()  # values that are there before the query was asked


@dataclasses.dataclass(frozen=True)
class Query:
    """A query in the language of the source, with Grafana's macros. `legend`: alias of its series."""

    text: str
    legend: Optional[str] = None
    table: bool = False
    instant: bool = False  # PromQL: the last value only
    builder: Optional[dict] = None  # InfluxQL: what the query editor shows


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    about: str
    queries: tuple
    unit: str
    at: tuple  # x, y, width, height: 24 columns
    kind: str = "timeseries"  # stat, table, heatmap, bargauge; graph: of Grafana before 8


@dataclasses.dataclass(frozen=True)
class Dashboard:
    file: str  # below grafana/dashboards, without .json
    uid: str
    title: str
    about: str
    source: str  # uid of a Source
    panels: tuple
    variables: tuple = ()
    schema: int = 38
    since: str = "now-24h"
    annotations: tuple = ()  # (name, query)
    chronograf: Optional[str] = None  # a file below chronograf, without .json, that has the same panels


@dataclasses.dataclass(frozen=True)
class Cell:
    """A line graph of Chronograf: 12 columns."""

    title: str
    database: str
    measurement: str
    field: str
    at: tuple


@dataclasses.dataclass(frozen=True)
class Alert:
    """A batch task of Kapacitor: every so often a query over a period, and when its value is worth a message.

    `query` has no time and no GROUP BY: Kapacitor adds both. `silent`: the alert is that there are no points.
    """

    file: str
    about: str
    database: str
    query: str
    value: str
    period: str
    every: str
    group_by: tuple = ()
    warning: Optional[float] = None
    critical: Optional[float] = None
    unit: str = ""
    at_least: Optional[tuple] = None  # (value, n): groups with fewer than n say nothing
    silent: bool = False
