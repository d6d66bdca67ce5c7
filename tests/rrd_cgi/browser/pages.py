# SPDX-License-Identifier: BSD-3-Clause
"""What holds for each page."""
import base64, itertools, re

from chromium import until
from viewer_case import IDX, NORTH, PAGES, WIDTHS, Case, Session

AXE_CALL = """axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map((v) =>
  v.id + ': ' + v.help + ': ' + v.nodes.map((n) => n.target + ' ' + n.failureSummary).join(' | ')))"""
# Pages of many elements, which are looked at more closely.
WIDE = ("probes", "first", "template", "advanced")
AXE_SCREENS = tuple(itertools.product((1280, 360, 3840), (False, True)))
# [width on the screen, pixels of the file, which one] of each picture.
SHOWN = """Promise.all([...document.images].map(async (image) => {
  const bitmap = await createImageBitmap(await (await fetch(image.currentSrc)).blob());
  return [image.clientWidth, bitmap.width, image.currentSrc];
}))"""


class Pages(Case):
    def test_no_page_is_wider_than_the_screen_and_none_complains(self):
        for name, (query, status) in PAGES.items():
            with self.subTest(page=name):
                self.browser.screen(1280)
                self.open(query)
                self.wait_pictures()
                for width in WIDTHS if Session.heavy or name in WIDE else (360, 1280):
                    self.browser.size(width)
                    wide = self.browser.js("[document.documentElement.scrollWidth, innerWidth]")
                    self.assertEqual(wide, [width, width], width)
                said = [m for m in self.browser.messages() if not (status != 200 and f"status of {status}" in m)]
                self.assertEqual(said, [])

    def test_axe_finds_nothing(self):
        """By all its rules: each page on one kind of screen, and all of them take turns; or all pages on all of them."""
        if Session.axe is None:
            self.skipTest("no axe-core: npm or its registry is not there")
        with self.browser.beginning(Session.axe):
            for number, (name, (query, _)) in enumerate(PAGES.items()):
                turn = AXE_SCREENS[number % len(AXE_SCREENS)]
                some = {turn, (1280, False), (360, True), (3840, False)} if name == "first" else {turn}
                for width, dark in AXE_SCREENS if Session.heavy else sorted(some):
                    with self.subTest(page=name, width=width, dark=dark):
                        self.browser.screen(width, dark=dark)
                        self.open(query)
                        self.assertEqual(self.browser.later(AXE_CALL), [])
            with self.subTest(page="help"):
                self.browser.screen(1280)
                self.open(NORTH)
                self.browser.press("?")
                until(lambda: self.browser.js("document.querySelector('dialog[open]') !== null"), "help")
                self.assertEqual(self.browser.later(AXE_CALL), [])
            with self.subTest(page="opened"):
                self.open(IDX)
                self.browser.js("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                self.assertEqual(self.browser.later(AXE_CALL), [])
        self.browser.messages()  # pages with an error status

    def test_no_picture_is_larger_than_its_pixels(self):
        pages = ("probes", "first", "template", "high", "gallery-now")
        for name in pages:
            some = (360, 1280, 2560, 3840) if name in ("first", "template") else (1280, 3840)
            for width in (360, 800, 1024, 1280, 1400, 1920, 2560, 3840) if Session.heavy else some:
                with self.subTest(page=name, width=width):
                    self.browser.screen(width)
                    self.open(PAGES[name][0])
                    self.wait_pictures()
                    shown = self.browser.later(SHOWN)
                    self.assertTrue(shown)
                    for wide, pixels, which in shown:
                        self.assertGreater(wide, 150, which)
                        self.assertGreaterEqual(pixels, wide, which)

    def test_walls_have_large_letters_and_pictures(self):
        sizes = {}
        for width in (1280, 2560, 3840):
            self.browser.screen(width)
            self.open(NORTH)
            self.wait_pictures()
            sizes[width] = self.browser.js("[parseFloat(getComputedStyle(document.documentElement).fontSize), "
                                           "Math.min(...[...document.images].map((i) => i.clientWidth))]")
        self.assertEqual(sizes[1280][0], 16)
        self.assertGreater(sizes[2560][0], 18)
        self.assertGreater(sizes[3840][0], 25)
        self.assertGreater(sizes[3840][1], 560)
        # At 1280 nothing is missing at the end of the cards.
        self.browser.screen(1280)
        self.open(NORTH)
        edges = self.browser.js("((cards) => [Math.max(...cards.map((c) => c.right)), cards.pop().right])"
                                "([...document.querySelectorAll('.cards .card')].map((c) => c.getBoundingClientRect()))")
        self.assertAlmostEqual(edges[0], edges[1], delta=1)

    def test_names_of_services_are_whole_beside_the_smallest_shares(self):
        for width in (360, 700, 1024, 1280, 1440):
            self.browser.screen(width)
            self.open(NORTH)
            self.browser.js("(document.querySelectorAll('.services td:last-child').forEach((e) => { e.textContent = '< 0.01\u00a0%'; }), "
                            "document.querySelectorAll('.services tbody a').forEach((e) => { e.textContent = 'DirectConnect'; }))")
            lines = self.browser.js("[...document.querySelectorAll('.services tbody a')].map((e) => e.getClientRects().length)")
            self.assertEqual((set(lines), len(lines) > 5), ({1}, True), width)

    def test_no_figure_is_alone_in_its_row(self):
        tops = ("((count) => { const list = document.querySelector('.figures'); while (list.children.length > count) list.lastChild.remove(); "
                "while (list.children.length < count) list.append(list.firstElementChild.cloneNode(true)); "
                "return [...list.children].map((e) => e.offsetTop); })(arguments[0])")
        for width, most in ((768, 4), (1280, 4), (1440, 4), (1920, 8)):
            self.browser.screen(width)
            self.open(NORTH)
            for count in (8, 7, 6, 5, 4, 3):
                rows = self.browser.js(tops, count)
                sizes = [rows.count(top) for top in sorted(set(rows))]
                self.assertTrue(1 not in sizes and max(sizes) <= most, (width, count, sizes))
        self.assertEqual(len(set(rows)), 1)

    def test_walls_have_whole_pictures_on_their_first_screen(self):
        for width, height in ((1920, 1080), (3840, 2160)):
            self.browser.screen(width, height)
            self.open(NORTH)
            self.wait_pictures()
            bottoms = self.browser.js("[...document.images].map((i) => i.getBoundingClientRect().bottom)")
            self.assertGreaterEqual(sum(bottom <= height for bottom in bottoms), 4, (width, bottoms))

    def test_percents_keep_their_sign(self):
        self.open(NORTH)
        text = self.browser.js("document.querySelector('.layout').textContent")
        self.assertRegex(text, r"\d\u00a0%")
        self.assertEqual([e for e in self.texts(".figures > div, .health dd, .services td") if " %" in e], [])

    def paper(self, query):
        self.open(query)
        self.browser.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        self.addCleanup(lambda: self.browser.cdp("Emulation.setEmulatedMedia", media="", features=[]))

    def test_print_shows_graphs_and_what_they_are_of(self):
        self.paper(IDX)
        self.assertEqual(self.seen(".menus", ".controls", ".change", ".tools", ".files", ".places", ".keep", ".graph", ".shown", "h1"),
                         [".graph", ".shown", "h1"])
        self.assertEqual(self.texts(".shown"), ["Campus/North · Incoming and outgoing · Specific Values"])
        self.assertRegex(self.texts(".graph > p")[0], r"Last update: \d{4}-\d\d-\d\d \d\d:\d\d UTC$")

    def test_print_of_a_first_page_has_its_span_and_its_bars(self):
        self.paper(NORTH)
        self.assertEqual(self.seen(".menus", ".controls", ".updated", ".figures", ".services", ".cards"),
                         [".updated", ".figures", ".services", ".cards"])
        text = self.browser.js("document.body.innerText")
        self.assertRegex(text, r"Last update: \d{4}-\d\d-\d\d \d\d:\d\d UTC")
        self.assertIn("pictures are of the week before it", text)
        self.assertEqual(self.browser.js("getComputedStyle(document.querySelector('.bar rect')).printColorAdjust"), "exact")

    def test_print_of_probes_has_their_pictures_in_a_row_each_with_its_heading(self):
        self.browser.screen(760)  # as wide as a sheet
        self.open()
        self.wait_pictures()
        self.browser.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        self.addCleanup(lambda: self.browser.cdp("Emulation.setEmulatedMedia", media="", features=[]))
        figures = self.browser.js("[...document.querySelectorAll('.probe')].map((p) => [...p.querySelectorAll('figure')].map((f) => "
                                  "[f.offsetTop, f.querySelector('img').clientWidth, getComputedStyle(f).breakInside]))")
        for probe in figures:
            self.assertEqual((len(probe), len({top for top, _, _ in probe})), (3, 1))
            for _, width, inside in probe:
                self.assertTrue(150 < width <= 360, width)
                self.assertEqual(inside, "avoid")
        # A sheet of both of them: the first one is not left empty.
        sheets = base64.b64decode(self.browser.cdp("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
        self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", sheets)), 1)

    def test_print_of_a_first_page_enlarges_no_card(self):
        self.browser.screen(760)
        self.paper(NORTH)
        self.wait_pictures()
        self.assertLessEqual(max(self.browser.js("[...document.images].map((i) => i.clientWidth)")), 360)

    def test_print_is_light_in_the_dark(self):
        self.browser.screen(1280, dark=True)
        self.open(IDX)
        self.wait_pictures()
        state = "[...document.images].map((i) => [i.currentSrc.includes('theme=dark'), getComputedStyle(i).filter.includes('invert')])"
        self.assertEqual(self.browser.js(state), [[True, False]] * 5)
        self.browser.js("(dispatchEvent(new Event('beforeprint')), 0)")
        self.browser.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        self.addCleanup(lambda: self.browser.cdp("Emulation.setEmulatedMedia", media="", features=[]))
        self.assertEqual(self.browser.js(state), [[True, True]] * 5)
        self.browser.js("(dispatchEvent(new Event('afterprint')), 0)")
        self.assertEqual(self.browser.js("document.querySelectorAll('.night').length"), 0)

    def test_telephones_show_pictures_before_controls(self):
        self.browser.screen(360)
        self.open(IDX)
        self.assertEqual(self.seen(".controls"), [])
        self.assertLess(self.browser.js("document.querySelector('.graph img').getBoundingClientRect().top"), 600)
        self.browser.click(".change label")
        self.assertEqual(self.seen(".controls", "[data-row=time]", ".limits"), [".controls", "[data-row=time]"])
        self.browser.click(".change label")
        self.assertEqual(self.seen(".controls"), [])

    def test_kept_pictures_are_dark_in_the_dark(self):
        query = PAGES["gallery"][0]
        style = "getComputedStyle(document.querySelector('.kept > img')).filter"
        self.open(query)
        self.assertEqual(self.browser.js(style), "none")
        self.browser.screen(1280, dark=True)
        self.assertIn("invert", self.browser.js(style))

    def test_focus_is_seen(self):
        self.open(IDX)
        stops = set()
        for _ in range(60):
            self.browser.press("Tab")
            tag, outline, style, skip = self.browser.js(
                "((e) => [e.tagName + e.className + e.textContent.slice(0, 20), parseFloat(getComputedStyle(e).outlineWidth), "
                "getComputedStyle(e).outlineStyle, e === document.body])(document.activeElement)")
            if skip:
                break
            stops.add(tag)
            self.assertGreaterEqual(outline, 2, tag)
            self.assertNotEqual(style, "none", tag)
        self.assertGreater(len(stops), 20)
