# SPDX-License-Identifier: BSD-3-Clause
"""Grafana: dashboards, and the files that make it load them and their data sources when it starts."""
import urllib.parse

ALL = "$__all"
REFRESH = {"never": 0, "load": 1, "time": 2}
REFRESH_LIST = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"]
INSTALLED = "/usr/share/tstat/dashboards/grafana/dashboards"


def influxdb_target(query):
    target = {"query": query.text, "rawQuery": query.builder is None,
              "resultFormat": "table" if query.table else "time_series"}
    if query.legend:
        target["alias"] = query.legend
    return target | (query.builder or {})


def prometheus_target(query):
    target = {"expr": query.text, "instant": query.instant, "range": not query.instant}
    return target | ({"legendFormat": query.legend} if query.legend else {})


def viewer_target(query):
    return {"target": query.text, "type": "table" if query.table else "timeserie", "payload": ""}


def clickhouse_target(query):
    return {"rawSql": query.text, "editorType": "sql", "queryType": "table" if query.table else "timeseries",
            "format": 1 if query.table else 0}


def clickhouse_source(source):
    url = urllib.parse.urlsplit(source.url)
    return {"jsonData": {"host": url.hostname, "port": url.port, "protocol": url.scheme, "defaultDatabase": source.database,
                         "username": "$TSTAT_CLICKHOUSE_USER"},
            "secureJsonData": {"password": "$TSTAT_CLICKHOUSE_PASSWORD"}}


def influxdb_source(source):
    return {"database": source.database, "user": "$TSTAT_INFLUX_USER",
            "jsonData": {"dbName": source.database, "httpMode": "GET", "version": "InfluxQL"},
            "secureJsonData": {"password": "$TSTAT_INFLUX_PASSWORD"}}


# What each kind of data source needs: a target of a panel, more of its provisioning, the query of a variable. A new one is a row.
KINDS = {
    "influxdb": (influxdb_target, influxdb_source, lambda text: text),
    "grafana-clickhouse-datasource": (clickhouse_target, clickhouse_source, lambda text: text),
    "prometheus": (prometheus_target, lambda source: {"jsonData": {"httpMethod": "POST"}},
                   lambda text: {"query": text, "refId": "Variable"}),
    "simpod-json-datasource": (viewer_target, lambda source: {}, lambda text: {"query": text, "format": "string"}),
}


class Writer:
    """The JSON of one dashboard."""

    def __init__(self, dashboard, sources):
        self.dashboard = dashboard
        self.source = next(s for s in sources if s.uid == dashboard.source)
        self.target, _, self.variable_query = KINDS[self.source.kind]
        # Grafana before 8.3 knows data sources by their names.
        self.old = dashboard.schema < 30
        self.reference = self.source.name if self.old else {"type": self.source.kind, "uid": self.source.uid}

    def panel(self, number, panel):
        x, y, w, h = panel.at
        targets = [{"refId": chr(ord("A") + i)} | self.target(q) for i, q in enumerate(panel.queries)]
        if not self.old:
            targets = [{"datasource": self.reference} | t for t in targets]
        if panel.kind == "heatmap":
            targets = [t | {"format": "heatmap"} for t in targets]  # buckets count what is in them alone
        common = {"id": number, "title": panel.title, "type": panel.kind, "datasource": self.reference,
                  "gridPos": {"x": x, "y": y, "w": w, "h": h}, "targets": targets}
        if panel.about:
            common["description"] = panel.about
        return common | getattr(self, panel.kind)(panel)

    @staticmethod
    def graph(panel):
        axis = {"format": panel.unit, "label": None, "logBase": 1, "max": None, "min": None, "show": True}
        return {"renderer": "flot", "lines": True, "linewidth": 1, "fill": 1, "points": False, "pointradius": 5, "bars": False,
                "stack": False, "percentage": False, "steppedLine": False, "dashes": False, "dashLength": 10, "spaceLength": 10,
                "nullPointMode": "null", "aliasColors": {}, "seriesOverrides": [], "thresholds": [], "links": [],
                "legend": {"avg": False, "current": False, "max": False, "min": False, "show": True, "total": False, "values": False},
                "tooltip": {"shared": True, "sort": 0, "value_type": "individual"}, "timeFrom": None, "timeShift": None,
                "xaxis": {"buckets": None, "mode": "time", "name": None, "show": True, "values": []},
                "yaxes": [axis, dict(axis)], "yaxis": {"align": False, "alignLevel": None}}

    @staticmethod
    def timeseries(panel):
        return {"fieldConfig": {"defaults": {"unit": panel.unit, "custom": {"lineWidth": 1, "fillOpacity": 10, "showPoints": "auto",
                                                                            "spanNulls": False}}, "overrides": []},
                "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                            "tooltip": {"mode": "multi", "sort": "desc"}}}

    def stat(self, panel):
        # A version is a label, not a value.
        by_name = any(q.legend == "{{version}}" for q in panel.queries)
        return {"fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
                "options": {"colorMode": "value", "graphMode": "none", "justifyMode": "auto",
                            "textMode": "name" if by_name else "auto",
                            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}}

    @staticmethod
    def table(panel):
        number = {"matcher": {"id": "byName", "options": "payload"}, "properties": [{"id": "unit", "value": panel.unit}]}
        time = {"matcher": {"id": "byName", "options": "Time"}, "properties": [{"id": "custom.hidden", "value": True}]}
        return {"fieldConfig": {"defaults": {}, "overrides": [number, time]}, "options": {"showHeader": True}}

    @staticmethod
    def heatmap(panel):
        return {"fieldConfig": {"defaults": {}, "overrides": []},
                "options": {"calculate": False, "yAxis": {"unit": panel.unit}, "cellGap": 1, "color": {"mode": "scheme",
                            "scheme": "Spectral", "steps": 64}, "rowsFrame": {"layout": "le"}}}

    def variable(self, variable):
        options = [{"text": value, "value": value, "selected": i == 0} for i, value in enumerate(variable.known)]
        current = {"text": "All", "value": ALL} if variable.many else {}
        if variable.known:
            current = {"text": variable.known[0], "value": variable.known[0]}
        elif variable.many:
            options = [{"text": "All", "value": ALL, "selected": True}]
        made = {"name": variable.name, "label": None, "type": "query", "datasource": self.reference, "hide": 0,
                "query": self.variable_query(variable.query), "refresh": REFRESH[variable.refresh], "multi": variable.many,
                "includeAll": variable.many, "allValue": variable.all_value, "current": current, "options": options, "regex": "",
                "skipUrlSync": False, "sort": 1, "useTags": False}
        return made if self.old else made | {"definition": variable.query}

    def annotation(self, name, query):
        return {"name": name, "enable": True, "datasource": self.reference, "iconColor": "orange", "query": query}

    def write(self):
        dashboard = self.dashboard
        built_in = {"builtIn": 1, "datasource": "-- Grafana --" if self.old else {"type": "grafana", "uid": "-- Grafana --"},
                    "enable": True, "hide": True, "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts",
                    "type": "dashboard"}
        return {"id": None, "uid": dashboard.uid, "title": dashboard.title, "description": dashboard.about, "tags": ["tstat"],
                "schemaVersion": dashboard.schema, "version": 1, "style": "dark", "timezone": "", "editable": True, "graphTooltip": 0,
                "refresh": False if self.old else "", "time": {"from": dashboard.since, "to": "now"}, "links": [],
                "timepicker": {"refresh_intervals": REFRESH_LIST},
                "annotations": {"list": [built_in] + [self.annotation(*a) for a in dashboard.annotations]},
                "templating": {"list": [self.variable(v) for v in dashboard.variables]},
                "panels": [self.panel(i, p) for i, p in enumerate(dashboard.panels, 1)]}


def dashboard_json(dashboard, sources):
    return Writer(dashboard, sources).write()


def yaml(value, indent=0):
    """Of strings, numbers, flags, lists and dictionaries."""
    pad, lines = "  " * indent, []
    for key, one in value.items():
        if isinstance(one, dict):
            lines += [f"{pad}{key}:"] + yaml(one, indent + 1)
        elif isinstance(one, list):
            lines.append(f"{pad}{key}:")
            for item in one:
                first, *rest = yaml(item, indent + 2)
                lines += [f"{pad}  - {first.strip()}"] + rest
        else:
            text = str(one).lower() if isinstance(one, bool) else one if isinstance(one, int) else f'"{one}"'
            lines.append(f"{pad}{key}: {text}")
    return lines


def sources_yaml(sources):
    made = [{"name": s.name, "uid": s.uid, "type": s.kind, "access": "proxy", "url": s.url, "isDefault": s.default,
             "editable": True} | KINDS[s.kind][1](s) for s in sources]
    return yaml({"apiVersion": 1, "datasources": made})


def dashboards_yaml(folders):
    made = [{"name": f"tstat-{folder}", "type": "file", "folder": title, "allowUiUpdates": True,
             "options": {"path": f"{INSTALLED}/{folder}"}} for folder, title in folders.items()]
    return yaml({"apiVersion": 1, "providers": made})
