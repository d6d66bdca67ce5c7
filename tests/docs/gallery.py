#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The pictures of docs/gallery.md are what its commands draw.

usage: gallery.py BUILD_DIR [--renew]

Each command stands above its picture. They run in a folder with the bundled traces, a made one, and the logs and histograms of a generated day;
--renew writes the pictures. Exit status 77 (skipped for ctest): another matplotlib than that of Debian 12, which draws otherwise.
"""
import os, pathlib, re, shlex, subprocess, sys, tempfile
import xml.etree.ElementTree as ElementTree

import matplotlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PICTURES = SOURCE / "docs/pictures"
MATPLOTLIB = "3.6.3"
SKIPPED = 77
MOST_BYTES = 120_000
SESSIONS = 600

sys.path.insert(0, str(SOURCE / "tests/tstat-flow"))
import conversations  # noqa: E402


def commands():
    """What draws each picture of the page."""
    text = (SOURCE / "docs/gallery.md").read_text(encoding="utf-8")
    parts, command = [], ""
    for match in re.finditer(r"(?m)^    (?P<command>tstat-.+)$|^!\[.+\]\(pictures/(?P<name>.+)\)$", text):
        command = match["command"] or command
        if match["name"]:
            parts.append((command, match["name"]))
    assert len(parts) == text.count("!["), "a picture without a command above it"
    assert all(name in shlex.split(command) or command.startswith("tstat-report") for command, name in parts), "a command writes another picture"
    return parts


def chart_of(page, chart):
    """A chart of a report as a picture of its own: with the page's style, on paper."""
    style = re.sub(r"(?ms)^@media \(prefers-color-scheme: dark\) \{.*?^\}\n", "", re.search(r"(?s)<style>(.*?)</style>", page)[1])
    svg = re.search(rf'(?s)<svg [^>]*aria-labelledby="{chart}-t.*?</svg>', page)[0]
    begin = svg.index(">") + 1
    width, height = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups()
    opening = svg[:begin].replace("<svg ", f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" ')
    # What gives the page its width is not for a picture.
    kept = "\n".join(line for line in style.splitlines() if not line.startswith(("body", "html")))
    font = '.chart text { font-family: "DejaVu Sans", sans-serif; }'
    return f'{opening}<style>\n{kept}\n{font}\n</style><rect width="100%" height="100%" fill="#ffffff"/>{svg[begin:]}\n'.encode()


def prepare(build, folder):
    """What the commands read."""
    for trace in (SOURCE / "tests/traces").glob("*.pcap"):
        (folder / trace.name).symlink_to(trace)
    (folder / "slow-reader.pcap").write_bytes(conversations.slow_reader().bytes())
    day = SOURCE / "tests/traces/day"
    (folder / "histograms.conf").write_text("include ip_len_in\ninclude ip_len_out\ninclude tcp_rtt_avg_out\n", encoding="utf-8")
    for options in (["-s", folder / "day"], ["-H", folder / "histograms.conf", "-L", "-s", folder / "histograms"]):
        with subprocess.Popen([day / "generate", "--sessions", str(SESSIONS)], stdout=subprocess.PIPE) as generator:
            subprocess.run([build / "apps/tstat-cli/tstat", "-N", day / "networks.conf", *options, "-"], stdin=generator.stdout, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main(build, renew=None):
    if matplotlib.__version__ != MATPLOTLIB:
        print(f"matplotlib is {matplotlib.__version__}, not {MATPLOTLIB}: skipped")
        return SKIPPED
    build = pathlib.Path(build).resolve()
    failures = []
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        prepare(build, folder)
        drawn = commands()
        for command, name in drawn:
            program, *arguments = shlex.split(command)
            subprocess.run([build / "apps" / program / program, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "TZ": "UTC", "COLUMNS": "80"})
            if program == "tstat-report":
                data = chart_of((folder / "report.html").read_text(encoding="utf-8"), name.removeprefix("report-").removesuffix(".svg"))
            else:
                data = (folder / name).read_bytes()
            ElementTree.fromstring(data)
            if len(data) > MOST_BYTES:
                failures.append(f"{name}: {len(data)} bytes are more than {MOST_BYTES}")
            if renew == "--renew":
                PICTURES.mkdir(exist_ok=True)
                (PICTURES / name).write_bytes(data)
            elif not (PICTURES / name).exists() or (PICTURES / name).read_bytes() != data:
                failures.append(f"{name}: is not what `{command}` draws")
    # Those of docs/accuracy.md are drawn by benchmarks/accuracy.
    others = {path.name for path in PICTURES.iterdir() if not path.name.startswith("accuracy-")} - {name for _, name in drawn}
    failures += [f"{name}: is not in the gallery" for name in sorted(others)]
    print("\n".join(failures) or f"{len(drawn)} pictures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
