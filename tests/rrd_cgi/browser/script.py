# SPDX-License-Identifier: BSD-3-Clause
"""What the script adds: zoom, the cross-hair, keys, the filter of the menus."""
import csv, io, json, re, urllib.request

from chromium import until
from viewer_case import IDX, Case, address, parameters
from viewer_site import LAST


class Script(Case):

    def setUp(self):
        super().setUp()
        self.open(IDX + "&direction=both")
        self.browser.js("localStorage.clear()")
        self.wait_pictures()

    def rect(self, card=1):
        return self.browser.js("(() => { const i = document.querySelectorAll('.graph img')[arguments[0] - 1]; i.scrollIntoView({block: "
                          "'center'}); const r = i.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()", card)

    def source(self, card=1):
        return parameters(self.browser.js(f"document.querySelectorAll('.graph img')[{card - 1}].currentSrc"))

    def data(self, query):
        with urllib.request.urlopen(address(query + "&view=csv"), timeout=60) as answer:
            return list(csv.reader(io.StringIO(answer.read().decode())))

    def readout(self):
        return until(lambda: self.browser.js("((r) => r && [r.querySelector('strong').textContent, ...[...r.querySelectorAll('.values > span')]"
                                        ".map((s) => s.innerText.replace(/\\s+/g, ' ').trim())])"
                                        "(document.querySelector('.readout:not([hidden])'))"), "a read-out")

    def spoken(self, text):
        until(lambda: text in self.browser.js("document.querySelector('[role=status]').textContent"), f"spoken: {text}")

    def zoomed(self, card=1):
        return until(lambda: self.source(card) if "start" in self.source(card) else None, "a span")

    def drag(self, begin, end, card=1, shift=False):
        left, top, width, height = self.rect(card)
        y = top + height / 3
        self.browser.pointer((left + begin * width, y), shift=False)
        self.readout()
        self.browser.pointer((left + begin * width, y), "down", (left + (begin + end) / 2 * width, y), (left + end * width, y), "up",
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
        page = self.browser.js("document.querySelectorAll('.zoomed a')[1].href")
        self.assertIn(f"start={start}&end={end}", page)
        self.assertEqual(self.browser.address(), address(IDX + "&direction=both"))
        self.browser.press("0")
        until(lambda: self.source(2) == before, "the whole span")
        self.browser.go(page)
        self.assertEqual(self.texts(".span p"), [text])

    def test_links_and_the_form_are_of_what_is_zoomed(self):
        def leads():
            return self.browser.js("((card) => [[...card.querySelectorAll('.frame a, .files a')].map((a) => a.getAttribute('href')), "
                                   "Object.fromEntries(new FormData(card.querySelector('.keep form')))])"
                                   "(document.querySelectorAll('.graph')[1])")
        before = leads()
        self.assertEqual([parameters(link)["duration"] for link in before[0]], ["3d"] * 7)
        self.assertEqual(self.texts(".graph h2")[1], "Daily Graph")
        self.drag(0.4, 0.6, card=2)
        shown = self.zoomed(2)
        span = until(lambda: self.texts(".graph .range")[1], "the span")
        links, form = leads()
        for link in links:
            self.assertEqual({**parameters(link), "duration": "-"}, {**parameters(link), "start": shown["start"], "end": shown["end"],
                                                                     "duration": "-"})
            self.assertNotIn("duration", parameters(link))
        self.assertEqual([parameters(link)["view"] for link in links], ["svg", "png", "svg", "pdf", "eps", "csv", "data"])
        self.assertEqual((form["duration"], form["start"], form["end"]), ("", shown["start"], shown["end"]))
        self.browser.js("document.querySelectorAll('.graph details.keep')[1].open = true")
        self.browser.cdp("Emulation.setEmulatedMedia", media="print", features=[])
        self.addCleanup(lambda: self.browser.cdp("Emulation.setEmulatedMedia", media="", features=[]))
        self.assertEqual(self.browser.js("document.querySelectorAll('.graph h2')[1].innerText"), f"Daily Graph: {span}")
        self.browser.cdp("Emulation.setEmulatedMedia", media="", features=[])
        # What is kept is what is seen.
        self.browser.click(".graph:nth-of-type(2) .keep button")
        until(lambda: "gallery_show" in self.browser.address(), "the gallery")
        self.assertIn(f"Specific Values, {span}. Kept ", self.texts(".kept .updated")[0])
        self.browser.click(".remove summary")
        self.browser.click(".remove button")
        until(lambda: len(self.texts(".kept")) == 2, "deleted")
        # Without the zoom all is as before.
        self.open(IDX + "&direction=both")
        self.wait_pictures()
        self.drag(0.4, 0.6, card=2)
        self.zoomed(2)
        self.browser.press("0")
        until(lambda: self.source(2).get("duration") == "3d", "the whole span")
        self.assertEqual(leads(), before)
        self.assertEqual(self.browser.js("document.querySelectorAll('.graph h2')[1].innerText"), "Daily Graph")

    def test_cross_hair_tells_many_unknown_values_from_many_that_are_0(self):
        # Of 22 series: all unknown, all 0, and two values, four times 0 and what is unknown.
        answers = ("window.fetch = ((ask) => async (address, ...more) => { const answer = await ask(address, ...more); "
                   "if (!String(address).includes('view=data')) return answer; const data = await answer.json(); const rows = %s; "
                   "const { name, values } = data.series[0]; data.series = rows.map((value, i) => "
                   "({ name: `Series ${i}`, colour: '#102030', values: values.map(() => value) })); "
                   "return new Response(JSON.stringify(data)); })(fetch);")
        for rows, wanted in (([None] * 22, ["22 series unknown"]), ([0] * 22, ["22 more 0"]),
                             ([7, 0, 0, 0, 0, 2000] + [None] * 16, ["Series 0 7", "Series 5 2 k", "16 more unknown", "4 more 0"])):
            with self.subTest(rows=rows), self.browser.beginning(answers % json.dumps(rows)):
                self.open(IDX + "&direction=both")
                self.wait_pictures()
                left, top, width, height = self.rect()
                self.browser.pointer((left + width / 2, top + height / 3))
                self.assertEqual(self.readout()[1:], wanted)
                self.browser.pointer((5, 5))

    def test_buttons_zoom_and_pan(self):
        def button(place):
            before = self.source().get("start", "")
            self.browser.js(f"document.querySelectorAll('.graph .tools')[0].querySelectorAll('button')[{place}].click()")
            shown = until(lambda: self.source() if self.source().get("start", before) != before else None, "a span")
            return int(shown["start"]), int(shown["end"])
        day = 12 * 3600
        start, end = button(2)
        self.assertEqual((start, end), (LAST - day * 3 // 4, LAST - day // 4))
        self.assertEqual(button(0), (start - day // 4, end - day // 4))
        self.assertEqual(button(3), (start, end))
        self.assertEqual(button(1), (LAST - day, LAST))
        self.browser.click(".zoomed button")
        until(lambda: self.source().get("duration") == "12h", "the whole span")
        self.assertEqual(self.browser.js("document.activeElement === document.querySelector('.graph a')"), True)

    def test_shift_and_dragging_move_the_span(self):
        self.drag(0.3, 0.5, shift=True)
        shown = self.zoomed()
        start, end = int(shown["start"]), int(shown["end"])
        self.assertAlmostEqual(end - start, 12 * 3600, delta=1)
        self.assertAlmostEqual(LAST - end, 12 * 3600 * 0.2 / 0.89, delta=1200)

    def test_click_follows_the_link(self):
        left, top, width, height = self.rect()
        self.browser.pointer((left + width / 2, top + height / 2), "down", "up")
        until(lambda: "view=svg" in self.browser.address(), "the picture")

    def test_cross_hair_says_the_values_under_the_pointer(self):
        left, top, width, height = self.rect()
        self.browser.pointer((left + width / 2, top + height / 3))
        time, *values = self.readout()
        rows = self.data(IDX + "&direction=both&duration=12h")
        names, times = rows[0][1:], {int(row[0]): row[1:] for row in rows[1:]}
        clock = re.fullmatch(r"2 Jun 2024, (\d\d):(\d\d)", time)
        row = times[LAST - 12 * 3600 + (int(clock[1]) * 60 + int(clock[2])) * 60]
        self.assertEqual(len(values), 6)
        self.assertEqual(self.browser.js("document.querySelector('.readout .unit').innerText"), "packets / 5 min")
        for name, number, text in zip(names, row, values):
            self.assertTrue(text.startswith(name + " "), text)
            shown = text[len(name) + 1:].split(" ")
            scale = {"k": 1e3, "M": 1e6}.get(shown[1] if len(shown) > 1 else "", 1)
            self.assertAlmostEqual(float(shown[0]) * scale, abs(float(number)), delta=abs(float(number)) * 1e-3, msg=name)
        hair = self.browser.js("document.querySelector('.hair').getBoundingClientRect().left")
        self.assertAlmostEqual(hair, left + width / 2, delta=width / 100)
        self.assertEqual(self.browser.js("document.querySelector('.readout i').style.background"), "rgb(160, 82, 45)")
        self.browser.pointer((5, 5))
        until(lambda: self.browser.js("document.querySelector('.readout').hidden"), "no read-out")

    def test_cross_hair_by_keys_is_spoken(self):
        self.browser.press("j")
        self.assertTrue(self.browser.js("document.activeElement === document.querySelector('.graph a')"))
        self.browser.press("ArrowLeft")
        self.spoken("2 Jun 2024, 12:00, packets / 5 min: 1500 Bytes, out ")
        self.browser.press("ArrowLeft", "ArrowLeft")
        self.spoken("2 Jun 2024, 11:50, packets")
        self.browser.press("ArrowRight")
        self.spoken("2 Jun 2024, 11:55, packets")
        self.browser.press("Escape")
        self.assertTrue(self.browser.js("document.querySelector('.readout').hidden"))

    def test_cross_hair_by_touch(self):
        left, top, width, height = self.rect()
        self.browser.pointer((left + width / 3, top + height / 3), "down", "up", kind="touch")
        self.assertRegex(self.readout()[0], r"^2 Jun 2024, 0\d:\d\d$")
        self.assertIn("template=idx", self.browser.address())
        self.assertNotIn("view=", self.browser.address())

    def test_telephones_have_pictures_of_their_size(self):
        self.browser.screen(360)
        until(lambda: self.source().get("size") == "small", "a small picture")
        self.wait_pictures()
        left, top, width, height = self.rect()
        self.assertGreater(width, 250)
        self.browser.pointer((left + width / 2, top + height / 3))
        self.readout()
        hair = self.browser.js("document.querySelector('.hair').getBoundingClientRect().left")
        self.assertAlmostEqual(hair, left + width / 2, delta=width / 50)
        self.browser.screen(1280)
        until(lambda: "size" not in self.source(), "a picture of the other size")

    def test_keys_zoom_and_move_the_graph_in_hand(self):
        self.browser.press("j", "j")
        self.browser.press("+")
        shown = self.zoomed(2)
        day = 3 * 86400
        self.assertEqual(int(shown["end"]) - int(shown["start"]), day // 2)
        self.browser.press("ArrowLeft", shift=True)
        until(lambda: int(self.source(2).get("start", 0)) == int(shown["start"]) - day // 4, "moved")
        self.browser.press("-")
        until(lambda: int(self.source(2).get("end", 0)) - int(self.source(2).get("start", 0)) == day, "wider")
        self.browser.press("0")
        until(lambda: self.source(2).get("duration") == "3d", "the whole span")

    def test_keys_choose_span_template_and_direction(self):
        self.browser.press("n")
        until(lambda: parameters(self.browser.address()).get("duration") == "12h", "n")
        self.browser.press("n")
        until(lambda: parameters(self.browser.address()).get("duration") == "3d", "n again")
        self.browser.press("p")
        until(lambda: parameters(self.browser.address()).get("duration") == "12h", "p")
        self.browser.press("t")
        until(lambda: parameters(self.browser.address()).get("template") == "stdev", "t")
        self.browser.press("t", shift=False)
        until(lambda: parameters(self.browser.address()).get("template") == "avg", "t again")
        self.browser.press("T")
        until(lambda: parameters(self.browser.address()).get("template") == "stdev", "T")
        self.browser.press("d")
        until(lambda: parameters(self.browser.address()).get("direction") == "in", "d")
        self.browser.press("m")
        self.assertEqual(self.browser.js("document.activeElement.getAttribute('aria-current')"), "page")
        self.browser.press("o")
        self.assertEqual(self.browser.js("document.activeElement.id"), "dir")

    def test_keys_do_nothing_in_a_field(self):
        before = self.browser.address()
        self.browser.click(".advanced summary")
        self.browser.write('[name="ymin"]', "n?t0+l")
        self.assertEqual(self.browser.js("document.querySelector('[name=ymin]').value"), "n?t0+l")
        self.assertEqual((self.browser.address(), self.texts("dialog")), (before, []))
        self.assertEqual(self.browser.js("document.querySelector('.live').ariaPressed"), "true")

    def test_help_lists_keys_and_switches_them_off(self):
        self.browser.press("?")
        until(lambda: self.browser.js("document.querySelector('dialog').open"), "help")
        keys = self.texts("dialog kbd")
        for key in ("n", "p", "t", "T", "j", "k", "+", "-", "0", "r", "l", "m", "/", "?"):
            self.assertIn(key, keys)
        self.browser.click("dialog input")
        self.browser.click("dialog button")
        self.assertFalse(self.browser.js("document.querySelector('dialog').open"))
        before = self.browser.address()
        self.browser.press("n", "t", "l")
        self.assertEqual(self.browser.js("document.querySelector('.live').ariaPressed"), "true")
        self.assertEqual(self.browser.address(), before)
        self.browser.click(".help")
        self.browser.click("dialog input")
        self.browser.press("Escape")
        self.browser.press("l")
        self.assertEqual(self.browser.js("document.querySelector('.live').ariaPressed"), "false")

    def test_filter_of_the_menus(self):
        self.browser.press("/")
        self.browser.press(*"rtt")
        seen = "[...document.querySelectorAll('.menus li')].filter((e) => e.getClientRects().length).map((e) => e.textContent.trim())"
        self.assertEqual(self.browser.js(seen), ["TCP flow average RTT [ms]"])
        self.spoken("1 statistics")
