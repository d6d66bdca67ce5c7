# SPDX-License-Identifier: BSD-3-Clause
"""The page in a browser: it says nothing on the console, asks for nothing, fits its window from telephone to desk, is
readable in light and dark, and prints.

usage: browser_test.py [--pictures FOLDER]      exit status 77 (skipped for ctest) without chromium and chromedriver
"""

import argparse
import base64
import pathlib
import sys
import unittest

from reports import NETWORKS, SOURCE, TRACES, WithReports, run

sys.path.append(str(SOURCE / "tests/rrd_cgi/browser"))
from chromium import CHROMIUM, DRIVER, Browser  # noqa: E402

PICTURES = None

# What is shown on what, as in WCAG 2.1: the smallest contrast of all texts, and whose it is.
CONTRAST = """(() => {
  const light = (c) => { const v = c / 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const luminance = (rgb) => 0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]);
  const numbers = (text) => (text.match(/[0-9.]+/g) || []).map(Number);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  let worst = [99, ""];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (e.tagName === "title" || e.tagName === "desc") continue;
    const style = getComputedStyle(e), svg = e.namespaceURI.endsWith("svg");
    const a = luminance(numbers(svg ? style.fill : style.color)), b = luminance(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.tagName + " " + e.textContent.slice(0, 40)];
  }
  return worst;
})()"""

# The figures that do not fit their cards, when the first one is as long as that of a day.
FIGURES_THAT_OVERFLOW = """(() => {
  document.querySelector(".cards .figure").textContent = "23\\u00a0h\\u00a059\\u00a0min";
  return [...document.querySelectorAll(".cards .figure")].filter((figure) => {
    const range = document.createRange();
    range.selectNodeContents(figure);
    return range.getBoundingClientRect().right > figure.getBoundingClientRect().right + 0.5;
  }).map((figure) => figure.textContent);
})()"""


class InABrowser(WithReports):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.folder / "report.html"
        assert run("-N", NETWORKS, TRACES / "mixed.pcap", TRACES / "bulk-lossy.pcap", "-o", cls.file, "--samples",
                   1)[0] == 0
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.quit)

    def show(self, width, **options):
        self.browser.screen(width, **options)
        self.browser.go(self.file.as_uri())

    def picture(self, name):
        if PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.browser.picture(PICTURES / f"{name}.png", min(self.browser.js("document.documentElement.scrollHeight"),
                                                               9000))

    def test_nothing_is_said_and_asked_for(self):
        self.show(1280)
        self.assertEqual(self.browser.messages(), [])
        self.assertEqual(self.browser.js("performance.getEntriesByType('resource').map((e) => e.name)"
                                         ".filter((name) => !name.startsWith('data:'))"), [])
        # The style is taken, although the policy forbids all that it does not name; what it does not name is not.
        self.assertEqual(self.browser.js("getComputedStyle(document.querySelector('.cards')).display"), "grid")
        self.browser.js("(() => { const s = document.createElement('img'); s.src = 'http://127.0.0.1:9/x.png';"
                        " document.body.append(s); })()")
        self.browser.later("new Promise((done) => setTimeout(done, 200))")
        self.assertIn("Content Security Policy", " ".join(self.browser.messages()))

    def test_it_fits_and_is_readable(self):
        for width, darks in ((320, (False,)), (390, (False, True)), (768, (False,)), (1280, (False, True)),
                             (2560, (False,))):
            for dark in darks:
                self.show(width, dark=dark)
                self.picture(f"{width}{'-dark' if dark else ''}")
                self.assertLessEqual(self.browser.js("document.documentElement.scrollWidth"), width)
                self.assertEqual(self.browser.messages(), [])
                self.assertEqual(self.browser.js(FIGURES_THAT_OVERFLOW), [], width)
                ratio, text = self.browser.js(CONTRAST)
                self.assertGreaterEqual(ratio, 4.5, f"{text} at {width}, dark: {dark}")
        # Texts of charts keep within them, and do not meet.
        self.show(390)
        outside = self.browser.js("""[...document.querySelectorAll("svg.chart")].flatMap((svg) => {
            const box = svg.getBoundingClientRect();
            const texts = [...svg.querySelectorAll("text")].map((t) => t.getBoundingClientRect());
            return texts.filter((t) => t.left < box.left - 1 || t.right > box.right + 1)
              .concat(texts.filter((t) => t.top < box.top - 1 || t.bottom > box.bottom + 1))
              .concat(texts.filter((t, i) => texts.some((o, j) => j > i &&
                                                        t.left < o.right - 1 && o.left < t.right - 1 &&
                                                        t.top < o.bottom - 2 && o.top < t.bottom - 2)))
              .map((t) => svg.querySelector("title").textContent); })""")
        self.assertEqual(outside, [])

    def test_keys_and_names(self):
        self.show(1280)
        tree = self.browser.cdp("Accessibility.getFullAXTree")["nodes"]
        named = {(node.get("role", {}).get("value"), node.get("name", {}).get("value"))
                 for node in tree if not node.get("ignored")}
        roles = {role for role, _ in named}
        for role in ("main", "navigation", "banner", "contentinfo", "table", "columnheader", "rowheader"):
            self.assertIn(role, roles)
        for role, name in named:
            if role in ("link", "region", "image", "img", "table"):
                self.assertTrue(name, role)
        self.browser.press("Tab")
        self.assertEqual(self.browser.js("document.activeElement.textContent"), "To the report")

    def test_on_paper(self):
        self.show(1280, dark=True)
        pdf = base64.b64decode(self.browser.cdp("Page.printToPDF", paperWidth=8.27, paperHeight=11.69,
                                                preferCSSPageSize=True)["data"])
        if PICTURES:
            (PICTURES / "paper.pdf").write_bytes(pdf)
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertLess(pdf.count(b"/Type /Page\n"), 12)
        self.browser.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        self.assertEqual(self.browser.js("getComputedStyle(document.querySelector('nav')).display"), "none")
        self.assertEqual(self.browser.js("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.browser.size(700)  # the width of paper
        wide = self.browser.js("[...document.querySelectorAll('table')].filter((t) => t.getBoundingClientRect().right "
                               "> innerWidth).map((t) => t.id)")
        self.browser.cdp("Emulation.setEmulatedMedia", media="", features=[])
        self.assertEqual(wide, [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=pathlib.Path)
    known, rest = parser.parse_known_args()
    PICTURES = known.pictures
    if not CHROMIUM or not DRIVER:
        print("skipped: chromium or chromedriver is not installed")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *rest])
