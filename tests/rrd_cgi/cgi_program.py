# SPDX-License-Identifier: BSD-3-Clause
"""The viewer run as a CGI program, databases for it, and pictures as rows of pixels: for tests."""
import functools, json, os, pathlib, shutil, struct, subprocess, tempfile, zlib

LAST = 1500006000
STEP = 300


def rrdtool(*arguments):
    done = subprocess.run(["rrdtool", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"rrdtool {' '.join(map(str, arguments))[:300]}: {done.stderr}")
    return done.stdout


def make_database(trace, name, values):
    """HISTOGRAM.STATISTIC with a value for each of the last steps; None: unknown."""
    trace.mkdir(parents=True, exist_ok=True)
    file = trace / f"{name}.rrd"
    begin = LAST - STEP * len(values)
    rrdtool("create", file, "--step", STEP, "--start", begin, f"DS:{name.split('.')[0]}:GAUGE:{2 * STEP}:U:U",
            "RRA:AVERAGE:0.5:1:600", "RRA:AVERAGE:0.5:6:700", "RRA:AVERAGE:0.5:24:775", "RRA:AVERAGE:0.5:288:797")
    known = [(begin + STEP * (i + 1), "U" if v is None else v) for i, v in enumerate(values)]
    for i in range(0, len(known), 500):
        rrdtool("update", file, *(f"{time}:{value}" for time, value in known[i:i + 500]))
    return file


class Viewer:
    """A data root in a temporary directory, and the program."""

    def __init__(self, program, *settings):
        self.program = program
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-viewer-"))
        self.data = self.work / "rrd_data"
        for directory in ("rrd_data", "images", "gallery"):
            (self.work / directory).mkdir()
        self.settings = self.work / "rrd-cgi.conf"
        self.configure(*settings)

    def configure(self, *settings):
        lines = [f"data_root = {self.data}", f"image_dir = {self.work}/images", f"gallery_dir = {self.work}/gallery"]
        self.settings.write_text("\n".join([*lines, *settings]) + "\n")

    def get(self, query="", path="", method="GET", body=b"", **variables):
        """(status, headers, body) of a request."""
        environment = dict(PATH=os.environ.get("PATH", ""), TZ="UTC", TSTAT_RRD_CGI_CONF=str(self.settings),
                           GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD=method, SCRIPT_NAME="/tstat/tstat_rrd.cgi",
                           QUERY_STRING=query, PATH_INFO=path, REMOTE_ADDR="127.0.0.1", **variables)
        for name in ("HOME", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "FONTCONFIG_FILE", "FONTCONFIG_PATH"):
            if name in os.environ:
                environment[name] = os.environ[name]
        if method == "POST":
            environment.setdefault("CONTENT_LENGTH", str(len(body)))
        done = subprocess.run([self.program], input=body, capture_output=True, env=environment, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{query}: exit status {done.returncode}: {done.stderr.decode(errors='replace')}")
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return int(headers["Status"].split()[0]), headers, content

    def json(self, query):
        """The page model, or the numbers, whatever the status."""
        return json.loads(self.get(query)[2])

    def close(self):
        shutil.rmtree(self.work)


class Picture:
    """The pixels of a PNG with 8 bits a channel (RFC 2083)."""

    def __init__(self, png):
        assert png[:8] == b"\x89PNG\r\n\x1a\n", png[:40]
        at, data = 8, b""
        while at < len(png):
            size, kind = struct.unpack(">I4s", png[at:at + 8])
            content = png[at + 8:at + 8 + size]
            if kind == b"IHDR":
                width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", content)
                assert depth == 8 and interlace == 0 and colour in (2, 6), (depth, interlace, colour)
            elif kind == b"IDAT":
                data += content
            at += 12 + size
        self.size = width, height
        self.channels = 4 if colour == 6 else 3
        self.filtered = zlib.decompress(data)

    @functools.cached_property
    def rows(self):
        """Of RGBA."""
        line, rows = self.channels * self.size[0], []
        before = bytearray(line)
        for begin in range(0, len(self.filtered), line + 1):
            row = unfiltered(self.filtered[begin], bytearray(self.filtered[begin + 1:begin + 1 + line]), before, self.channels)
            rows.append(bytes(row) if self.channels == 4 else
                        b"".join(bytes(row[i:i + 3]) + b"\xff" for i in range(0, line, 3)))
            before = row
        return rows

    def __eq__(self, other):
        # The same bytes in the same form are the same pixels, which need not be looked at one by one.
        return self.size == other.size and (
            (self.channels == other.channels and self.filtered == other.filtered) or self.rows == other.rows)


def unfiltered(kind, row, above, channels):
    for i in range(len(row)):
        left = row[i - channels] if i >= channels else 0
        up, corner = above[i], above[i - channels] if i >= channels else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        elif kind == 4:
            p = left + up - corner
            guess = min((left, up, corner), key=lambda q: abs(p - q))
        else:
            break
        row[i] = (row[i] + guess) & 255
    return row
