# SPDX-License-Identifier: BSD-3-Clause
"""What the tests in a browser share: the site, the browser, the pages."""
import unittest, urllib.parse

from chromium import until
from viewer_site import LAST

NORTH = "dir=Campus/North"
LENGTH = NORTH + "&var=ip_len"
IDX = LENGTH + "&template=idx"
SPAN = f"&start={LAST - 36 * 3600}&end={LAST - 12 * 3600}"
WIDTHS = (360, 768, 1280, 1920, 3840)
# Name: (parameters, status).
PAGES = {
    "probes": ("", 200),
    "folder": ("dir=Campus", 200),
    "first": (NORTH, 200),
    "search": (NORTH + "&search=rtt", 200),
    "template": (IDX, 200),
    "time": (LENGTH + "&duration=1w", 200),
    "span": (LENGTH + SPAN, 200),
    "advanced": (LENGTH + "&duration=3d&describe=true&advopt=true&yauto=false&ymin=0&ymax=1000", 200),
    "high": (NORTH + "&var=ip_bitrate&template=normidx&hifreq=true&direction=in&bigpic=false", 200),
    "log": (IDX + "&logscale=true&direction=in", 200),
    "command": (IDX + "&advcmd=true", 200),
    "nothing": (NORTH + "&var=no_such_metric", 200),
    "gallery": ("gallery_show=1", 200),
    "gallery-now": ("gallery_show=1&gallery_asnow=1", 200),
    "programs": (NORTH + "&view=api", 200),
    "missing": ("dir=Campus/West", 404),
    "wrong": ("dir=Campus/North&ymin=x", 400),
}


class Session:
    """Set by browser_test.py."""
    site = browser = axe = None
    heavy = False  # everything at each width and in both colours


def address(query=""):
    return Session.site.script + (f"?{query}" if query else "")


def parameters(text):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(text).query))


def load_pictures(browser):
    """All of them, those that are loaded when they come into view, too."""
    browser.js("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
    until(lambda: browser.js("[...document.images].every((i) => i.complete)"), "pictures")


class Case(unittest.TestCase):
    script = True

    @property
    def browser(self):
        return Session.browser

    @property
    def site(self):
        return Session.site

    def setUp(self):
        self.browser.screen(1280, script=self.script)
        self.browser.messages()

    def tearDown(self):
        self.assertEqual(self.browser.messages(), [])

    def open(self, query=""):
        self.browser.go(address(query))

    def title(self):
        return self.browser.js("document.querySelector('h1').textContent")

    def texts(self, css):
        return self.browser.js("[...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim())", css)

    def seen(self, *css):
        """Those of which something is on the screen, or on paper."""
        return self.browser.js("arguments[0].filter((css) => [...document.querySelectorAll(css)].some((e) => "
                               "e.checkVisibility()))", css)

    def wait_pictures(self):
        load_pictures(self.browser)
        self.assertEqual(self.browser.js("[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src)"), [])
