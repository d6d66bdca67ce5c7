# SPDX-License-Identifier: BSD-3-Clause
"""Telegraf 1.5 and later: the metrics of a probe and of its machine, into InfluxDB."""


def configuration(influxdb_url, port, interval, inputs):
    lines = [
        "# SPDX-License-Identifier: BSD-3-Clause",
        f"# A probe (tstat --metrics {port}) and its machine, into the database telegraf of InfluxDB. User and password are",
        "# INFLUX_USER and INFLUX_PASSWORD in /etc/default/telegraf (mode 600); empty, where nobody is asked for them.",
        "[agent]",
        f'  interval = "{interval}"',
        f'  flush_interval = "{interval}"',
        '  hostname = ""',
        "",
        "[[outputs.influxdb]]",
        f'  urls = ["{influxdb_url}"]',
        '  database = "telegraf"',
        '  username = "$INFLUX_USER"',
        '  password = "$INFLUX_PASSWORD"',
        "",
        "[[inputs.prometheus]]",
        f'  urls = ["http://127.0.0.1:{port}/metrics"]']
    for one in inputs:
        lines += ["", f"[[inputs.{one}]]"]
        if one == "cpu":
            lines += ["  percpu = true", "  totalcpu = true"]
    return lines
