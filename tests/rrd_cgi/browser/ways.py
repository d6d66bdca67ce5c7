# SPDX-License-Identifier: BSD-3-Clause
"""Each menu and control, with JavaScript and without."""
from chromium import until
from viewer_case import IDX, LENGTH, NORTH, SPAN, Case, parameters


class Ways:

    def follow(self, text, css="a"):
        found = self.browser.command("/elements", using="css selector", value=css)
        texts = self.texts(css)
        self.browser.click(found[texts.index(text)])

    def unfold(self, css):
        """Opens it, if it is there and closed."""
        if self.browser.js("document.querySelector(arguments[0] + ':not([open])') !== null", css):
            self.browser.click(css + " summary")

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
        self.browser.write('[name="search"]', "round trip")
        self.browser.click(".search button")
        until(lambda: parameters(self.browser.address()).get("search") == "round trip", "the form")
        self.browser.write('[name="search"]', "RTT")
        self.browser.click(".search button")
        until(lambda: parameters(self.browser.address()).get("search") == "RTT", "the form")
        self.assertEqual(self.texts(".found li a"), ["TCP flow average RTT [ms]"])
        self.follow("TCP flow average RTT [ms]", ".found li a")
        self.assertEqual(self.title(), "TCP flow average RTT [ms]")

    def test_first_page_over_each_span(self):
        self.open(NORTH)
        for text in ("Hour", "Day", "Week", "Month", "Year"):
            self.follow(text, '[data-row="time"] a')
            self.assertEqual(self.texts('[data-row="time"] [aria-current]'), [text])
            self.assertIn(f"of the {text.lower()} before it", self.texts(".updated")[0])
            if self.script:
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
            if self.script:  # they are the same without
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
            before = parameters(self.browser.address())
            self.unfold(".advanced")
            label = next(t for t in self.texts(".toggles a") if t.startswith(text))
            self.follow(label, ".toggles a")
            self.assertTrue(next(t for t in self.texts(".toggles a") if t.startswith(text)).endswith("(on)"), text)
            self.assertNotEqual(parameters(self.browser.address()), before)
            if sign:
                self.assertTrue(self.browser.js("document.querySelector(arguments[0]) !== null", sign), sign)
        self.assertEqual(self.texts('[data-row="time"] a')[0], "1hr")
        self.unfold(".advanced")
        self.follow(next(t for t in self.texts(".toggles a") if t.startswith("Advanced")), ".toggles a")
        self.assertEqual(self.texts(".limits"), [])

    def test_limits_are_a_form(self):
        self.open(IDX)
        self.assertEqual(self.seen(".limits"), [])
        self.unfold(".advanced")
        self.browser.write('[name="ymin"]', "0")
        self.browser.write('[name="ymax"]', "500000")
        self.browser.click(".limits button")
        until(lambda: "ymax=500000" in self.browser.address(), "the form")
        self.assertEqual(self.browser.js("document.querySelector('[name=ymax]').value"), "500000")
        self.assertIn("ymax=500000", self.browser.js("document.querySelector('.graph img').src"))

    def test_another_trace_by_its_menu(self):
        self.open(LENGTH + "&duration=1w")
        self.browser.click('#dir option:nth-of-type(2)')
        self.browser.click(".trace button")
        until(lambda: parameters(self.browser.address()).get("dir") == "Campus/South", "the form")
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

    def test_directories_lead_to_their_traces(self):
        self.open()
        self.assertEqual(self.texts(".tree summary"), ["Campus"])
        self.follow("All of Campus", ".tree a")
        self.assertEqual(self.title(), "Campus")
        self.assertEqual(self.texts(".tree [aria-current]"), ["All of Campus"])
        self.assertEqual(self.texts(".probe h2 a"), ["Campus/North", "Campus/South"])
        self.follow("South", ".tree a")
        self.assertEqual(self.title(), "Campus/South")

    def test_errors_lead_back(self):
        self.open("dir=Campus/West")
        self.follow("To the first page of all", ".back a")
        self.assertEqual(self.texts(".probe h2 a"), ["Campus/North", "Campus/South"])
        self.browser.messages()  # the status

    def test_a_graph_is_kept_in_the_gallery_and_deleted_again(self):
        self.open("gallery_show=1")
        before = self.texts(".kept .text")
        self.open(IDX)
        self.unfold(".graph:nth-of-type(2) .keep")
        self.assertEqual(self.browser.js("document.querySelectorAll('.keep textarea')[1].value"),
                         "Trace: Campus/North\nFlows: Incoming and outgoing\nStats: IP packet length [byte]\n")
        text = f"Kept {'with' if self.script else 'without'} a script"
        self.browser.write(".graph:nth-of-type(2) .keep textarea", text)
        self.browser.click(".graph:nth-of-type(2) .keep button")
        until(lambda: "gallery_show" in self.browser.address(), "the gallery")
        self.assertEqual(sorted(self.texts(".kept .text")), sorted([text, *before]))
        self.wait_pictures()
        number = self.texts(".kept .text").index(text)
        entry = f"#{self.browser.js('document.querySelectorAll(arguments[0])[arguments[1]].id', '.kept h2', number)}"
        form = f".kept:has({entry}) .remove"
        self.assertEqual(self.seen(f"{form} button"), [])
        self.browser.click(f"{form} summary")
        self.browser.click(f"{form} button")
        until(lambda: self.texts(".kept .text") == before, "deleted")


class WithScript(Ways, Case):
    pass


class WithoutScript(Ways, Case):
    script = False

    def test_nothing_needs_a_script(self):
        self.open(IDX)
        self.assertEqual(self.texts(".tools, .live, .help, dialog"), [])
