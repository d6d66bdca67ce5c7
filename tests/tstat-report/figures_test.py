# SPDX-License-Identifier: BSD-3-Clause
"""What a report says is what its logs say, counted here once more and by other means: lines split by hand."""

import collections
import re
import statistics
import unittest

from reports import NETWORKS, TRACES, WithReports, analyse, rows_of

CAUSES = {"Time-out": "rto", "Fast retransmission": "fs", "Unknown cause": "unk", "Needless time-out": "unrto",
          "Needless fast retransmission": "unfs", "Overtaken on the way": "reor", "Doubled by the network": "dup",
          "Window probe": "fc"}
TCP_CLASSES = {1: "HTTP", 8192: "TLS, SSL", 0: "not recognised"}


def ms(text):
    """Nanoseconds of a log's milliseconds."""
    return float(text) * 1e6


def quantile(values, share):
    """The value below which that share is."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def name_of(row):
    """What a flow's server is called: TLS, HTTP, DNS."""
    return next((row[column] for column in ("c_tls_SNI", "http_hostname", "fqdn") if row.get(column, "-") != "-"), None)


class Figures(WithReports):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.out = cls.folder / "out"
        session = analyse(cls.folder, TRACES / "mixed.pcap", TRACES / "bulk-lossy.pcap", TRACES / "web-ipv6.pcap",
                          options=["-c"])
        cls.tcp = rows_of(session / "log_tcp_complete")
        cls.failed = rows_of(session / "log_tcp_nocomplete")
        cls.udp = rows_of(session / "log_udp_complete")
        cls.http = [line.split("\t") for line in (session / "log_http_complete").read_text().splitlines()
                    if line[0] != "#"]
        cls.media = [line.split(" ") for line in (session / "log_mm_complete").read_text().splitlines()]

    def setUp(self):
        if not hasattr(Figures, "report"):
            Figures.report = self.page(self.out, "--top", 100, "--samples", 1)

    def about(self, got, wanted, share=0.01):
        self.assertLessEqual(abs(got - wanted), share * abs(wanted) + 1, (got, wanted))

    def all_flows(self):
        return self.tcp + self.failed + self.udp

    def test_key_figures(self):
        cards = self.report.cards()
        self.assertEqual(cards["Flows"], (len(self.all_flows()),
                                          f"{len(self.tcp) + len(self.failed)} TCP, {len(self.udp)} UDP"))
        total = sum(int(row["c_bytes_all"]) + int(row["s_bytes_all"]) for row in self.all_flows())
        self.assertEqual(cards["Payload"][0], total)
        clients = {row["c_ip"] for row in self.all_flows()}
        servers = {row["s_ip"] for row in self.all_flows()}
        self.assertEqual(cards["Hosts"], (len(clients | servers), f"{len(clients)} clients, {len(servers)} servers"))
        begins = [ms(row["first"]) for row in self.tcp + self.failed] + [ms(row["c_first_abs"]) for row in self.udp]
        ends = [ms(row["last"]) for row in self.tcp + self.failed]
        for row in self.udp:
            ends += [ms(row[f"{side}_first_abs"]) + ms(row[f"{side}_durat"])
                     for side in "cs" if row[f"{side}_pkts_all"] != "0"]
        self.about(cards["Time"][0], max(ends) - min(begins), 1e-6)
        means = [ms(row["c_rtt_avg"]) for row in self.tcp if row["c_rtt_cnt"] != "0" and row["s_isint"] == "0"]
        self.about(cards["Round-trip time"][0], statistics.median(means), 0.05)

    def test_volumes_and_ways(self):
        found = {row["Transport"]: row for row in self.report.table("volumes")}
        for name, flows in (("TCP", self.tcp + self.failed), ("UDP", self.udp)):
            self.assertEqual(found[name]["Flows"], len(flows))
            self.assertEqual(found[name]["From clients"], sum(int(row["c_bytes_all"]) for row in flows))
            self.assertEqual(found[name]["From servers"], sum(int(row["s_bytes_all"]) for row in flows))
            self.assertEqual(found[name]["Packets"], sum(int(row["c_pkts_all"]) + int(row["s_pkts_all"])
                                                         for row in flows))
        ways = collections.Counter()
        for row in self.all_flows():
            inside = (row["c_isint"], row["s_isint"])
            ways["in"] += int(row["s_bytes_all" if inside == ("1", "0")
                                  else "c_bytes_all"]) if inside[0] != inside[1] else 0
            ways["out"] += int(row["c_bytes_all" if inside == ("1", "0")
                                   else "s_bytes_all"]) if inside[0] != inside[1] else 0
        self.assertEqual(self.report.cards()["Payload"][1],
                         f"{ways['in'] / 1000:.0f} kB in, {ways['out'] / 1000:.1f} kB out"
                         if ways["in"] < 999500 else f"{ways['in'] / 1e6:.2f} MB in, {ways['out'] / 1000:.0f} kB out")

    def test_loss(self):
        sums = {side: collections.Counter() for side in "cs"}
        affected = 0
        for row in self.tcp:
            both = 0
            for side in "cs":
                for name in ("data", "retx", "ooo", *CAUSES.values()):
                    sums[side][name] += int(row[f"{side}_pkts_{name}"])
                again = sum(int(row[f"{side}_pkts_{name}"]) * sign for name, sign in
                            (("retx", 1), ("ooo", 1), ("reor", -1), ("dup", -1)))
                sums[side]["again"] += max(again, 0)
                both += max(again, 0)
            affected += both > 0
        causes = {row["Cause"]: row for row in self.report.table("causes")}
        for title, column in CAUSES.items():
            expected = sums["s"][column], sums["c"][column]
            if expected == (0, 0):
                self.assertNotIn(title, causes)
            else:
                self.assertEqual((causes[title]["From servers"], causes[title]["From clients"]), expected, title)
        self.assertGreater(len(causes), 3)
        places = {row["Segments"]: row for row in self.report.table("loss-places")}
        for side, name in (("c", "from clients"), ("s", "from servers")):
            self.assertEqual(places[name]["Sent again"], sums[side]["again"])
            self.assertEqual(places[name]["With payload"], sums[side]["data"])
            self.assertEqual(places[name]["Lost before the probe"], sums[side]["ooo"] - sums[side]["reor"])
        again, data = (sum(sums[side][name] for side in "cs") for name in ("again", "data"))
        self.about(self.report.cards()["Sent again"][0], again / data)
        self.assertIn(f"{again} segments, in {affected} flows of {len(self.tcp)}", self.report.findings()[0][1])
        worst = self.report.table("loss-flows")
        self.assertEqual(worst[0]["Sent again"], 26)  # docs/retransmissions.md
        self.assertEqual(worst[0]["Main cause"], "Time-out")

    def test_round_trips(self):
        found = {row["From the probe"]: row for row in self.report.table("rtt")}
        self.assertEqual(set(found), {"to servers outside", "to clients inside"})
        for side, name in (("c", "to servers outside"), ("s", "to clients inside")):
            rows = [row for row in self.tcp if row[f"{side}_rtt_cnt"] != "0"]
            means = sorted(ms(row[f"{side}_rtt_avg"]) for row in rows)
            self.assertEqual(found[name]["Flows"], len(rows))
            self.about(found[name]["Largest"], means[-1], 1e-6)
            for head, share in (("10 %", 0.1), ("Median", 0.5), ("90 %", 0.9)):
                place = share * (len(means) - 1)
                low, high = means[max(int(place) - 1, 0)], means[min(int(place) + 2, len(means) - 1)]
                self.assertTrue(low * 0.985 <= found[name][head] <= high * 1.015,
                                (name, head, found[name][head], low, high))

    def test_names(self):
        bytes_of, flows_of, sources = collections.Counter(), collections.Counter(), collections.defaultdict(set)
        for row in self.tcp + self.udp:
            name = name_of(row)
            if name:
                bytes_of[name] += int(row["c_bytes_all"]) + int(row["s_bytes_all"])
                flows_of[name] += 1
                sources[name].add(next(s for c, s in (("c_tls_SNI", "TLS"), ("http_hostname", "HTTP"), ("fqdn", "DNS"))
                                       if row.get(c, "-") != "-"))
        found = self.report.table("top-names")
        self.assertEqual([row["Name"] for row in found], sorted(bytes_of, key=lambda n: (-bytes_of[n], n)))
        for row in found:
            self.assertEqual(row["Flows"], flows_of[row["Name"]])
            self.assertEqual(row["From servers"] + row["From clients"], bytes_of[row["Name"]])
            self.assertEqual(set(row["Known by"].split(", ")), sources[row["Name"]])

    def test_hosts_and_ports(self):
        for identifier, side, other in (("top-clients", "c", "s"), ("top-servers", "s", "c")):
            sent, received, flows = collections.Counter(), collections.Counter(), collections.Counter()
            for row in self.all_flows():
                sent[row[f"{side}_ip"]] += int(row[f"{side}_bytes_all"])
                received[row[f"{side}_ip"]] += int(row[f"{other}_bytes_all"])
                flows[row[f"{side}_ip"]] += 1
            found = self.report.table(identifier)
            self.assertEqual([(row["Sent"], row["Received"], row["Flows"]) for row in found],
                             [(sent[a], received[a], flows[a]) for a in sorted(flows,
                                                                               key=lambda a: (-sent[a] - received[a],
                                                                                              a))])
        self.assertIn("2001:db8:2::10", [row["Server"] for row in found])  # as people write it
        ports = collections.Counter(f"TCP {row['s_port']}" for row in self.tcp + self.failed)
        ports.update(f"UDP {row['s_port']}" for row in self.udp)
        self.assertEqual({row["Port"]: row["Flows"] for row in self.report.table("top-ports")}, dict(ports))

    def test_protocols(self):
        flows = collections.Counter()
        for row in self.tcp + self.failed:
            flows["TCP", TCP_CLASSES[int(row["con_t"])]] += 1
        names = {"19": "DNS", "3": "RTP", "4": "RTCP", "2": "one packet that may be RTCP", "0": "not recognised"}
        for row in self.udp:
            flows["UDP", names[row["c_type"] if row["c_type"] != "0" else row["s_type"]]] += 1
        found = {(row["Over"], row["Protocol"]): row["Flows"] for row in self.report.table("top-protocols")}
        self.assertEqual(found, dict(flows))

    def test_failures(self):
        found = {row["Kind"]: row["Connections"] for row in self.report.table("not-complete")}
        silent = sum(row["s_pkts_all"] == "0" for row in self.failed)
        refused = sum(row["s_rst_cnt"] != "0" and row["s_syn_cnt"] == "0" for row in self.failed)
        self.assertEqual(found, {"No answer": silent, "Refused": refused})
        servers = {row["Server"]: row["Failed"] for row in self.report.table("failed-servers")}
        self.assertEqual(servers, dict(collections.Counter(f"{row['s_ip']}:{row['s_port']}" for row in self.failed)))

    def test_slow_servers(self):
        waits = collections.defaultdict(list)
        for row in self.tcp:
            wait = ms(row["s_first"]) - ms(row["c_first"])
            if row["c_first"] != "0.000000" and row["s_first"] != "0.000000" and wait > 0:
                waits[row["s_ip"].replace("2001:0db8:0002::0010", "[2001:db8:2::10]") + ":"
                      + row["s_port"]].append(wait)
        found = self.report.table("slowest")
        self.assertEqual({row["Server"]: row["Connections"] for row in found}, {k: len(v) for k, v in waits.items()})
        for row in found:
            values = sorted(waits[row["Server"]])
            low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
            self.assertTrue(low * 0.95 <= row["Wait, median"] <= high * 1.05)
        self.assertEqual([row["Wait, median"] for row in found], sorted((row["Wait, median"] for row in found),
                                                                        reverse=True))

    def test_http(self):
        codes, hosts, failed, waits, asked = collections.Counter(), collections.Counter(), collections.Counter(), [], {}
        for row in self.http:
            connection, time = tuple(row[:4]), float(row[4])
            if row[5] == "HTTP":
                codes[row[6]] += 1
                if connection in asked:  # else a response that was sent again
                    sent, host = asked.pop(connection)
                    waits.append((time - sent) * 1e9)
                    failed[host] += row[6][0] in "45"
            else:
                hosts[row[6]] += 1
                asked[connection] = time, row[6]
        self.assertEqual({row["Code"]: row["Responses"] for row in self.report.table("http-codes")}, dict(codes))
        found = self.report.table("http-hosts")
        self.assertEqual({row["Site"]: (row["Requests"], row["Failed"]) for row in found},
                         {host: (count, failed[host]) for host, count in hosts.items()})
        text = self.report.by_id("web").plain
        shown = float(re.search(r"half of them within ([\d.]+) ms", text)[1]) * 1e6
        self.about(shown, statistics.median(waits), 0.02)

    def test_dns(self):
        dns = [row for row in self.udp if "19" in (row["c_type"], row["s_type"])]
        found = self.report.table("resolvers")
        self.assertEqual(sum(row["Questions"] for row in found), len(dns))
        waits = [ms(row["s_first_abs"]) - ms(row["c_first_abs"]) for row in dns]
        shown = float(re.search(r"half of the answers came within ([\d.]+) ms",
                                self.report.by_id("dns").plain)[1]) * 1e6
        self.about(shown, statistics.median(waits), 0.02)

    def test_voice(self):
        streams = []  # of log_mm_complete, without a header: docs/logs/log_mm_complete.md
        for row in self.media:
            for at in (1, len(row) // 2 + 1):
                if row[at] == "3":
                    streams.append((int(row[at + 4]), float(row[at + 6]) * 1e6))
        found = self.report.table("streams")
        self.assertEqual(sorted(row["Packets"] for row in found), sorted(packets for packets, _ in streams))
        self.assertEqual({round(row["Jitter"], -3) for row in found}, {round(jitter, -3) for _, jitter in streams})
        self.assertEqual({row["Payload"] for row in found}, {"PCMU"})

    def test_throughput(self):
        text = self.report.figure("throughput")
        mean = re.search(r"in ([\d.]+) kbit/s on average", text)
        total = sum(int(row["s_bytes_all"]) if row["c_isint"] == "1" else int(row["c_bytes_all"])
                    for row in self.all_flows())
        steps = {"100 ms": 0.1, "500 ms": 0.5, "1 s": 1, "5 s": 5, "10 s": 10, "30 s": 30, "1 min": 60, "5 min": 300,
                 "10 min": 600, "30 min": 1800, "1 h": 3600, "3 h": 10800, "6 h": 21600, "1 d": 86400}
        step = steps[re.search(r"in steps of ([^:]*):", text)[1]]
        span = self.report.cards()["Time"][0] / 1e9
        # Bins begin before the first flow and end after the last one.
        low, high = total * 8 / (span + 2 * step) / 1000, total * 8 / span / 1000
        shown = float(mean[1]) if mean else float(re.search(r"in ([\d.]+) bit/s", text)[1]) / 1000
        self.assertTrue(low * 0.99 <= shown <= high * 1.01, (low, shown, high))


class OfATrace(WithReports):
    def test_it_says_what_its_logs_say(self):
        analyse(self.folder, TRACES / "mixed.pcap")
        of_logs = self.page(self.folder / "out", "--samples", 1)
        of_trace = self.page("-N", NETWORKS, TRACES / "mixed.pcap", "--samples", 1)
        tables = [e.attributes["id"] for e in of_logs.root.all("table") if e.attributes["id"] != "rows"]
        self.assertGreater(len(tables), 12)
        for identifier in tables:
            for one, other in zip(of_logs.table(identifier), of_trace.table(identifier), strict=True):
                for head, value in one.items():
                    if isinstance(value, str):
                        self.assertEqual(value, other[head], identifier)
                    else:  # a log's milliseconds have six digits
                        self.assertLessEqual(abs(value - other[head]), 0.001 * abs(value) + 1, (identifier, head))
        self.assertEqual({name: card[1] for name, card in of_logs.cards().items()},
                         {name: card[1] for name, card in of_trace.cards().items()})
        self.assertEqual(of_logs.findings(), of_trace.findings())
        self.assertIn("1 trace: 1,605 packets.", of_trace.by_id("reading").plain)
        self.assertIn("8 not IP and 17 not TCP or UDP", of_trace.by_id("reading").plain)

    def test_profile_33(self):
        page = self.page("--profile", "3.3", "-N", NETWORKS, TRACES / "voice.pcap")
        streams = page.table("streams")
        other = self.page("-N", NETWORKS, TRACES / "voice.pcap").table("streams")
        self.assertEqual(sorted(row["From"] for row in streams), sorted(row["From"] for row in other))
        self.assertEqual({row["Payload"] for row in streams}, {"PCMU"})
        self.assertTrue(self.page("--profile", "3.3", "-N", NETWORKS, TRACES / "web.pcap").has("resolvers"))

    def test_errors_of_dns(self):
        header = ("#c_ip:1 c_port:2 c_isint:3 c_iscrypto:4 s_ip:5 s_port:6 s_isint:7 s_iscrypto:8 time:9 entry:10 "
                  "trans_id:11 query:12 ttl:13 class:14 type:15 answer:16 flags:17 qdcount:18 ancount:19 nscount:20 "
                  "arcount:21 pkt_size:22")
        row = "10.0.0.2 5000 1 0 198.51.100.53 53 0 0 1795498831896.687012 {} 0x1234 {} - IN A {} 0x08 1 0 0 0 34"
        lines = [row.format("REQ", "no.example.test.", "-"), row.format("RESP_ERR", "no.example.test.", "NXDOMAIN"),
                 row.format("RESP_ERR", "no.example.test.", "NXDOMAIN"), row.format("RESP_ERR", "a.example.test.",
                                                                                    "SERVFAIL")]
        (self.folder / "log_dns_complete").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        page = self.page(self.folder / "log_dns_complete")
        self.assertEqual([(row["Error"], row["Answers"]) for row in page.table("dns-errors")],
                         [("NXDOMAIN: no such name", 2), ("SERVFAIL: server failure", 1)])
        self.assertEqual(page.table("dns-failing"), [{"Name": "no.example.test.", "Errors": 2},
                                                     {"Name": "a.example.test.", "Errors": 1}])

    def test_networks(self):
        inside = self.page("-N", "10.0.0.0/8, 2001:db8:1::/48", TRACES / "mixed.pcap")
        of_file = self.page("-N", NETWORKS, TRACES / "mixed.pcap")
        self.assertEqual(inside.cards(), of_file.cards())
        self.assertIn("from servers", self.page(TRACES / "mixed.pcap").cards()["Payload"][1])  # all are inside


if __name__ == "__main__":
    unittest.main()
