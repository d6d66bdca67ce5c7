# SPDX-License-Identifier: BSD-3-Clause
"""Queries as programs that have dashboards send them: what Grafana, Chronograf and Kapacitor put in the places of macros."""
import re, time

INTERVAL = "10m"


def escaped(value):
    """As Grafana does for regular expressions of InfluxQL."""
    return re.sub(r"[\\^$*+?.()|{}\[\]/]", r"\\\g<0>", value)


def chosen(values):
    """What stands for a choice of a menu: one value, or several."""
    return escaped(values[0]) if len(values) == 1 else "(" + "|".join(map(escaped, values)) + ")"


def built(target):
    """The text that Grafana's editor of InfluxQL makes of its parts."""
    fields = []
    for parts in target["select"]:
        text = ""
        for part in parts:
            text = f'"{part["params"][0]}"' if part["type"] == "field" else f'{part["type"]}({text})'
        fields.append(text)
    conditions = []
    for i, tag in enumerate(target["tags"]):
        joined = f' {tag.get("condition") or "AND"} ' if i else ""
        value = tag["value"] if tag["operator"] in ("=~", "!~", ">", "<") else "'" + tag["value"] + "'"
        conditions.append(f'{joined}"{tag["key"]}" {tag["operator"]} {value}')
    measurement = target["measurement"]
    if not re.fullmatch("/.*/", measurement):
        measurement = f'"{measurement}"'
    if target["policy"] != "default":
        measurement = f'"{target["policy"]}".{measurement}'
    groups = [f'"{g["params"][0]}"' if g["type"] == "tag" else f'{g["type"]}({g["params"][0]})' for g in target["groupBy"]]
    return (f'SELECT {", ".join(fields)} FROM {measurement} WHERE ({"".join(conditions)}) AND $timeFilter '
            f'GROUP BY {", ".join(groups)}')


def grafana(text, variables, span, interval=INTERVAL):
    """`variables`: name -> what stands for its choice; `span`: of Unix times."""
    begin, end = (int(t * 1000) for t in span)
    text = text.replace("$timeFilter", f"time >= {begin}ms and time <= {end}ms")
    for name in ("$__interval", "$__rate_interval"):
        text = text.replace(name, interval)
    # Longer names first: one may begin with another.
    for name in sorted(variables, key=len, reverse=True):
        text = text.replace(f"${{{name}}}", variables[name]).replace(f"${name}", variables[name])
    return text


def chronograf(text, span):
    """From the begin of the span to now, as its menu has it: long intervals."""
    return text.replace(":dashboardTime:", f"{int(span[0] * 1e9)}").replace(":interval:", "6h")


def clickhouse(text, variables, span, interval=600):
    """For Debian's server, whose times are whole numbers of nanoseconds: what the macros are for a DateTime64, with these.
    `variables`: name -> values."""
    begin, end = span
    days = [time.strftime("%Y-%m-%d", time.gmtime(t)) for t in span]
    text = re.sub(r"\$__dateFilter\((\w+)\)", rf"\1 >= toDate('{days[0]}') AND \1 <= toDate('{days[1]}')", text)
    text = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {begin * 10**9} AND \1 <= {end * 10**9}", text)
    text = re.sub(r"\$__timeInterval\((\w+)\)", rf"toDateTime(intDiv(intDiv(\1, 1000000000), {interval}) * {interval})", text)
    for name, values in variables.items():
        text = text.replace(f"${{{name}:singlequote}}", ",".join("'" + v.replace("'", "\\'") + "'" for v in values))
    return text


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)([smhd])", duration).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


class Tick:
    """What is needed of a batch TICKscript: its query, period and groups, its variables and conditions."""

    def __init__(self, text):
        self.text = re.sub(r"(?m)^\s*//.*$", "", text)
        self.query = re.search(r"(?s)\|query\('''(.*?)'''\)", self.text)[1]
        self.period = re.search(r"\.period\((\w+)\)", self.text)[1]
        self.every = re.search(r"\.every\((\w+)\)", self.text)[1]
        groups = re.search(r"\.groupBy\(([^)]*)\)", self.text)
        self.groups = re.findall(r"'([^']+)'", groups[1]) if groups else []
        self.variables = dict(re.findall(r"(?m)^var (\w+) = ([\d.]+)$", self.text))
        self.conditions = re.findall(r"\.(?:warn|crit|info)\(lambda: (.*)\)$", self.text, re.M)
        self.database = re.search(r'(?m)^dbrp "([^"]+)"\."([^"]+)"$', self.text)

    def statement(self, begin, end):
        """Kapacitor adds the time to the condition, and the dimensions."""
        text = self.query + (" AND" if re.search(r"\bWHERE\b", self.query) else " WHERE")
        text += f" time >= {int(begin * 1e9)} AND time < {int(end * 1e9)}"
        return text + (" GROUP BY " + ", ".join(f'"{g}"' for g in self.groups) if self.groups else "")
