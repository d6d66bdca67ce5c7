# SPDX-License-Identifier: BSD-3-Clause
"""The one description of all dashboards and alerts: what each panel shows, of which data, by which query, and where it stands.

`./generate` makes the files of grafana/, chronograf/, kapacitor/ and telegraf/ of it. What the words mean: generator/model.py.
Queries have Grafana's macros: $timeFilter, $__interval, $__rate_interval, and the variables of their dashboard.
"""
from generator.model import Alert, Cell, Dashboard, Panel, Query, Source, Variable

# Where the data is: databases of InfluxDB 1.x with the points of `tstat --export influx=...` (tstat: points=roll;
# tstat_flows: points=full), tables of ClickHouse (`--export clickhouse=...`), Prometheus that asks `tstat --metrics`, the viewer of RRD databases.
SOURCES = (
    Source("tstat-influxdb", "InfluxDB", "influxdb", "http://127.0.0.1:8086", database="tstat", default=True),
    Source("tstat-flows", "tstat flows", "influxdb", "http://127.0.0.1:8086", database="tstat_flows"),
    Source("tstat-clickhouse", "tstat ClickHouse", "grafana-clickhouse-datasource", "http://127.0.0.1:8123", database="tstat"),
    Source("tstat-prometheus", "tstat metrics", "prometheus", "http://127.0.0.1:9090"),
    Source("tstat-viewer", "tstat viewer", "simpod-json-datasource", "http://127.0.0.1/tstat/tstat_rrd.cgi"),
)

# The dashboards of the Tstat roll: the same five panels by host and by port, of all values and of those above 0.
ROLL = (
    # title, field, place, and in Chronograf: title, place
    ("Completion duration time (ms)", "completion_duration_time", (0, 0, 12, 9), "Complete Time Duration", (0, 0, 4, 4)),
    ("Average round trip time (ms)", "average_round_trip_time", (12, 0, 12, 9), "Average Round Trip Time", (0, 4, 6, 4)),
    ("Retransmission (number of segments)", "retransmission", (0, 9, 12, 9), "Retransmission Segments", (8, 0, 4, 4)),
    ("Window scale (scale factor)", "window_scale", (12, 9, 12, 18), "Window Scale", (4, 0, 4, 4)),
    ("Payload (bytes)", "payload", (0, 18, 12, 9), "Data Payload", (6, 4, 6, 4)),
)


def roll_query(field, tag, above_zero):
    tags = [{"key": tag, "operator": "=~", "value": f"/^${tag}$/"}]
    if above_zero:
        tags.append({"condition": "AND", "key": field, "operator": ">", "value": "0"})
    more = f' AND "{field}" > 0' if above_zero else ""
    return Query(f'SELECT mean("{field}") FROM /^$Service$/ WHERE ("{tag}" =~ /^${tag}$/{more}) AND $timeFilter '
                 f'GROUP BY time($__interval), "{tag}"', legend=f"$tag_{tag}",
                 builder={"measurement": "/^$Service$/", "policy": "default", "tags": tags, "orderByTime": "ASC",
                          "select": [[{"type": "field", "params": [field]}, {"type": "mean", "params": []}]],
                          "groupBy": [{"type": "time", "params": ["$__interval"]}, {"type": "tag", "params": [tag]}]})


def roll(tag, above_zero, uid):
    service = Variable("Service", "SHOW MEASUREMENTS", refresh="never", known=("client", "server"))
    values = f'SHOW TAG VALUES FROM $Service WITH KEY="{tag}"'
    choice = (Variable("host", values, many=True) if tag == "host" else
              Variable("port", values + " LIMIT 2000", many=True, refresh="never", all_value=".*"))
    folder = "roll-above-0" if above_zero else "roll"
    return Dashboard(
        file=f"{folder}/by-{tag}", uid=uid, title=f"TSTAT by {tag}", source="tstat-influxdb", schema=16,
        about="The dashboard of the Tstat roll" + (", of values above 0" if above_zero else ""), variables=(service, choice),
        panels=tuple(Panel(title, "", (roll_query(field, tag, above_zero),), "short", at, kind="graph")
                     for title, field, at, _, _ in ROLL))


CELLS = tuple(Cell(title, "tstat", "server", field, at) for _, field, _, title, at in ROLL)

# Flows: a point a row of the logs (points=full).
TCP = 'FROM "log_tcp_complete" WHERE "s_ip" =~ /^$server$/ AND $timeFilter'
EACH = "GROUP BY time($__interval)"
BOTH = 'sum("c_{0}") + sum("s_{0}")'
RETRANSMITTED = f'100 * ({BOTH.format("pkts_retx")}) / ({BOTH.format("pkts_data")})'
CAUSES = (("rto", "time-out"), ("fs", "fast"), ("reor", "reordered"), ("dup", "duplicated by the network"), ("fc", "flow control"),
          ("unrto", "needless time-out"), ("unfs", "needless fast"), ("unk", "unknown"))
MEDIA_LOST = f'100 * ({BOTH.format("lost")}) / ({BOTH.format("pkts")} + {BOTH.format("lost")})'

FLOWS = Dashboard(
    file="tstat/flows", uid="tstat-flows", title="tstat flows", source="tstat-flows", chronograf="flows",
    about="Flows of TCP and UDP, and of media: tstat --export 'influx=URL/write?db=tstat_flows#points=full'",
    variables=(Variable("server", 'SHOW TAG VALUES FROM "log_tcp_complete" WITH KEY = "s_ip" LIMIT 2000', many=True,
                        all_value=".*"),),
    panels=(
        Panel("TCP flows", "complete ones: with a handshake", (Query(f'SELECT count("durat") {TCP}'),), "short", (0, 0, 4, 4), "stat"),
        Panel("Payload", "of TCP, both directions, retransmissions included",
              (Query(f'SELECT {BOTH.format("bytes_all")} AS "payload" {TCP}'),), "bytes", (4, 0, 4, 4), "stat"),
        Panel("Retransmitted", "segments that repeat something, of those with payload",
              (Query(f'SELECT {RETRANSMITTED} AS "retransmitted" {TCP}'),), "percent", (8, 0, 4, 4), "stat"),
        Panel("Round-trip time", "median of the flows' means: from the probe to the client and back",
              (Query(f'SELECT percentile("s_rtt_avg", 50) AS "median" {TCP}'),), "ms", (12, 0, 4, 4), "stat"),
        Panel("UDP flows", "", (Query('SELECT count("c_pkts_all") FROM "log_udp_complete" WHERE $timeFilter'),), "short",
              (16, 0, 4, 4), "stat"),
        Panel("Media streams", "RTP, RTCP and others of log_mm_complete",
              (Query('SELECT count("c_pkts") FROM "log_mm_complete" WHERE $timeFilter'),), "short", (20, 0, 4, 4), "stat"),
        Panel("TCP payload", "of the flows that began in each interval",
              (Query(f'SELECT sum("c_bytes_all") AS "from clients", sum("s_bytes_all") AS "from servers" {TCP} {EACH} fill(0)',
                     "$col"),), "bytes", (0, 4, 12, 8)),
        Panel("Flows that began", "",
              (Query(f'SELECT count("durat") AS "TCP" {TCP} {EACH} fill(0)', "$col"),
               Query(f'SELECT count("durat") AS "TCP, not complete" FROM "log_tcp_nocomplete" WHERE $timeFilter {EACH} fill(0)',
                     "$col"),
               Query(f'SELECT count("c_pkts_all") AS "UDP" FROM "log_udp_complete" WHERE $timeFilter {EACH} fill(0)', "$col")),
              "short", (12, 4, 12, 8)),
        Panel("Round-trip time to clients", "from the probe to the client and back: the flows' means",
              (Query('SELECT percentile("s_rtt_avg", 50) AS "median", percentile("s_rtt_avg", 95) AS "95 %", '
                     f'percentile("s_rtt_avg", 99) AS "99 %" {TCP} {EACH} fill(none)', "$col"),), "ms", (0, 12, 12, 8)),
        Panel("Round-trip time to servers", "from the probe to the server and back: the flows' means",
              (Query('SELECT percentile("c_rtt_avg", 50) AS "median", percentile("c_rtt_avg", 95) AS "95 %", '
                     f'percentile("c_rtt_avg", 99) AS "99 %" {TCP} {EACH} fill(none)', "$col"),), "ms", (12, 12, 12, 8)),
        Panel("Retransmitted, by server", "segments that repeat something, of those with payload",
              (Query(f'SELECT {RETRANSMITTED} AS "retransmitted" {TCP} {EACH}, "s_ip" fill(none)', "$tag_s_ip"),), "percent",
              (0, 20, 12, 8)),
        Panel("Retransmissions and disorder by cause", "segments of both directions",
              (Query("SELECT " + ", ".join(f'{BOTH.format("pkts_" + cause)} AS "{name}"' for cause, name in CAUSES) +
                     f" {TCP} {EACH} fill(0)", "$col"),), "short", (12, 20, 12, 8)),
        Panel("Completion time", "from the first to the last segment of a flow",
              (Query(f'SELECT percentile("durat", 50) AS "median", percentile("durat", 95) AS "95 %" {TCP} {EACH} fill(none)',
                     "$col"),), "ms", (0, 28, 12, 8)),
        Panel("UDP payload", "of the flows that began in each interval",
              (Query('SELECT sum("c_bytes_all") AS "from clients", sum("s_bytes_all") AS "from servers" FROM "log_udp_complete" '
                     f'WHERE $timeFilter {EACH} fill(0)', "$col"),), "bytes", (12, 28, 12, 8)),
        Panel("Jitter of media", "mean of the streams",
              (Query('SELECT mean("c_jitter") AS "from clients", mean("s_jitter") AS "from servers" FROM "log_mm_complete" '
                     f'WHERE $timeFilter {EACH} fill(none)', "$col"),), "ms", (0, 36, 12, 8)),
        Panel("Media that never came", "RTP packets that are missing in the sequence",
              (Query(f'SELECT {MEDIA_LOST} AS "lost" FROM "log_mm_complete" WHERE $timeFilter {EACH} fill(none)', "$col"),),
              "percent", (12, 36, 12, 8)),
        Panel("Servers by payload", "the ten that sent most",
              (Query('SELECT top("bytes", 10) AS "payload", "s_ip" FROM (SELECT sum("s_bytes_all") AS "bytes" FROM '
                     '"log_tcp_complete" WHERE $timeFilter GROUP BY "s_ip")', table=True),), "bytes", (0, 44, 8, 9), "table"),
        Panel("Ports by flows", "of servers",
              (Query('SELECT top("flows", 10) AS "flows", "s_port" FROM (SELECT count("durat") AS "flows" FROM '
                     '"log_tcp_complete" WHERE $timeFilter GROUP BY "s_port")', table=True),), "short", (8, 44, 6, 9), "table"),
        Panel("Largest flows", "by what the server sent",
              (Query(f'SELECT top("s_bytes_all", 20) AS "payload", "fqdn", "c_ip", "s_ip", "s_port" {TCP}', table=True),), "bytes",
              (14, 44, 10, 9), "table"),
    ))

# The same in ClickHouse, of many probes. Durations there are nanoseconds. Queries are such that both dialects know them.
IN_SPAN = "$__dateFilter(day) AND $__timeFilter(time) AND probe IN (${probe:singlequote})"
FLOWS_THERE = f"FROM tcp_complete WHERE {IN_SPAN}"
BY_TIME = "GROUP BY t ORDER BY t"
RETRANSMITTED_THERE = "100 * sum(c_pkts_retx + s_pkts_retx) / sum(c_pkts_data + s_pkts_data)"


def quantiles_there(column):
    return ", ".join(f'quantile({q})({column}) / 1e6 AS "{name}"' for q, name in ((0.5, "median"), (0.95, "95 %"), (0.99, "99 %")))


CLICKHOUSE = Dashboard(
    file="tstat/clickhouse", uid="tstat-clickhouse-flows", title="tstat flows of all probes", source="tstat-clickhouse",
    about="Flows of TCP and UDP, and of media, of many probes: tstat --export clickhouse=URL",
    variables=(Variable("probe", "SELECT DISTINCT probe FROM tcp_complete ORDER BY probe", many=True),),
    panels=(
        Panel("TCP flows", "complete ones: with a handshake", (Query(f"SELECT count() AS flows {FLOWS_THERE}", table=True),), "short",
              (0, 0, 4, 4), "stat"),
        Panel("Payload", "of TCP, both directions, retransmissions included",
              (Query(f"SELECT sum(c_bytes_all + s_bytes_all) AS payload {FLOWS_THERE}", table=True),), "bytes", (4, 0, 4, 4), "stat"),
        Panel("Retransmitted", "segments that repeat something, of those with payload",
              (Query(f"SELECT {RETRANSMITTED_THERE} AS retransmitted {FLOWS_THERE}", table=True),), "percent", (8, 0, 4, 4), "stat"),
        Panel("Round-trip time", "median of the flows' means: from the probe to the client and back",
              (Query(f"SELECT quantile(0.5)(s_rtt_avg) / 1e6 AS median {FLOWS_THERE}", table=True),), "ms", (12, 0, 4, 4), "stat"),
        Panel("UDP flows", "", (Query(f"SELECT count() AS flows FROM udp_complete WHERE {IN_SPAN}", table=True),), "short",
              (16, 0, 4, 4), "stat"),
        Panel("Media streams", "RTP, RTCP and others of log_mm_complete",
              (Query(f"SELECT count() AS streams FROM media_flow WHERE {IN_SPAN}", table=True),), "short", (20, 0, 4, 4), "stat"),
        Panel("TCP payload", "of the flows that began in each interval",
              (Query('SELECT $__timeInterval(time) AS t, sum(c_bytes_all) AS "from clients", sum(s_bytes_all) AS "from servers" '
                     f"{FLOWS_THERE} {BY_TIME}"),), "bytes", (0, 4, 12, 8)),
        Panel("Flows that began, by probe", "of TCP",
              (Query(f"SELECT $__timeInterval(time) AS t, probe, count() AS flows {FLOWS_THERE} GROUP BY t, probe ORDER BY t"),),
              "short", (12, 4, 12, 8)),
        Panel("Round-trip time to clients", "from the probe to the client and back: the flows' means",
              (Query(f"SELECT $__timeInterval(time) AS t, {quantiles_there('s_rtt_avg')} {FLOWS_THERE} {BY_TIME}"),), "ms",
              (0, 12, 12, 8)),
        Panel("Round-trip time to servers", "from the probe to the server and back: the flows' means",
              (Query(f"SELECT $__timeInterval(time) AS t, {quantiles_there('c_rtt_avg')} {FLOWS_THERE} {BY_TIME}"),), "ms",
              (12, 12, 12, 8)),
        Panel("Retransmitted, by probe", "segments that repeat something, of those with payload",
              (Query(f"SELECT $__timeInterval(time) AS t, probe, {RETRANSMITTED_THERE} AS retransmitted {FLOWS_THERE} GROUP BY t, probe "
                     "ORDER BY t"),), "percent", (0, 20, 12, 8)),
        Panel("Retransmissions and disorder by cause", "segments of both directions",
              (Query("SELECT $__timeInterval(time) AS t, " + ", ".join(
                  f'sum(c_pkts_{cause} + s_pkts_{cause}) AS "{name}"' for cause, name in CAUSES) + f" {FLOWS_THERE} {BY_TIME}"),),
              "short", (12, 20, 12, 8)),
        Panel("Networks", "of servers: /24 of IPv4, addresses of IPv6; those with most flows",
              (Query("SELECT replaceRegexpOne(IPv6NumToString(s_ip), '^::ffff:([0-9]+[.][0-9]+[.][0-9]+)[.][0-9]+$', '\\\\1.0/24') "
                     'AS network, count() AS flows, quantile(0.5)(c_rtt_avg) / 1e6 AS "median of RTT, ms", '
                     f'{RETRANSMITTED_THERE} AS "retransmitted, %", sum(s_bytes_all) AS payload {FLOWS_THERE} GROUP BY network '
                     "ORDER BY flows DESC LIMIT 50", table=True),), "bytes", (0, 28, 14, 10), "table"),
        Panel("Names", "that clients asked for by DNS, with what servers sent",
              (Query(f"SELECT fqdn AS name, count() AS flows, sum(s_bytes_all) AS payload {FLOWS_THERE} AND fqdn != '' GROUP BY name "
                     "ORDER BY payload DESC LIMIT 50", table=True),), "bytes", (14, 28, 10, 10), "table"),
    ))

# The probe itself: what `tstat --metrics` counts.
PROBE_IS = '{instance=~"$instance"}'
QUEUES = '{instance=~"$instance",table=~"epochs|decoding_blocks"}'
NO_QUEUES = QUEUES.replace("table=~", "table!~")


def rate(family, by=None, more=""):
    text = f'rate({family}{{instance=~"$instance"{more}}}[$__rate_interval])'
    return f"sum by ({by}) ({text})" if by else f"sum({text})"


def quantiles(family, by):
    return tuple(Query(f"histogram_quantile({q}, {rate(family + '_bucket', 'le, ' + by)})", f"{{{{{by}}}}}, {name}")
                 for q, name in ((0.5, "median"), (0.95, "95 %")))


PROBE = Dashboard(
    file="tstat/probe", uid="tstat-probe", title="tstat probe", source="tstat-prometheus", since="now-6h",
    about="What a running tstat does: tstat --metrics, asked by Prometheus",
    variables=(Variable("instance", "label_values(tstat_build_info, instance)", many=True, all_value=".*"),),
    panels=(
        Panel("Probes that answer", "", (Query('sum(up{job="tstat"})', instant=True),), "short", (0, 0, 4, 4), "stat"),
        Panel("Version", "", (Query(f"tstat_build_info{PROBE_IS}", "{{version}}", instant=True),), "short", (4, 0, 4, 4), "stat"),
        Panel("Running for", "", (Query(f"time() - tstat_start_time_seconds{PROBE_IS}", "{{instance}}", instant=True),), "s",
              (8, 0, 4, 4), "stat"),
        Panel("Last packet", "how long ago it was, by the clock of Prometheus",
              (Query(f"time() - tstat_last_packet_time_seconds{PROBE_IS}", "{{instance}}", instant=True),), "s", (12, 0, 4, 4),
              "stat"),
        Panel("Open flows", "", (Query(f"sum(tstat_open_flows{PROBE_IS})", instant=True),), "short", (16, 0, 4, 4), "stat"),
        Panel("Could not be written", "rows, files and values, since the start",
              (Query(f"sum(tstat_lost_total{PROBE_IS})", instant=True),), "short", (20, 0, 4, 4), "stat"),
        Panel("Packets", "IP packets that were analysed",
              (Query(rate("tstat_packets_total", "instance"), "{{instance}}"),
               Query(rate("tstat_transport_packets_total", "protocol"), "{{protocol}}")), "pps", (0, 4, 12, 8)),
        Panel("Packets that were not analysed", "by reason",
              (Query(rate("tstat_dropped_packets_total", "reason"), "{{reason}}"),), "pps", (12, 4, 12, 8)),
        Panel("Packets of the capture", "that the kernel had",
              (Query(rate("tstat_capture_packets_total", "instance"), "{{instance}}"),), "pps", (0, 12, 12, 8)),
        Panel("Packets that the capture lost", "before tstat had them",
              (Query(rate("tstat_capture_dropped_packets_total", "by"), "{{by}}"),), "pps", (12, 12, 12, 8)),
        Panel("Flows that began", "", (Query(rate("tstat_flows_total", "protocol"), "{{protocol}}"),), "cps", (0, 20, 8, 8)),
        Panel("Flows that are open", "", (Query(f"sum by (protocol) (tstat_open_flows{PROBE_IS})", "{{protocol}}"),), "short",
              (8, 20, 8, 8)),
        Panel("Flows for which there was no room", "closed early, or not analysed",
              (Query(rate("tstat_evicted_flows_total"), "closed early"),
               Query(rate("tstat_refused_flows_total", "protocol"), "{{protocol}}, not analysed")), "cps", (16, 20, 8, 8)),
        Panel("Payload of flows that ended", "",
              (Query(rate("tstat_flow_payload_bytes_total", "protocol, sender"), "{{protocol}}, {{sender}}"),), "Bps", (0, 28, 12, 8)),
        Panel("Round-trip time", "mean of each TCP flow that ended: between the probe and its ends",
              quantiles("tstat_tcp_rtt_seconds", "side"), "s", (12, 28, 12, 8)),
        Panel("Duration of flows", "of those that ended", quantiles("tstat_flow_duration_seconds", "protocol"), "s", (0, 36, 12, 8)),
        Panel("Payload a flow", "of TCP flows that ended: how many have so much",
              (Query("sum by (le) (increase(tstat_flow_payload_bytes_bucket" '{instance=~"$instance",protocol="tcp"}'
                     "[$__rate_interval]))", "{{le}}"),), "bytes", (12, 36, 12, 8), "heatmap"),
        Panel("Rows", "of logs", (Query(rate("tstat_rows_total", "rows"), "{{rows}}"),), "cps", (0, 44, 12, 8)),
        Panel("Exports: rows that arrived", "", (Query(rate("tstat_export_sent_rows_total", "export"), "{{export}}"),), "cps",
              (12, 44, 12, 8)),
        Panel("Exports: rows that wait", "in the spool", (Query(f"tstat_export_queued_rows{PROBE_IS}", "{{export}}"),), "short",
              (0, 52, 8, 8)),
        Panel("Exports: spool", "", (Query(f"tstat_export_spool_bytes{PROBE_IS}", "{{export}}"),), "bytes", (8, 52, 8, 8)),
        Panel("Exports: what went wrong", "tries that failed, rows that were dropped or refused",
              (Query(rate("tstat_export_failed_tries_total", "export"), "{{export}}, tries"),
               Query(rate("tstat_export_dropped_rows_total", "export"), "{{export}}, dropped"),
               Query(rate("tstat_export_dead_letter_rows_total", "export"), "{{export}}, refused")), "cps", (16, 52, 8, 8)),
        Panel("How full tables are", "entries, of as many as there may be",
              (Query(f"100 * tstat_table_entries{NO_QUEUES} / tstat_table_limit{NO_QUEUES}", "{{table}}"),), "percent", (0, 60, 6, 8)),
        Panel("Tables: what made room", "entries, or those that found none",
              (Query(rate("tstat_table_evictions_total", "table"), "{{table}}"),), "cps", (6, 60, 6, 8)),
        Panel("Queues of threads", "with --threads: epochs that wait, blocks of packets that are being decoded",
              (Query(f"tstat_table_entries{QUEUES}", "{{table}}"),), "short", (12, 60, 6, 8)),
        Panel("Seconds behind", "from the last packet of a live capture to now",
              (Query(f"tstat_seconds_behind{PROBE_IS}", "{{instance}}"),), "s", (18, 60, 6, 8)),
        Panel("Memory of tables", "that they are taken to need, with --max-memory of so much",
              (Query(f"tstat_table_bytes{NO_QUEUES}", "{{table}}"),
               Query(f"tstat_table_limit_bytes{NO_QUEUES}", "{{table}}, at most")), "bytes", (0, 68, 24, 8)),
    ))

# RRD databases, by way of the viewer. Names: TRACE:METRIC:DIRECTION:TEMPLATE:SERIES.
DATABASES = Dashboard(
    file="tstat/databases", uid="tstat-databases", title="tstat RRD databases", source="tstat-viewer",
    about="What tstat -r wrote, by the viewer tstat_rrd.cgi and Grafana's JSON plug-in (simpod-json-datasource)",
    variables=(Variable("trace", "traces"),), annotations=(("Gaps", "$trace"),),
    panels=(
        Panel("Traffic in", "IP, by protocol", (Query("$trace:ip_bitrate:in:idx:*"),), "bps", (0, 0, 12, 8)),
        Panel("Traffic out", "IP, by protocol", (Query("$trace:ip_bitrate:out:idx:*"),), "bps", (12, 0, 12, 8)),
        Panel("Flows", "that are open at once, mean of each step", (Query("$trace:L4_flow_number:all:idx:*"),), "short", (0, 8, 12, 8)),
        Panel("Connections by port", "SYN segments to the outside, a step", (Query("$trace:tcp_port_syndst:out:idx:*"),), "short",
              (12, 8, 12, 8)),
        Panel("Round-trip time", "percentiles of the flows' means", (Query("$trace:tcp_rtt_avg:out:prc:*"),), "ms", (0, 16, 12, 8)),
        Panel("Round-trip time: extremes", "smallest, mean, largest", (Query("$trace:tcp_rtt_avg:out:avg:*"),), "ms",
              (12, 16, 12, 8)),
        Panel("Segments by class, in", "shares: in sequence, retransmitted by cause, reordered, duplicated",
              (Query("$trace:tcp_anomalies:in:normidx:*"),), "percent", (0, 24, 12, 8)),
        Panel("Segments by class, out", "shares", (Query("$trace:tcp_anomalies:out:normidx:*"),), "percent", (12, 24, 12, 8)),
        Panel("Packet lengths in", "median, 90 %, 95 %", (Query("$trace:ip_len:in:prc:*"),), "bytes", (0, 32, 8, 8)),
        Panel("Packet lengths out", "median, 90 %, 95 %", (Query("$trace:ip_len:out:prc:*"),), "bytes", (8, 32, 8, 8)),
        Panel("Protocols", "packets of both directions; out above, in below", (Query("$trace:ip_protocol:both:idx:*"),), "short",
              (16, 32, 8, 8)),
    ))

DASHBOARDS = (
    roll("host", False, "F7RL-b_iz"), roll("host", True, "tstat-host-0"), roll("port", False, "tstat-port"),
    roll("port", True, "tstat-port-0"), FLOWS, CLICKHOUSE, PROBE, DATABASES)

# Folders of grafana/dashboards, and what Grafana calls them. Titles differ within a folder only.
FOLDERS = {"roll": "TSTAT", "roll-above-0": "TSTAT, values above 0", "tstat": "Flows and probes"}

TCP_LOG = '"tstat_flows"."autogen"."log_tcp_complete"'
ALERTS = (
    Alert("retransmission", "Servers whose flows repeat many segments", "tstat_flows",
          f'SELECT {RETRANSMITTED} AS "retransmitted", {BOTH.format("pkts_data")} AS "segments" FROM {TCP_LOG}', "retransmitted",
          "1h", "5m", ("s_ip",), warning=3, critical=10, unit="%", at_least=("segments", 1000)),
    Alert("rtt", "Servers that are far away, or behind full queues: 95 % of the flows' means", "tstat_flows",
          f'SELECT percentile("c_rtt_avg", 95) AS "rtt", count("durat") AS "flows" FROM {TCP_LOG}', "rtt", "1h", "5m", ("s_ip",),
          warning=300, critical=1000, unit="ms", at_least=("flows", 20)),
    Alert("loss", "Segments that were lost on their way: retransmissions after a time-out and fast ones, without needless ones",
          "tstat_flows",
          f'SELECT 100 * ({BOTH.format("pkts_rto")} + {BOTH.format("pkts_fs")}) / ({BOTH.format("pkts_data")}) AS "lost", '
          f'{BOTH.format("pkts_data")} AS "segments" FROM {TCP_LOG}', "lost", "1h", "5m", warning=1, critical=5, unit="%",
          at_least=("segments", 1000)),
    Alert("media-loss", "Voice and video: RTP packets that never came", "tstat_flows",
          f'SELECT {MEDIA_LOST} AS "lost", {BOTH.format("pkts")} AS "packets" FROM "tstat_flows"."autogen"."log_mm_complete"', "lost",
          "15m", "1m", warning=1, critical=5, unit="%", at_least=("packets", 1000)),
    Alert("probe-silent", "No flow has come for a quarter of an hour", "tstat_flows",
          f'SELECT count("durat") AS "flows" FROM {TCP_LOG}', "flows", "15m", "1m", silent=True),
)

# Telegraf: the probe's metrics and those of its machine, into InfluxDB.
METRICS_PORT = 9111
TELEGRAF_INTERVAL = "5s"
TELEGRAF_INPUTS = ("cpu", "mem", "net", "swap", "disk", "diskio", "netstat", "system")
