# SPDX-License-Identifier: BSD-3-Clause
"""Two traces, and the viewer of them behind a web server on a free port of the loopback interface."""
import json, math, os, pathlib, shutil, subprocess, sys, tempfile, urllib.parse, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import servers

LAST = int(os.environ.get("TSTAT_SITE_LAST", 1717329600))  # 2 June 2024, 12:00 UTC
STEP = 300
DAYS = 10

# Histogram without its direction: directions, {statistic: height}.
METRICS = {
    "ip_bitrate": ("in out", {"idx0": 8e8, "idx1": 2e8, "idx2": 2e6}),
    "ip_len": ("in out", {"avg": 700, "min": 40, "max": 1500, "stdev": 300, "prc50": 600, "prc90": 1400, "prc95": 1460,
                          "idx40": 4e5, "idx1500": 6e5, "idxoth": 3e5, "hit": 13e5}),
    "ip_protocol": ("in out", {"idx1": 2e3, "idx6": 9e5, "idx17": 3e5, "idxoth": 500}),
    "L4_flow_number": ("", {"idx0": 4000, "idx1": 9000}),
    "tcp_rtt_avg": ("in out", {"avg": 40, "min": 2, "max": 300, "stdev": 35, "prc50": 25, "prc95": 120, "prc99": 200}),
    "tcp_anomalies": ("in out", {f"idx{i}": 3e4 / (1 + i) for i in range(8)}),
    "L7_TCP_num": ("in out", {f"idx{i}": 2000 / (1 + i) for i in (0, 8, 10, 25, 33, 37, 49)}),
    "L7_UDP_num": ("in out", {f"idx{i}": 1500 / (1 + i % 7) for i in (1, 2, 15, 36, 43, 45, 49)}),
    "tls_bitrate": ("in out", {f"idx{i}": 3e8 / (1 + i) for i in range(8)}),
    "web_bitrate": ("in out", {f"idx{i}": 1e8 / (1 + i) for i in range(9)}),
    "mm_avg_jitter": ("in out", {"avg": 30, "max": 90, "stdev": 12, "prc50": 25, "prc95": 70, "prc99": 85}),
    "profile_flows": ("", {"idx0": 3, "idx1": 900, "idx2": 1, "idx3": 2500}),
}


def value(name, height, time_s, seed):
    """Busy in the evening, quiet at night, with something of its own."""
    hour = time_s / 3600 % 24
    curve = 0.55 + 0.4 * math.sin((hour - 9) / 24 * 2 * math.pi)
    ripple = 0.12 * math.sin(time_s / 5000 + seed) + 0.06 * math.sin(time_s / 1300 + 3 * seed)
    return height * max(curve + ripple, 0.02)


def make_trace(folder, days=DAYS, scale=1.0):
    folder.mkdir(parents=True)
    lines = []
    begin = LAST - days * 86400
    for seed, (metric, (directions, statistics)) in enumerate(METRICS.items()):
        for direction in [f"_{d}" for d in directions.split()] or [""]:
            name = metric + direction
            share = scale * (0.4 if direction == "_out" else 1)
            for place, (statistic, height) in enumerate(statistics.items()):
                file = folder / f"{name}.{statistic}.rrd"
                lines.append(f"create {file} --step {STEP} --start {begin} DS:{name}:GAUGE:{2 * STEP}:U:U "
                             "RRA:AVERAGE:0.5:1:600 RRA:AVERAGE:0.5:6:700 RRA:AVERAGE:0.5:24:775 RRA:AVERAGE:0.5:288:797")
                times = range(begin + STEP, LAST + 1, STEP)
                values = [f"{t}:{value(name, height * share, t, seed + place):.3f}" for t in times]
                lines += [f"update {file} " + " ".join(values[i:i + 400]) for i in range(0, len(values), 400)]
    done = subprocess.run(["rrdtool", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    if "ERROR" in done.stdout:
        raise RuntimeError(done.stdout)


class Site:
    def __init__(self, program, kind):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-site-"))
        self.root = self.work / "rrd_data"
        make_trace(self.root / "Campus" / "North")
        make_trace(self.root / "Campus" / "South", days=2, scale=0.6)
        (self.root / "Campus" / "North" / "HEADER").write_text("The probe at the north gate.\n")
        (self.root / "Campus" / "North" / "README").write_text("10 Gbit/s, both directions; packets are cut at 96 bytes.\n")
        for folder in ("images", "gallery"):
            (self.work / folder).mkdir()
        settings = self.work / "rrd-cgi.conf"
        settings.write_text(f"data_root = {self.root}\nimage_dir = {self.work}/images\ngallery_dir = {self.work}/gallery\n"
                            "title = Campus network\ngallery_allow = trusted\ntrusted = 127.0.0.1\n")
        self.server = servers.start(kind, program, settings)
        self.script = self.server.address
        for statistic in ("idx", "prc"):
            self.keep(f"dir=Campus/North&var=ip_len&template={statistic}&direction=in&bigpic=false",
                      f"Length of packets by {'size' if statistic == 'idx' else 'percentile'}, for the report.")

    def keep(self, query, text):
        """The weekly graph of a page in the gallery."""
        with urllib.request.urlopen(f"{self.script}?{query}&view=json", timeout=60) as answer:
            model = json.load(answer)
        fields = {f["name"]: f["value"] for f in model["sections"][2]["keep"]["fields"]}
        form = {**fields, "gallery_token": model["gallery_token"], "gallery_save": "1", "gallery_text": text}
        urllib.request.urlopen(self.script, urllib.parse.urlencode(form).encode(), timeout=60).close()

    def update(self, trace, time_s, number=1):
        """One more value in all databases of a trace."""
        lines = [f"update {file} {time_s}:{number}" for file in sorted((self.root / trace).glob("*.rrd"))]
        subprocess.run(["rrdtool", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.work)
