# SPDX-License-Identifier: BSD-3-Clause
"""Databases of more than a year, as `tstat -R CONF -r DIR` would have filled them: same names, archives and sizes, values
by random walks. In a second, since all are copies of a few, under other names.

    year.make("data/Lab", "packaging/etc/rrd.conf")
"""
import pathlib, random, re, subprocess, tempfile

LAST = 1700000100
SOURCE_BYTES = 20  # of the name of a data source, in a file
KINDS = 8


def names(configuration):
    """(histogram, suffix) of each database."""
    for line in pathlib.Path(configuration).read_text().splitlines():
        histogram, *wanted = line.split("#")[0].split() or [None]
        for what in wanted:
            kind, _, values = what.partition(":")
            for value in values.split(",") if values else ([] if kind in ("idx", "prc") else [""]):
                yield histogram, kind + ("oth" if value == "other" else value)


def _kinds(work):
    source = "s" * (SOURCE_BYTES - 1)
    first = work / "first.rrd"
    subprocess.run(["rrdtool", "create", first, "--step", "300", "--start", str(LAST - 600), f"DS:{source}:GAUGE:600:U:U",
                    *(f"RRA:AVERAGE:0.5:{steps}:{rows}" for steps, rows in ((1, 600), (6, 700), (24, 775), (288, 797)))],
                   check=True)
    subprocess.run(["rrdtool", "update", first, f"{LAST - 300}:1", f"{LAST}:2"], check=True)
    dump = subprocess.run(["rrdtool", "dump", first], capture_output=True, text=True, check=True).stdout
    for number in range(KINDS):
        dice, level = random.Random(number), 1e6 / 4 ** number

        def value(_, at=[level]):
            at[0] = max(level / 20, at[0] + dice.uniform(-level, level) / 12)
            return f"<v>{at[0]:.10e}</v>"
        (work / "kind.xml").write_text(re.sub(r"<v>[^<]*</v>", value, dump))
        subprocess.run(["rrdtool", "restore", "--force-overwrite", work / "kind.xml", work / "kind.rrd"], check=True)
        yield (work / "kind.rrd").read_bytes(), source.encode()


def make(folder, configuration):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        kinds = list(_kinds(pathlib.Path(work)))
    count = 0
    for count, (histogram, suffix) in enumerate(names(configuration), 1):
        content, source = kinds[count % KINDS]
        name = histogram.encode().ljust(SOURCE_BYTES, b"\0")
        (folder / f"{histogram}.{suffix}.rrd").write_bytes(content.replace(source + b"\0", name, 1))
    return count
