#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The viewer in Chromium, behind a web server: each page, menu and control, with and without JavaScript.

usage: browser_test.py PROGRAM [--server KIND] [--axe FOLDER] [--heavy] [--screenshots DIR] [unittest arguments]

--axe: where axe-core is put by npm, as package-lock.json says. --heavy: all pages at each width, in light and dark; else some.
--screenshots: pictures of each view for docs/viewer.md; of the views that are named behind it, if there are any.
--server: as servers.py has them, such as apache-cgi.
Exit status 77 (skipped for ctest) without chromium, chromedriver, rrdtool or the web server.
"""
import argparse, os, pathlib, shutil, subprocess, sys, time, unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import chromium
import screenshots
import viewer_site
from live import Live
from pages import Pages
from script import Script
from viewer_case import Session
from viewer_site import STEP
from ways import WithoutScript, WithScript

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = (Pages, WithScript, WithoutScript, Script, Live)  # unittest finds them among this module's names


def axe_source(folder):
    """None if it cannot be had."""
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "node_modules/axe-core/axe.min.js"
    if not file.exists():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        try:
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=60,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            return None
    return file.read_text()


def why_not(options):
    """What is missing."""
    needed = {"chromium": chromium.CHROMIUM, "chromium-driver": chromium.DRIVER, "rrdtool": shutil.which("rrdtool")}
    missing = [name for name, path in needed.items() if path is None]
    if server := viewer_site.servers.missing(options.server):
        missing.append(server)
    if missing:
        return f"no {', '.join(missing)}"
    if viewer_site.servers.is_fastcgi(options.server):
        if b"FastCGI" not in subprocess.run([options.program, "--help"], capture_output=True, check=False).stdout:
            return "built without libfcgi"
    return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--server", choices=sorted(viewer_site.servers.KINDS), default="lighttpd-fastcgi")
    parser.add_argument("--axe", type=pathlib.Path)
    parser.add_argument("--heavy", action="store_true")
    parser.add_argument("--screenshots", type=pathlib.Path)
    options, rest = parser.parse_known_args()
    if missing := why_not(options):
        print(f"skipped: {missing}")
        return 77
    os.environ["TZ"] = "UTC"
    if options.screenshots and "TSTAT_SITE_LAST" not in os.environ:
        # Of a probe that is alive.
        os.environ["TSTAT_SITE_LAST"] = str(int(time.time()) // STEP * STEP)
        os.execv(sys.executable, [sys.executable, "-B", *sys.argv])
    Session.axe = axe_source(options.axe)
    Session.heavy = options.heavy
    Session.site = viewer_site.Site(options.program.resolve(), options.server)
    try:
        Session.browser = chromium.Browser()
        try:
            if options.screenshots:
                screenshots.take(options.screenshots, rest)
                return 0
            return not unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful()
        finally:
            Session.browser.quit()
    finally:
        Session.site.stop()


if __name__ == "__main__":
    sys.exit(main())
