#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The viewer in Chromium, behind a web server: each page at each width, in light and dark, with and without JavaScript.

usage: browser_test.py PROGRAM [--server KIND] [--axe FOLDER] [--screenshots DIR] [unittest arguments]

--axe: where axe-core is put by npm, as package-lock.json says. --screenshots: pictures of each view for docs/viewer.md.
--server: as servers.py has them, such as apache-cgi.
Exit status 77 (skipped for ctest) without chromium, chromedriver, rrdtool or the web server.
"""
import argparse, csv, io, os, pathlib, re, shutil, subprocess, sys, time, unittest, urllib.parse, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import chromium
import viewer_site
from chromium import until
from viewer_site import LAST, STEP

HERE = pathlib.Path(__file__).resolve().parent
OPTIONS = None
SITE = BROWSER = None
NORTH = "dir=Campus/North"
LENGTH = NORTH + "&var=ip_len"
IDX = LENGTH + "&template=idx"
SPAN = f"&start={LAST - 36 * 3600}&end={LAST - 12 * 3600}"
WIDTHS = (360, 768, 1280, 1920, 3840)
# Name: (parameters, status).
PAGES = {
    "probes": ("", 200),
    "first": (NORTH, 200),
    "search": (NORTH + "&search=rtt", 200),
    "template": (IDX, 200),
    "time": (LENGTH + "&duration=1w", 200),
    "span": (LENGTH + SPAN, 200),
    "advanced": (LENGTH + "&duration=3d&describe=true&advopt=true&yauto=false&ymin=0&ymax=1000", 200),
    "high": (NORTH + "&var=ip_bitrate&template=normidx&hifreq=true&direction=in&bigpic=false", 200),
    "command": (IDX + "&advcmd=true", 200),
    "nothing": (NORTH + "&var=no_such_metric", 200),
    "gallery": ("gallery_show=1", 200),
    "programs": (NORTH + "&view=api", 200),
    "missing": ("dir=Campus/West", 404),
    "wrong": ("dir=Campus/North&ymin=x", 400),
}
# In the dark the page is the same, in other colours.
AXE_CALL = """axe.run(document, {resultTypes: ['violations'],
  ...(arguments[0] ? {runOnly: {type: 'rule', values:
  ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']}} : {})}).then((found) => found.violations.map((v) =>
  v.id + ': ' + v.help + ': ' + v.nodes.map((n) => n.target + ' ' + n.failureSummary).join(' | ')))"""


def address(query=""):
    return SITE.script + (f"?{query}" if query else "")


def parameters(text):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(text).query))


class Case(unittest.TestCase):
    script = True

    def setUp(self):
        BROWSER.screen(1280, script=self.script)
        BROWSER.messages()

    def tearDown(self):
        self.assertEqual(BROWSER.messages(), [])

    def open(self, query=""):
        BROWSER.go(address(query))

    def title(self):
        return BROWSER.js("document.querySelector('h1').textContent")

    def texts(self, css):
        return BROWSER.js("[...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim())", css)

    def wait_pictures(self):
        """All of them, those that are loaded when they come into view, too."""
        BROWSER.js("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
        until(lambda: BROWSER.js("[...document.images].every((i) => i.complete)"), "pictures")
        self.assertEqual(BROWSER.js("[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src)"), [])


class Pages(Case):
    """What holds for each page."""

    def test_no_page_is_wider_than_the_screen_and_none_complains(self):
        for name, (query, status) in PAGES.items():
            with self.subTest(page=name):
                BROWSER.screen(1280)
                self.open(query)
                self.wait_pictures()
                for width in WIDTHS:
                    BROWSER.size(width)
                    wide = BROWSER.js("[document.documentElement.scrollWidth, innerWidth]")
                    self.assertEqual(wide, [width, width], width)
                said = [m for m in BROWSER.messages() if not (status != 200 and f"status of {status}" in m)]
                self.assertEqual(said, [])

    def test_axe_finds_nothing(self):
        if OPTIONS.axe_source is None:
            self.skipTest("no axe-core: npm or its registry is not there")
        with BROWSER.beginning(OPTIONS.axe_source):
            for name, (query, _) in PAGES.items():
                BROWSER.screen(1280)
                self.open(query)
                for dark in (False, True):
                    with self.subTest(page=name, dark=dark):
                        BROWSER.screen(360 if dark else 1280, dark=dark)
                        self.assertEqual(BROWSER.later(AXE_CALL, dark), [])
            with self.subTest(page="help"):
                self.open(NORTH)
                BROWSER.press("?")
                until(lambda: BROWSER.js("document.querySelector('dialog[open]') !== null"), "help")
                self.assertEqual(BROWSER.later(AXE_CALL, False), [])
        BROWSER.messages()  # pages with an error status

    def test_print_shows_graphs_only(self):
        self.open(IDX)
        BROWSER.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        try:
            seen = BROWSER.js("['.menus', '.controls', '.tools', '.files', '.places', '.graph', 'h1'].filter((css) => "
                              "document.querySelector(css).getClientRects().length)")
            self.assertEqual(seen, [".graph", "h1"])
        finally:
            BROWSER.cdp("Emulation.setEmulatedMedia", media="", features=[])

    def test_focus_is_seen(self):
        self.open(IDX)
        stops = set()
        for _ in range(60):
            BROWSER.press("Tab")
            tag, outline, style, skip = BROWSER.js(
                "((e) => [e.tagName + e.className + e.textContent.slice(0, 20), parseFloat(getComputedStyle(e).outlineWidth), "
                "getComputedStyle(e).outlineStyle, e === document.body])(document.activeElement)")
            if skip:
                break
            stops.add(tag)
            self.assertGreaterEqual(outline, 2, tag)
            self.assertNotEqual(style, "none", tag)
        self.assertGreater(len(stops), 20)


class Ways:
    """Each menu and control; the same with JavaScript and without."""

    def follow(self, text, css="a"):
        found = BROWSER.command("/elements", using="css selector", value=css)
        texts = self.texts(css)
        BROWSER.click(found[texts.index(text)])

    def test_from_the_traces_to_a_graph(self):
        self.open()
        self.assertEqual(self.texts(".probe h2 a"), ["Campus/North", "Campus/South"])
        self.wait_pictures()
        self.follow("Campus/South", ".probe h2 a")
        self.assertEqual(self.title(), "Campus/South")
        self.wait_pictures()
        self.follow("IP", ".menus summary")
        self.follow("IP packet length [byte]", ".menus a")
        self.assertEqual(self.title(), "IP packet length [byte]")
        self.wait_pictures()

    def test_search_is_a_form(self):
        self.open(NORTH)
        BROWSER.write('[name="search"]', "round trip")
        BROWSER.click(".search button")
        until(lambda: parameters(BROWSER.address()).get("search") == "round trip", "the form")
        BROWSER.write('[name="search"]', "RTT")
        BROWSER.click(".search button")
        until(lambda: parameters(BROWSER.address()).get("search") == "RTT", "the form")
        self.assertEqual(self.texts(".found li a"), ["TCP flow average RTT [ms]"])
        self.follow("TCP flow average RTT [ms]", ".found li a")
        self.assertEqual(self.title(), "TCP flow average RTT [ms]")

    def test_first_page_over_each_span(self):
        self.open(NORTH)
        for text in ("Hourly", "Daily", "Weekly", "Monthly", "Yearly"):
            self.follow(text, '[data-row="time"] a')
            self.assertEqual(self.texts('[data-row="time"] [aria-current]'), [text])
            self.wait_pictures()
        self.assertGreater(len(self.texts(".cards .card")), 8)
        self.follow("Round-trip time", ".cards h2 a")
        self.assertEqual(self.title(), "TCP flow average RTT [ms]")

    def test_each_template_time_and_direction(self):
        self.open(LENGTH)
        for text in ("Mean and Bounds", "Hit Counter", "Distribution", "Specific Values", "Normalized Values", "Mean and Stdev"):
            self.follow(text, '[data-row="template"] a')
            self.assertEqual(self.texts('[data-row="template"] [aria-current]'), [text])
            self.assertEqual(len(self.texts(".graph h2")), 5)
            self.wait_pictures()
        for text in ("Hourly", "Daily", "Weekly", "Monthly", "Yearly"):
            self.follow(text, '[data-row="time"] a')
            self.assertEqual(self.texts('[data-row="time"] [aria-current]'), [text])
            self.assertEqual(self.texts(".graph h2"), ["Mean and Bounds", "Mean and Stdev", "Hit Counter", "Specific Values",
                                                       "Distribution", "Normalized Values"])
        for text in ("Incoming traffic only", "Outgoing traffic only", "Incoming and outgoing"):
            self.follow(text, '[data-row="direction"] a')
            self.assertEqual(self.texts('[data-row="direction"] [aria-current]'), [text])

    def test_each_option(self):
        self.open(IDX + "&bigpic=false")
        for text, sign in (("Describe...", "#description"), ("RRDcmd", "pre.command"), ("Autoconf", ""), ("Log", ""),
                           ("Bigpic", ""), ("HiFreq", "")):
            before = parameters(BROWSER.address())
            label = next(t for t in self.texts(".toggles a") if t.startswith(text))
            self.follow(label, ".toggles a")
            self.assertTrue(next(t for t in self.texts(".toggles a") if t.startswith(text)).endswith("(on)"), text)
            self.assertNotEqual(parameters(BROWSER.address()), before)
            if sign:
                self.assertTrue(BROWSER.js("document.querySelector(arguments[0]) !== null", sign), sign)
        self.assertEqual(self.texts('[data-row="time"] a')[0], "1hr")
        self.follow(next(t for t in self.texts(".toggles a") if t.startswith("Advanced")), ".toggles a")
        self.assertEqual(self.texts(".limits"), [])

    def test_limits_are_a_form(self):
        self.open(IDX)
        BROWSER.write('[name="ymin"]', "0")
        BROWSER.write('[name="ymax"]', "500000")
        BROWSER.click(".limits button")
        until(lambda: "ymax=500000" in BROWSER.address(), "the form")
        self.assertEqual(BROWSER.js("document.querySelector('[name=ymax]').value"), "500000")
        self.assertIn("ymax=500000", BROWSER.js("document.querySelector('.graph img').src"))

    def test_another_trace_by_its_menu(self):
        self.open(LENGTH + "&duration=1w")
        BROWSER.click('#dir option:nth-of-type(2)')
        BROWSER.click(".trace button")
        until(lambda: parameters(BROWSER.address()).get("dir") == "Campus/South", "the form")
        self.assertEqual(self.texts('[data-row="time"] [aria-current]'), ["Weekly"])

    def test_a_span_has_neighbours(self):
        self.open(LENGTH + SPAN)
        self.assertEqual(self.texts(".span p"), ["1 Jun 2024, 00:00 to 2 Jun 2024, 00:00"])
        for text, expected in (("Earlier", "31 May 2024, 12:00 to 1 Jun 2024, 12:00"),
                               ("Closer", "31 May 2024, 18:00 to 1 Jun 2024, 06:00"),
                               ("Later", "1 Jun 2024, 00:00 to 12:00"),
                               ("Wider", "31 May 2024, 18:00 to 1 Jun 2024, 18:00")):
            self.follow(text, ".span a")
            self.assertEqual(self.texts(".span p"), [expected])
        self.wait_pictures()
        self.follow("Distribution", '[data-row="template"] a')
        self.assertEqual(self.texts(".graph h2"), ["31 May 2024, 18:00 to 1 Jun 2024, 18:00"])
        self.follow("All templates", ".span a")
        self.assertEqual(len(self.texts(".graph h2")), 6)


class WithScript(Ways, Case):
    pass


class WithoutScript(Ways, Case):
    script = False

    def test_nothing_needs_a_script(self):
        self.open(IDX)
        self.assertEqual(self.texts(".tools, .live, .help, dialog"), [])


class Script(Case):
    """What the script adds."""

    def setUp(self):
        super().setUp()
        self.open(IDX + "&direction=both")
        BROWSER.js("localStorage.clear()")
        self.wait_pictures()

    def rect(self, card=1):
        return BROWSER.js("(() => { const i = document.querySelectorAll('.graph img')[arguments[0] - 1]; i.scrollIntoView({block: "
                          "'center'}); const r = i.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()", card)

    def source(self, card=1):
        return parameters(BROWSER.js(f"document.querySelectorAll('.graph img')[{card - 1}].currentSrc"))

    def data(self, query):
        with urllib.request.urlopen(address(query + "&view=csv"), timeout=60) as answer:
            return list(csv.reader(io.StringIO(answer.read().decode())))

    def readout(self):
        return until(lambda: BROWSER.js("((r) => r && [r.querySelector('strong').textContent, ...[...r.querySelectorAll('.values > span')]"
                                        ".map((s) => s.innerText.replace(/\\s+/g, ' ').trim())])"
                                        "(document.querySelector('.readout:not([hidden])'))"), "a read-out")

    def spoken(self, text):
        until(lambda: text in BROWSER.js("document.querySelector('[role=status]').textContent"), f"spoken: {text}")

    def zoomed(self, card=1):
        return until(lambda: self.source(card) if "start" in self.source(card) else None, "a span")

    def drag(self, begin, end, card=1, shift=False):
        left, top, width, height = self.rect(card)
        y = top + height / 3
        BROWSER.pointer((left + begin * width, y), shift=False)
        self.readout()
        BROWSER.pointer((left + begin * width, y), "down", (left + (begin + end) / 2 * width, y), (left + end * width, y), "up",
                        shift=shift)

    def test_dragging_zooms_and_reset_ends_it(self):
        before = self.source(2)
        self.drag(0.4, 0.6, card=2)
        shown = self.zoomed(2)
        start, end = int(shown["start"]), int(shown["end"])
        self.assertNotIn("duration", shown)
        self.assertAlmostEqual(end - start, 3 * 86400 * 0.2 / 0.89, delta=3 * 86400 * 0.03)
        self.assertTrue(LAST - 3 * 86400 < start < end < LAST)
        self.assertNotIn("start", self.source(1))
        self.wait_pictures()
        self.spoken("2024")
        text = self.texts(".graph .range")[1]
        self.assertRegex(text, r"^3[01] May 2024, \d\d:\d\d to ")
        page = BROWSER.js("document.querySelectorAll('.zoomed a')[1].href")
        self.assertIn(f"start={start}&end={end}", page)
        self.assertEqual(BROWSER.address(), address(IDX + "&direction=both"))
        BROWSER.press("0")
        until(lambda: self.source(2) == before, "the whole span")
        BROWSER.go(page)
        self.assertEqual(self.texts(".span p"), [text])

    def test_buttons_zoom_and_pan(self):
        def button(place):
            before = self.source().get("start", "")
            BROWSER.js(f"document.querySelectorAll('.graph .tools')[0].querySelectorAll('button')[{place}].click()")
            shown = until(lambda: self.source() if self.source().get("start", before) != before else None, "a span")
            return int(shown["start"]), int(shown["end"])
        day = 12 * 3600
        start, end = button(2)
        self.assertEqual((start, end), (LAST - day * 3 // 4, LAST - day // 4))
        self.assertEqual(button(0), (start - day // 4, end - day // 4))
        self.assertEqual(button(3), (start, end))
        self.assertEqual(button(1), (LAST - day, LAST))
        BROWSER.click(".zoomed button")
        until(lambda: self.source().get("duration") == "12h", "the whole span")
        self.assertEqual(BROWSER.js("document.activeElement === document.querySelector('.graph a')"), True)

    def test_shift_and_dragging_move_the_span(self):
        self.drag(0.3, 0.5, shift=True)
        shown = self.zoomed()
        start, end = int(shown["start"]), int(shown["end"])
        self.assertAlmostEqual(end - start, 12 * 3600, delta=1)
        self.assertAlmostEqual(LAST - end, 12 * 3600 * 0.2 / 0.89, delta=1200)

    def test_click_follows_the_link(self):
        left, top, width, height = self.rect()
        BROWSER.pointer((left + width / 2, top + height / 2), "down", "up")
        until(lambda: "view=svg" in BROWSER.address(), "the picture")

    def test_cross_hair_says_the_values_under_the_pointer(self):
        left, top, width, height = self.rect()
        BROWSER.pointer((left + width / 2, top + height / 3))
        time, *values = self.readout()
        rows = self.data(IDX + "&direction=both&duration=12h")
        names, times = rows[0][1:], {int(row[0]): row[1:] for row in rows[1:]}
        clock = re.fullmatch(r"2 Jun 2024, (\d\d):(\d\d)", time)
        row = times[LAST - 12 * 3600 + (int(clock[1]) * 60 + int(clock[2])) * 60]
        self.assertEqual(len(values), 6)
        for name, number, text in zip(names, row, values):
            self.assertTrue(text.startswith(name + " "), text)
            shown = text[len(name) + 1:].split(" ")
            scale = {"k": 1e3, "M": 1e6}.get(shown[1] if len(shown) > 1 else "", 1)
            self.assertAlmostEqual(float(shown[0]) * scale, abs(float(number)), delta=abs(float(number)) * 1e-3, msg=name)
        hair = BROWSER.js("document.querySelector('.hair').getBoundingClientRect().left")
        self.assertAlmostEqual(hair, left + width / 2, delta=width / 100)
        self.assertEqual(BROWSER.js("document.querySelector('.readout i').style.background"), "rgb(160, 82, 45)")
        BROWSER.pointer((5, 5))
        until(lambda: BROWSER.js("document.querySelector('.readout').hidden"), "no read-out")

    def test_cross_hair_by_keys_is_spoken(self):
        BROWSER.press("j")
        self.assertTrue(BROWSER.js("document.activeElement === document.querySelector('.graph a')"))
        BROWSER.press("ArrowLeft")
        self.spoken("2 Jun 2024, 12:00: 1500 Bytes, out ")
        BROWSER.press("ArrowLeft", "ArrowLeft")
        self.spoken("2 Jun 2024, 11:50: ")
        BROWSER.press("ArrowRight")
        self.spoken("2 Jun 2024, 11:55: ")
        BROWSER.press("Escape")
        self.assertTrue(BROWSER.js("document.querySelector('.readout').hidden"))

    def test_cross_hair_by_touch(self):
        left, top, width, height = self.rect()
        BROWSER.pointer((left + width / 3, top + height / 3), "down", "up", kind="touch")
        self.assertRegex(self.readout()[0], r"^2 Jun 2024, 0\d:\d\d$")
        self.assertIn("template=idx", BROWSER.address())
        self.assertNotIn("view=", BROWSER.address())

    def test_telephones_have_pictures_of_their_size(self):
        BROWSER.screen(360)
        until(lambda: self.source().get("size") == "small", "a small picture")
        self.wait_pictures()
        left, top, width, height = self.rect()
        self.assertGreater(width, 250)
        BROWSER.pointer((left + width / 2, top + height / 3))
        self.readout()
        hair = BROWSER.js("document.querySelector('.hair').getBoundingClientRect().left")
        self.assertAlmostEqual(hair, left + width / 2, delta=width / 50)
        BROWSER.screen(1280)
        until(lambda: "size" not in self.source(), "a picture of the other size")

    def test_keys_zoom_and_move_the_graph_in_hand(self):
        BROWSER.press("j", "j")
        BROWSER.press("+")
        shown = self.zoomed(2)
        day = 3 * 86400
        self.assertEqual(int(shown["end"]) - int(shown["start"]), day // 2)
        BROWSER.press("ArrowLeft", shift=True)
        until(lambda: int(self.source(2).get("start", 0)) == int(shown["start"]) - day // 4, "moved")
        BROWSER.press("-")
        until(lambda: int(self.source(2).get("end", 0)) - int(self.source(2).get("start", 0)) == day, "wider")
        BROWSER.press("0")
        until(lambda: self.source(2).get("duration") == "3d", "the whole span")

    def test_keys_choose_span_template_and_direction(self):
        BROWSER.press("n")
        until(lambda: parameters(BROWSER.address()).get("duration") == "12h", "n")
        BROWSER.press("n")
        until(lambda: parameters(BROWSER.address()).get("duration") == "3d", "n again")
        BROWSER.press("p")
        until(lambda: parameters(BROWSER.address()).get("duration") == "12h", "p")
        BROWSER.press("t")
        until(lambda: parameters(BROWSER.address()).get("template") == "stdev", "t")
        BROWSER.press("t", shift=False)
        until(lambda: parameters(BROWSER.address()).get("template") == "avg", "t again")
        BROWSER.press("T")
        until(lambda: parameters(BROWSER.address()).get("template") == "stdev", "T")
        BROWSER.press("d")
        until(lambda: parameters(BROWSER.address()).get("direction") == "in", "d")
        BROWSER.press("m")
        self.assertEqual(BROWSER.js("document.activeElement.getAttribute('aria-current')"), "page")
        BROWSER.press("o")
        self.assertEqual(BROWSER.js("document.activeElement.id"), "dir")

    def test_keys_do_nothing_in_a_field(self):
        before = BROWSER.address()
        BROWSER.write('[name="ymin"]', "n?t0+l")
        self.assertEqual(BROWSER.js("document.querySelector('[name=ymin]').value"), "n?t0+l")
        self.assertEqual((BROWSER.address(), self.texts("dialog")), (before, []))
        self.assertEqual(BROWSER.js("document.querySelector('.live').ariaPressed"), "true")

    def test_help_lists_keys_and_switches_them_off(self):
        BROWSER.press("?")
        until(lambda: BROWSER.js("document.querySelector('dialog').open"), "help")
        keys = self.texts("dialog kbd")
        for key in ("n", "p", "t", "T", "j", "k", "+", "-", "0", "r", "l", "m", "/", "?"):
            self.assertIn(key, keys)
        BROWSER.click("dialog input")
        BROWSER.click("dialog button")
        self.assertFalse(BROWSER.js("document.querySelector('dialog').open"))
        before = BROWSER.address()
        BROWSER.press("n", "t", "l")
        self.assertEqual(BROWSER.js("document.querySelector('.live').ariaPressed"), "true")
        self.assertEqual(BROWSER.address(), before)
        BROWSER.click(".help")
        BROWSER.click("dialog input")
        BROWSER.press("Escape")
        BROWSER.press("l")
        self.assertEqual(BROWSER.js("document.querySelector('.live').ariaPressed"), "false")

    def test_filter_of_the_menus(self):
        BROWSER.press("/")
        BROWSER.press(*"rtt")
        seen = "[...document.querySelectorAll('.menus li')].filter((e) => e.getClientRects().length).map((e) => e.textContent.trim())"
        self.assertEqual(BROWSER.js(seen), ["TCP flow average RTT [ms]"])
        self.spoken("1 statistics")


class Live(Case):
    """Time runs a thousand times faster here."""

    def setUp(self):
        super().setUp()
        clock = BROWSER.beginning(
            "{ const slow = setTimeout; window.setTimeout = (f, ms) => slow(f, ms / 1000); const begin = Date.now(), now = Date.now; "
            "Date.now = () => begin + (now.call(Date) - begin) * 1000; window.asked = 0; const ask = fetch; "
            "window.fetch = (a, o) => { if (o) ++window.asked; return ask(a, o); }; }")
        self.enterContext(clock)
        self.open("dir=Campus/South&var=ip_len&template=idx&direction=both")
        BROWSER.js("localStorage.clear()")
        self.open("dir=Campus/South&var=ip_len&template=idx&direction=both")
        self.wait_pictures()

    def test_pictures_and_texts_follow_the_databases(self):
        before = BROWSER.js("[...document.images].map((i) => i.currentSrc)")
        until(lambda: BROWSER.js("asked >= 2"), "requests")
        self.assertEqual(BROWSER.js("[...document.images].map((i) => i.currentSrc)"), before)
        elements = BROWSER.js("document.querySelectorAll('*').length")
        for update in (1, 2):
            Live.last = getattr(Live, "last", LAST) + STEP
            SITE.update("Campus/South", Live.last)
            clock = f"{12 + (Live.last - LAST) // 3600:02}:{(Live.last - LAST) // 60 % 60:02}:00 2024"
            until(lambda: all(clock in text for text in self.texts(".graph > p:not(.files)")), clock)
            until(lambda: BROWSER.js("[...document.images].every((i) => i.complete && i.src.includes('fresh='))"), "pictures")
        self.assertEqual(BROWSER.js("document.querySelectorAll('*').length"), elements)
        self.assertNotEqual(BROWSER.js("[...document.images].map((i) => i.currentSrc)"), before)

    def test_can_be_switched_off_and_stays_so(self):
        BROWSER.click(".live")
        asked = BROWSER.js("asked")
        BROWSER.later("new Promise((done) => setTimeout(done, 900000))")
        self.assertEqual(BROWSER.js("asked"), asked)
        self.open(IDX)
        self.assertEqual(BROWSER.js("document.querySelector('.live').ariaPressed"), "false")
        BROWSER.click(".live")
        until(lambda: BROWSER.js("asked >= 1"), "requests")

    def test_nothing_is_asked_while_nobody_sees_it(self):
        hide = "Object.defineProperty(document, 'visibilityState', {configurable: true, value: '%s'}) && " \
               "document.dispatchEvent(new Event('visibilitychange'))"
        BROWSER.js(hide % "hidden")
        asked = BROWSER.js("asked")
        BROWSER.later("new Promise((done) => setTimeout(done, 900000))")
        self.assertEqual(BROWSER.js("asked"), asked)
        BROWSER.js(hide % "visible")
        until(lambda: BROWSER.js("asked") > asked, "requests")


def look_at(card):
    """With the cross-hair of a graph, two thirds through it."""
    left, top, width, height = BROWSER.js("((r) => [r.left, r.top, r.width, r.height])"
                                          "(document.querySelectorAll('.card img')[arguments[0]].getBoundingClientRect())", card)
    BROWSER.pointer((left + width * 0.65, top + height / 3))
    until(lambda: BROWSER.js("document.querySelector('.readout:not([hidden])') !== null"), "a read-out")


def show_help():
    BROWSER.press("?")
    until(lambda: BROWSER.js("document.querySelector('dialog').open"), "help")


# Name: parameters, width, height, dark, what else is done.
SCREENSHOTS = {
    "probes": ("", 1280, 760, False, None),
    "first": (NORTH, 1280, 1560, False, None),
    "search": (NORTH + "&search=flow", 1280, 760, True, None),
    "template": (IDX, 1280, 900, False, lambda: look_at(0)),
    "time-dark": (LENGTH + "&duration=1w", 1920, 1080, True, None),
    "span": (IDX + SPAN, 1280, 900, False, None),
    "describe": (LENGTH + "&template=prc&describe=true", 1280, 900, False, None),
    "command": (IDX + "&advcmd=true", 1280, 760, False, None),
    "keys": (IDX, 1280, 760, True, show_help),
    "phone": (IDX, 360, 1100, False, None),
}


def take_screenshots(folder):
    """Few colours: they are for a page about the viewer."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (query, width, height, dark, then) in SCREENSHOTS.items():
        BROWSER.screen(width, height, dark)
        BROWSER.go(address(query))
        BROWSER.js("document.querySelectorAll('img').forEach((i) => { i.loading = 'eager'; })")
        until(lambda: BROWSER.js("[...document.images].every((i) => i.complete)"), "pictures")
        if then:
            then()
        path = folder / f"{name}.png"
        BROWSER.picture(path, height)
        if pngquant := shutil.which("pngquant"):
            subprocess.run([pngquant, "--force", "--skip-if-larger", "--strip", "--speed", "1", "--output", path, "128", path], check=False)


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


def main():
    global OPTIONS, SITE, BROWSER
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--server", choices=sorted(viewer_site.servers.KINDS), default="lighttpd-fastcgi")
    parser.add_argument("--axe", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    needed = {"chromium": chromium.CHROMIUM, "chromium-driver": chromium.DRIVER, "rrdtool": shutil.which("rrdtool")}
    missing = [name for name, path in needed.items() if path is None]
    if server := viewer_site.servers.missing(OPTIONS.server):
        missing.append(server)
    if missing:
        print(f"skipped: no {', '.join(missing)}")
        return 77
    if viewer_site.servers.is_fastcgi(OPTIONS.server):
        if b"FastCGI" not in subprocess.run([OPTIONS.program, "--help"], capture_output=True, check=False).stdout:
            print("skipped: built without libfcgi")
            return 77
    os.environ["TZ"] = "UTC"
    if OPTIONS.screenshots and "TSTAT_SITE_LAST" not in os.environ:
        # Of a probe that is alive.
        os.environ["TSTAT_SITE_LAST"] = str(int(time.time()) // STEP * STEP)
        os.execv(sys.executable, [sys.executable, "-B", *sys.argv])
    OPTIONS.axe_source = axe_source(OPTIONS.axe)
    SITE = viewer_site.Site(OPTIONS.program.resolve(), OPTIONS.server)
    try:
        BROWSER = chromium.Browser()
        try:
            if OPTIONS.screenshots:
                take_screenshots(OPTIONS.screenshots)
                return 0
            return not unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful()
        finally:
            BROWSER.quit()
    finally:
        SITE.stop()


if __name__ == "__main__":
    sys.exit(main())
