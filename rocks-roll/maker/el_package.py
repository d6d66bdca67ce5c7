# SPDX-License-Identifier: BSD-3-Clause
"""Package tstat for Enterprise Linux 9 without Rocks: what the roll has in /opt/tstat, with the units of today's systemd, the
services' user, and links where such a system looks for commands and their pages."""
from __future__ import annotations

import os
import pathlib
import re
import shutil

from maker import tstat_package
from maker.rpm_build import Package
from maker.settings import REPOSITORY, ROLL_DIRECTORY, RollError, Settings

DISTRIBUTION = "el9"
# Its Python 3.9 runs this one, too.
PROGRAMS = (*tstat_package.PROGRAMS, "tstat-drop-days")
UNITS = ("tstat.service", "tstat-ship.service", "tstat-rrd-cgi.service", "tstat-rrd-cgi.socket")
LINKED = (("bin", "usr/bin"), *((f"share/man/man{n}", f"usr/share/man/man{n}") for n in (1, 3, 5)),
          ("share/bash-completion/completions", "usr/share/bash-completion/completions"))
# Loaded when they are asked for. Databases are asked for often.
RELATIONS = ("Requires(pre): shadow-utils", "Recommends: librrd.so.8()(64bit)", "Suggests: libcurl.so.4()(64bit)",
             "Suggests: librabbitmq.so.4()(64bit)", "Suggests: librdkafka.so.1()(64bit)", "Suggests: libmicrohttpd.so.12()(64bit)")


def adapt_unit(text: str) -> str:
    text = re.sub(r"^EnvironmentFile=-/usr/local/.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^ExecStart=(?=tstat)", "ExecStart=/opt/tstat/bin/", text, flags=re.MULTILINE)
    text = tstat_package.with_own_paths(text).replace("/usr/lib/cgi-bin/", "/opt/tstat/lib/cgi-bin/")
    text = re.sub(r"-/etc/tstat$", "-/opt/tstat/etc/tstat", text, flags=re.MULTILINE)
    return text.replace("Web servers of Debian run as www-data.", "Apache runs as this group.").replace("www-data", "apache")


def stage(settings: Settings, to: pathlib.Path, work: pathlib.Path) -> None:
    if not settings.portable:
        raise RollError("the package for Enterprise Linux is made of the portable build: PORTABLE=DIR")
    prefix = to / tstat_package.PREFIX
    tstat_package.stage_prefix(settings, prefix, work, PROGRAMS)
    source = REPOSITORY / "packaging" / "systemd"
    units = to / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    has_viewer = (prefix / "lib/cgi-bin/tstat_rrd.cgi").is_file()
    for name in UNITS:
        if has_viewer or "cgi" not in name:
            (units / name).write_text(adapt_unit((source / name).read_text(encoding="utf-8")), encoding="utf-8")
    for path, target in ((source / "tstat.sysusers", "usr/lib/sysusers.d/tstat.conf"),
                         (ROLL_DIRECTORY / "src/tstat/ld.conf", "etc/ld.so.conf.d/tstat.conf")):
        (to / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to / target)
    for folder, links in LINKED:
        for path in sorted((prefix / folder).glob("*")):
            (to / links).mkdir(parents=True, exist_ok=True)
            os.symlink(os.path.relpath(path, to / links), to / links / path.name)


def package(settings: Settings, variables: dict[str, str]) -> Package:
    own = ROLL_DIRECTORY / "src" / "tstat" / DISTRIBUTION
    return Package(variables["NAME"], settings.version, f"{settings.release}.{DISTRIBUTION}", variables["ARCH"], variables["SUMMARY"],
                   requirements=True, relations=RELATIONS,
                   shared=("/opt", "/etc/ld.so.conf.d", "/usr/lib/systemd/system", "/usr/lib/sysusers.d",
                           *(f"/{links}" for _, links in LINKED)),
                   configuration=(f"/{tstat_package.PREFIX}/tstat-conf/", f"/{tstat_package.PREFIX}/etc/tstat/"),
                   scripts={name: (own / f"{name}.sh").read_text(encoding="utf-8") for name in ("pre", "post", "preun", "postun")})
