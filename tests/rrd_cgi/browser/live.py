# SPDX-License-Identifier: BSD-3-Clause
"""Pictures and texts follow the databases."""
from chromium import until
from viewer_case import IDX, Case
from viewer_site import LAST, STEP


class Live(Case):
    """Time runs a thousand times faster here."""

    def setUp(self):
        super().setUp()
        clock = self.browser.beginning(
            "{ const slow = setTimeout; window.setTimeout = (f, ms) => slow(f, ms / 1000); const begin = Date.now(), now = Date.now; "
            "Date.now = () => begin + (now.call(Date) - begin) * 1000; window.asked = 0; const ask = fetch; "
            "window.fetch = (a, o) => { if (o) ++window.asked; return ask(a, o); }; }")
        self.enterContext(clock)
        self.open("dir=Campus/South&var=ip_len&template=idx&direction=both")
        self.browser.js("localStorage.clear()")
        self.open("dir=Campus/South&var=ip_len&template=idx&direction=both")
        self.wait_pictures()

    def test_pictures_and_texts_follow_the_databases(self):
        before = self.browser.js("[...document.images].map((i) => i.currentSrc)")
        until(lambda: self.browser.js("asked >= 2"), "requests")
        self.assertEqual(self.browser.js("[...document.images].map((i) => i.currentSrc)"), before)
        elements = self.browser.js("document.querySelectorAll('*').length")
        for update in (1, 2):
            Live.last = getattr(Live, "last", LAST) + STEP
            self.site.update("Campus/South", Live.last)
            clock = f"2024-06-02 {12 + (Live.last - LAST) // 3600:02}:{(Live.last - LAST) // 60 % 60:02} UTC"
            until(lambda: all(clock in text for text in self.texts(".graph > p:not(.files)")), clock)
            until(lambda: self.browser.js("[...document.images].every((i) => i.complete && i.src.includes('fresh='))"), "pictures")
        self.assertEqual(self.browser.js("document.querySelectorAll('*').length"), elements)
        self.assertNotEqual(self.browser.js("[...document.images].map((i) => i.currentSrc)"), before)

    def test_first_pages_follow_the_databases(self):
        """Of several probes, and of one: with figures that change, and with the same ones of later times."""
        for query, shown in (("", ".probe"), ("dir=Campus/South", ".layout")):
            self.open(query)
            self.wait_pictures()
            outline = "[...document.querySelectorAll('.layout *')].map((e) => e.tagName + '.' + e.className).join()"
            texts = "[...document.querySelectorAll('.figures > div, .now > p')].map((e) => e.innerText).join()"
            # The first answer tells what the page is; only then are pictures asked for again.
            until(lambda: self.browser.js("asked >= 2"), "requests")
            before, elements = self.browser.js(texts), self.browser.js(outline)
            for factor in (3, 3):
                pictures = self.browser.js("[...document.images].map((i) => i.currentSrc)")
                Live.last = getattr(Live, "last", LAST) + STEP
                self.site.update("Campus/South", Live.last, 1e6 * factor)
                last = f"document.querySelector('[data-last=\"{Live.last}\"]') !== null"
                until(lambda: self.browser.js(last), "the last update")
                until(lambda: self.browser.js("[...document.images].map((i) => i.currentSrc)") != pictures, "pictures")
                self.assertEqual(self.browser.js(outline), elements)
                self.assertIn("Received", self.texts(f"{shown} .figures")[-1])
            self.assertNotEqual(self.browser.js(texts), before)

    def test_can_be_switched_off_and_stays_so(self):
        self.browser.click(".live")
        asked = self.browser.js("asked")
        self.browser.later("new Promise((done) => setTimeout(done, 900000))")
        self.assertEqual(self.browser.js("asked"), asked)
        self.open(IDX)
        self.assertEqual(self.browser.js("document.querySelector('.live').ariaPressed"), "false")
        self.browser.click(".live")
        until(lambda: self.browser.js("asked >= 1"), "requests")

    def test_nothing_is_asked_while_nobody_sees_it(self):
        hide = "Object.defineProperty(document, 'visibilityState', {configurable: true, value: '%s'}) && " \
               "document.dispatchEvent(new Event('visibilitychange'))"
        self.browser.js(hide % "hidden")
        asked = self.browser.js("asked")
        self.browser.later("new Promise((done) => setTimeout(done, 900000))")
        self.assertEqual(self.browser.js("asked"), asked)
        self.browser.js(hide % "visible")
        until(lambda: self.browser.js("asked") > asked, "requests")
