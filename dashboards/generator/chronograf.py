# SPDX-License-Identifier: BSD-3-Clause
"""Chronograf 1.4: dashboards as its interface takes them (POST /chronograf/v1/dashboards), 12 columns wide."""
import uuid

TYPES = {"timeseries": "line", "stat": "single-stat"}  # it has no tables, and no heat maps


def identifier(dashboard, number):
    """The same in each run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tstat:{dashboard}:{number}"))


def cell(dashboard, number, title, kind, at, queries):
    x, y, w, h = at
    return {"i": identifier(dashboard, number), "x": x, "y": y, "w": w, "h": h, "name": title, "type": kind, "queries": queries,
            "axes": {axis: {"bounds": ["", ""], "label": "", "prefix": "", "suffix": "", "base": "10", "scale": "linear"}
                     for axis in ("x", "y", "y2")}, "colors": []}


def field_query(one):
    text = f'SELECT "{one.field}" FROM "{one.database}"."autogen"."{one.measurement}" WHERE time > :dashboardTime:'
    return {"query": text, "queryConfig": {
        "database": one.database, "measurement": one.measurement, "retentionPolicy": "autogen",
        "fields": [{"value": one.field, "type": "field", "alias": ""}], "tags": {}, "groupBy": {"time": "", "tags": []},
        "areTagsAccepted": False, "rawText": None, "range": None}}


def text_query(text, database, variables):
    """One with Grafana's macros. Menus are left out: all of their values."""
    text = text.replace("$timeFilter", "time > :dashboardTime:").replace("$__interval", ":interval:")
    for variable in variables:
        text = text.replace(f"/^${variable.name}$/", "/.*/")
    text = text.replace(' FROM "', f' FROM "{database}"."autogen"."')
    return {"query": text, "queryConfig": {
        "database": database, "measurement": "", "retentionPolicy": "autogen", "fields": [], "tags": {},
        "groupBy": {"time": "", "tags": []}, "areTagsAccepted": False, "rawText": text, "range": None}}


def cells_json(name, cells):
    return {"name": name, "templates": [],
            "cells": [cell(name, i, c.title, "line", c.at, [field_query(c)]) for i, c in enumerate(cells)]}


def dashboard_json(dashboard, database):
    """What Chronograf can show of a dashboard of Grafana."""
    cells = []
    for number, panel in enumerate(dashboard.panels):
        if panel.kind in TYPES:
            x, y, w, h = panel.at
            cells.append(cell(dashboard.title, number, panel.title, TYPES[panel.kind], (x // 2, y // 2, w // 2, h // 2),
                              [text_query(q.text, database, dashboard.variables) for q in panel.queries]))
    return {"name": dashboard.title, "templates": [], "cells": cells}
