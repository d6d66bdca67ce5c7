# SPDX-License-Identifier: BSD-3-Clause
"""Targets of the Makefile. Variables come as environment (maker/settings.py)."""
from __future__ import annotations

import fcntl
import os
import pathlib
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maker import disk, el_package, guide_package, other_packages, payloads, profile, rpm_build, tstat_package
from maker.settings import ROLL_DIRECTORY, SITE_PACKAGES, RollError, Settings, read_variables, say, warn

HELP = """\
make [TARGET] [VARIABLE=VALUE]...

  roll            the disk, tstat-VERSION-RELEASE.x86_64.disk1.iso (default)
  check           the disk as a frontend takes it, by rule; ISO=FILE: another one
  reroll          the disk anew from the packages in RPMS
  profile         the package of the profile only
  el              tstat for Enterprise Linux 9 without Rocks, tstat-VERSION-RELEASE.el9.x86_64.rpm
  rpm PACKAGE=P   one package, P a directory of src (or: make -C src/P rpm)
  verifydownload  which payloads are there, and whether they are what they should be
  clean           removes what was made
  help            this text

  PORTABLE=DIR    what packaging/portable installed: for CentOS 6 and 7
  NATIVE=1        the build in build/release instead (RELEASE_BUILD=DIR: another one), for this system only
  PAYLOADS=DIR    what others made, by the names of payloads.tsv; default: payloads
  STRICT=1        a payload that is not right is an error, not left out
  GUIDE=DIR       a guide that was made before, in place of what docs/guide makes: HTML, a PDF with weasyprint, a reference with doxygen
  PDF=0           without that PDF, which takes a minute
  OUT=DIR         where packages and the disk go; default: here
  RELEASE=N       the release of the roll's own packages
  PYTHON=COMMAND  Python 3.9 or later; default: python3
  JQ_CC=COMMAND   the compiler for jq
  SOURCE_DATE_EPOCH=SECONDS  the time of everything; default: that of the last commit
"""


@contextmanager
def alone(settings: Settings) -> Iterator[pathlib.Path]:
    """One build at a time in a directory; others wait. What it needs meanwhile is below BUILD, and goes."""
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
        lock = (settings.out / ".lock").open("w")
    except OSError as error:
        raise RollError(f"{settings.out}: {error.strerror} (OUT=DIR: another directory)") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work = settings.out / "BUILD"
        shutil.rmtree(work, ignore_errors=True)  # of a build that was interrupted
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def variables_of(package: str) -> dict[str, str]:
    known = sorted(p.name for p in (ROLL_DIRECTORY / "src").iterdir())
    if package not in known:
        raise RollError(f"there is no package '{package}': {', '.join(known)}")
    return read_variables(ROLL_DIRECTORY / "src" / package / "version.mk")


def build_payload(settings: Settings, name: str, sources: list[pathlib.Path], work: pathlib.Path) -> None:
    if name == "influxdata":
        other_packages.take_rpms(settings, sources)
        return
    variables, tree = variables_of(name), work / name / "tree"
    tree.mkdir(parents=True)
    if name == "fdt":
        other_packages.stage_fdt(sources[0], tree)
        shared: tuple[str, ...] = ("/opt",)
    elif name == "jq":
        other_packages.stage_jq(settings, sources[0], tree)
        shared = ("/opt",)
    else:
        other_packages.stage_python(sources[0], variables, tree)
        shared = (SITE_PACKAGES, "/opt/python/bin")
    say(str(rpm_build.build(settings, other_packages.described(variables, shared), tree).relative_to(settings.out)))


def build_tstat(settings: Settings, work: pathlib.Path) -> None:
    tree = work / "tstat" / "tree"
    tree.mkdir(parents=True)
    tstat_package.stage(settings, tree, work / "tstat")
    say(str(rpm_build.build(settings, tstat_package.package(settings, variables_of("tstat")), tree).relative_to(settings.out)))


def on_disk(settings: Settings) -> list[tuple[str, str, str]]:
    """Name, version and summary of what goes on the disk, without the profile."""
    summaries = {v["NAME"]: v["SUMMARY"] for p in (ROLL_DIRECTORY / "src").glob("*/version.mk") for v in [read_variables(p)]}
    found = []
    for path in disk.choose(settings):
        name, version, _ = path.name.rsplit("-", 2)
        if name != f"roll-{settings.name}-kickstart":
            found.append((name, version, summaries.get(name, "as InfluxData made it")))
    return found


def build_guide(settings: Settings, work: pathlib.Path) -> None:
    variables, tree = variables_of("guide"), work / "guide" / "tree"
    tree.mkdir(parents=True)
    listed = [p for p in on_disk(settings) if p[0] != variables["NAME"]] + [(variables["NAME"], settings.version, variables["SUMMARY"])]
    guide_package.stage(settings, sorted(listed), tree, work / "guide")
    say(str(rpm_build.build(settings, guide_package.package(settings, variables), tree).relative_to(settings.out)))


def build_profile(settings: Settings, work: pathlib.Path) -> None:
    tree = work / "profile"
    profile.stage(settings, {name for name, _, _ in on_disk(settings)}, tree)
    say(str(rpm_build.build(settings, profile.package(settings), tree).relative_to(settings.out)))


def make_roll(settings: Settings, work: pathlib.Path) -> None:
    shutil.rmtree(settings.out / "RPMS", ignore_errors=True)
    build_tstat(settings, work)
    for name, sources in sorted(payloads.collect(settings).items()):
        for part in [[one] for one in sources] if name == "influxdata" else [sources]:
            try:
                build_payload(settings, name, part, work)
            except RollError as error:
                if settings.strict:
                    raise
                warn(f"{', '.join(p.name for p in part)}: left out: {error}")
    build_guide(settings, work)
    make_again(settings, work)


def make_again(settings: Settings, work: pathlib.Path) -> None:
    for path in (settings.out / "RPMS").glob(f"noarch/roll-{settings.name}-kickstart-*.rpm"):
        path.unlink()
    build_profile(settings, work)
    say(str(disk.make(settings)))


def build_el(settings: Settings, work: pathlib.Path) -> None:
    """Beside the disk, not in RPMS: no roll has it."""
    tree = work / "tstat" / "tree"
    tree.mkdir(parents=True)
    el_package.stage(settings, tree, work / "tstat")
    say(str(rpm_build.build(settings, el_package.package(settings, variables_of("tstat")), tree, settings.out)))


def make_one(settings: Settings, work: pathlib.Path) -> None:
    name = os.environ.get("PACKAGE", "")
    if name == "tstat":
        build_tstat(settings, work)
    elif name == "guide":
        build_guide(settings, work)
    else:
        variables_of(name)
        sources = payloads.collect(settings).get(name)
        if not sources:
            raise RollError(f"{name}: its payload is not in {settings.payloads}, or is not what it should be")
        build_payload(settings, name, sources, work)


def clean(settings: Settings) -> None:
    for name in ("RPMS", "BUILD", "SOURCES", "disk1"):
        shutil.rmtree(settings.out / name, ignore_errors=True)
    made = ("-*.disk1.iso", f"-*.{el_package.DISTRIBUTION}.x86_64.rpm")
    files = [path for end in made for path in settings.out.glob(settings.name + end)]
    files += [*settings.out.glob(f".{settings.name}-*.part"), settings.out / f"roll-{settings.name}.xml", settings.out / ".lock"]
    for path in files:
        path.unlink(missing_ok=True)


TARGETS: dict[str, Callable[[Settings, pathlib.Path], None]] = {
    "roll": make_roll, "reroll": make_again, "profile": build_profile, "rpm": make_one, "el": build_el}


def main(arguments: list[str]) -> int:
    if arguments in ([], ["--help"]):
        print(HELP, end="")
        return 0
    if sys.version_info < (3, 9):
        raise RollError("Python 3.9 is needed (PYTHON=python3.11: another one)")
    target = arguments[0]
    settings = Settings.from_environment(dict(os.environ))
    if target in TARGETS:
        with alone(settings) as work:
            TARGETS[target](settings, work)
    elif target == "verifydownload":
        return 0 if payloads.report(settings) else 1
    elif target == "take":
        return 0 if payloads.take_from(settings, pathlib.Path(arguments[1])) else 1
    elif target == "download":
        return 0 if payloads.download(settings) else 1
    elif target == "check":
        from checker.__main__ import check
        return check([os.environ["ISO"] if os.environ.get("ISO") else str(settings.iso)])
    elif target == "clean":
        clean(settings)
    else:
        raise RollError(f"there is no target {target}")
    return 0


def interrupted(number: int, _frame: object) -> None:
    raise SystemExit(f"make roll: interrupted ({signal.Signals(number).name})")


if __name__ == "__main__":
    # What is made meanwhile goes, here and in the directory for what is temporary.
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(one) != signal.SIG_IGN:
            signal.signal(one, interrupted)
    try:
        sys.exit(main(sys.argv[1:]))
    except RollError as error:
        print(f"make roll: {error}", file=sys.stderr)
        sys.exit(1)
    except shutil.Error as error:  # of a whole tree: of each file its two names and why
        print(f"make roll: {error.args[0][-1][2]}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"make roll: {error.filename2 or error.filename or ''}: {error.strerror}", file=sys.stderr)
        sys.exit(1)
