# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of each view for docs/viewer."""
import shutil, subprocess

from chromium import until
from viewer_case import IDX, LENGTH, NORTH, SPAN, Session, address, load_pictures


def look_at(card):
    """With the cross-hair of a graph, two thirds through it."""
    browser = Session.browser
    left, top, width, height = browser.js("((r) => [r.left, r.top, r.width, r.height])"
                                          "(document.querySelectorAll('.card img')[arguments[0]].getBoundingClientRect())", card)
    browser.pointer((left + width * 0.65, top + height / 3))
    until(lambda: browser.js("document.querySelector('.readout:not([hidden])') !== null"), "a read-out")


def show_help():
    Session.browser.press("?")
    until(lambda: Session.browser.js("document.querySelector('dialog').open"), "help")


def unfold(css):
    Session.browser.js("document.querySelectorAll(arguments[0]).forEach((d) => { d.open = true; })", css)


def on_paper():
    Session.browser.cdp("Emulation.setEmulatedMedia", media="print", features=[])


# Name: parameters, width, height, dark, what else is done.
VIEWS = {
    "probes": ("", 1280, 800, False, None),
    "folder": ("dir=Campus", 1280, 800, True, None),
    "first": (NORTH, 1280, 2100, False, None),
    "first-dark": (NORTH, 1280, 1250, True, None),
    "first-phone": (NORTH, 390, 1700, False, None),
    "first-wall": (NORTH, 3840, 2160, True, None),
    "first-print": (NORTH, 900, 1270, False, on_paper),
    "search": (NORTH + "&search=flow", 1280, 760, True, None),
    "template": (IDX, 1280, 900, False, lambda: look_at(0)),
    "time-dark": (LENGTH + "&duration=1w", 1920, 1080, True, None),
    "span": (IDX + SPAN, 1280, 900, False, None),
    "normalised": (NORTH + "&var=ip_bitrate&template=normidx&direction=in", 1280, 800, False, None),
    "high-frequency": (LENGTH + "&template=prc&hifreq=true&direction=in", 1280, 800, False, None),
    "log": (IDX + "&logscale=true&direction=in", 1280, 800, False, None),
    "limits": (IDX + "&yauto=false&ymin=0&ymax=500000&direction=in", 1280, 800, True, None),
    "describe": (LENGTH + "&template=prc&describe=true", 1280, 900, False, None),
    "command": (IDX + "&advcmd=true", 1280, 760, False, None),
    "keep": (IDX + "&bigpic=false", 1280, 900, False, lambda: unfold(".keep")),
    "gallery": ("gallery_show=1", 1280, 760, False, None),
    "gallery-dark": ("gallery_show=1", 1280, 760, True, lambda: unfold(".remove")),
    "programs": ("view=api", 1280, 900, False, None),
    "error": ("dir=Campus/West", 1280, 500, False, None),
    "keys": (IDX, 1280, 760, True, show_help),
    "phone": (IDX, 390, 1100, False, None),
}


def take(folder, names):
    """Few colours: they are for a page about the viewer."""
    browser = Session.browser
    folder.mkdir(parents=True, exist_ok=True)
    for name, (query, width, height, dark, then) in VIEWS.items():
        if names and name not in names:
            continue
        browser.screen(width, height, dark)
        browser.go(address(query))
        load_pictures(browser)
        if then:
            then()
        path = folder / f"{name}.png"
        browser.picture(path, height)
        browser.cdp("Emulation.setEmulatedMedia", media="", features=[])
        if pngquant := shutil.which("pngquant"):
            subprocess.run([pngquant, "--force", "--skip-if-larger", "--strip", "--speed", "1", "--output", path, "96", path],
                           check=False)
