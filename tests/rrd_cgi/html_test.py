#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Pages show what their models say, all of it and nothing else: menus, options, marks, links, fields, texts and pictures,
for pages of each kind. The HTML is read by Python's parser, the model is `view=json` of the same address.

usage: html_test.py PROGRAM      exit status 77 (skipped for ctest) without rrdtool
"""
import html.parser, os, re, shutil, sys, unittest, urllib.parse
from cgi_program import Viewer, make_database

PROGRAM = ""
SCRIPT = "/tstat/tstat_rrd.cgi"
VOID = {"meta", "link", "img", "source", "input", "rect", "br", "hr"}


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag, self.parent, self.children = tag, parent, []
        self.attributes = {name: value or "" for name, value in dict(attributes).items()}

    def __getitem__(self, name):
        return self.attributes.get(name)

    @property
    def text(self):
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def plain(self):
        return " ".join(self.text.split())

    def all(self, selector):
        """Those below it: "tag", ".class", "tag.class", or several with blanks between."""
        first, _, rest = selector.partition(" ")
        tag, _, name = first.partition(".")
        found = [e for e in self.walk() if (not tag or e.tag == tag) and (not name or name in (e["class"] or "").split())]
        if not rest:
            return found
        return list(dict.fromkeys(e for one in found for e in one.all(rest)))

    def walk(self):
        for child in self.children:
            if not isinstance(child, str):
                yield child
                yield from child.walk()


class Reader(html.parser.HTMLParser):
    """Fails where an element is not closed, or another than the last one is."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.at = self.root = Element("", {}, None)
        self.feed(text)
        self.close()
        if self.at is not self.root:
            raise AssertionError(f"{self.at.tag} is not closed")

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attributes):
        self.at.children.append(Element(tag, attributes, self.at))

    def handle_endtag(self, tag):
        if self.at.tag != tag:
            raise AssertionError(f"</{tag}> in {self.at.tag}")
        self.at = self.at.parent

    def handle_data(self, text):
        self.at.children.append(text)


def parameters(address):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))


def kept(query, **more):
    """What a link of these settings has in its address: not what is empty, but for two that are not so by default."""
    both = {**query, **more}
    return {name: value for name, value in both.items() if value or name in ("bigpic", "advopt")}


def with_blanks(address):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query, keep_blank_values=True))


def strings(value):
    """All addresses of pages in a model."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("href", "src", "home", "start_over", "gallery_link", "api_link", "raw_data") and isinstance(one, str):
                yield one
            elif key != "picture":
                yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.viewer = Viewer(PROGRAM, "gallery_allow = trusted", "trusted = 127.0.0.1", "title = Tom's & <more>")
        wave = [1000 + 10 * (i % 30) for i in range(400)]
        for trace, half in ((t, h) for t in ("Campus/North", "Campus/South/1", "West") for h in ("in", "out")):
            for part in ("idx40", "idx1500", "idxoth", "avg", "stdev", "min", "max", "hit", "prc50"):
                make_database(cls.viewer.data / trace, f"ip_len_{half}.{part}", wave)
            make_database(cls.viewer.data / trace, f"ip_bitrate_{half}.idx0", wave)
            make_database(cls.viewer.data / trace, f"tcp_bitrate_{half}.idx0", wave)
        for part in ("prc50", "prc95"):
            make_database(cls.viewer.data / "West", f"tcp_rtt_avg_c2s.{part}", wave)
            make_database(cls.viewer.data / "West", f"tcp_rtt_avg_s2c.{part}", wave)
        make_database(cls.viewer.data / "West", "tcp_interrupted.idx0", wave)
        make_database(cls.viewer.data / "West", "profile_flows.idx1", wave)
        (cls.viewer.data / "West" / "ip_len_in.idx7.rrd").write_text("no database")
        (cls.viewer.data / "West" / "ip_len_out.idx7.rrd").write_text("no database")

    @classmethod
    def tearDownClass(cls):
        cls.viewer.close()

    found = []
    # Kinds of pages, and all settings of one.
    PAGES = {
        "root": "", "root asked for": "var=NULL", "probes with own scales": "yauto=true&duration=1d", "folder": "dir=Campus",
        "trace": "dir=West", "trace over a day": "dir=West&duration=1d", "trace over a span of its own": "dir=West&duration=5h",
        "search": "dir=West&search=length", "search for nothing": "dir=West&search=nothing+of+the+kind",
        "template": "dir=West&var=ip_len&template=idx", "span": "dir=West&var=ip_len&duration=1w",
        "between times": "dir=West&var=ip_len&start=1499900000&end=1500000000&template=idx",
        "one direction": "dir=West&var=ip_len&template=avg&direction=out&describe=true",
        "client and server": "dir=West&var=tcp_rtt_avg&template=prc&hifreq=true&logscale=true&bigpic=false",
        "no directions": "dir=West&var=profile_flows&advopt=false",
        "limits": "dir=West&var=ip_len&template=stdev&yauto=false&ymin=1&ymax=900&exclude=40&include=1500",
        "per second": "dir=West&var=ip_len&template=hit&per=second", "automatic": "dir=West&var=ip_len&template=idx&yauto=true",
        "command": "dir=West&var=ip_len&template=normidx&advcmd=true", "of the original's menus": "dir=West&var=tcp_interrupted",
        "unknown metric": "dir=West&var=no_such", "unknown trace": "dir=East&var=ip_len",
        "both": "dir=West&var=ip_len&template=idx&duration=1w", "programs": "view=api", "gallery": "gallery_show=1",
        "gallery as it is now": "gallery_show=1&gallery_asnow=1",
    }

    def pages(self):
        """(name, model, page) of each, asked for once."""
        if not Pages.found:
            self.keep()
            for name, query in self.PAGES.items():
                status, _, body = self.viewer.get(query)
                root = Reader(body.decode()).root
                if name == "programs":
                    continue  # has no other view
                model = self.viewer.json(f"{query}&view=json")
                self.assertEqual(model["status"], status)
                Pages.found.append((name, model, root))
        return Pages.found

    def keep(self):
        """An entry of the gallery."""
        model = self.viewer.json("dir=West&var=ip_len&template=idx&view=json")
        fields = {f["name"]: f["value"] for f in model["sections"][0]["keep"]["fields"]}
        form = urllib.parse.urlencode({**fields, "gallery_token": model["gallery_token"], "gallery_save": "1", "gallery_text": "A & <b>"})
        status, _, body = self.viewer.get(method="POST", body=form.encode(), CONTENT_TYPE="application/x-www-form-urlencoded")
        self.assertEqual(status, 303, body)

    def row(self, page, name):
        return next(([(a.plain, a["href"], a["aria-current"] is not None) for a in ul.all("a")] for ul in page.all("ul.choice")
                     if ul["data-row"] == name), [])

    def test_menus_and_the_list_of_traces(self):
        seen = set()
        for name, model, page in self.pages():
            with self.subTest(page=name):
                if "selects" not in model:
                    self.assertEqual(page.all("select"), [])
                    continue
                # The list of traces, with what its form keeps.
                form, = page.all("form.trace")
                options = form.all("select")[0].all("option")
                shown = [(o.plain, o["selected"] is not None) for o in options if o["value"] is None]
                menu = model["selects"]["trace"]["options"]
                self.assertEqual(shown, [(text, chosen) for value, text, chosen in menu if not text.startswith("--")])
                self.assertEqual(len(options) - len(shown), 0 if any(chosen for _, chosen in shown) else 1)
                hidden = {i["name"]: i["value"] for i in form.all("input")}
                self.assertEqual(hidden, model["selects"]["trace"]["query"])
                # The metrics by group.
                groups = {}
                for details in page.all("nav.menus details"):
                    if details.all("summary")[0].plain in model["selects"]:
                        groups[details.all("summary")[0].plain] = details
                for group, menu in model["selects"].items():
                    if group in ("trace", "direction"):
                        continue
                    metrics = [option for option in menu["options"] if option[0] != "NULL"]
                    self.assertEqual(group in groups, bool(metrics), group)
                    if not metrics:
                        continue
                    links = groups[group].all("a")
                    self.assertEqual([(a["title"], a.plain) for a in links], [(value, text) for value, text, _ in metrics])
                    for a, (value, _, chosen) in zip(links, metrics):
                        self.assertEqual(with_blanks(a["href"]), kept(menu["query"], var=value))
                        if chosen:
                            self.assertEqual(a["aria-current"], "page")
                            seen.add(group)
                    marks = [a["title"] for a in links if a["aria-current"]]
                    self.assertEqual(marks, [model["metric"]] if model.get("metric") in [m[0] for m in metrics] else [])
        self.assertEqual(seen, {"IP", "TCP", "Profile"})

    def test_rows_of_choices_and_options(self):
        count = 0
        for name, model, page in self.pages():
            with self.subTest(page=name):
                if not model.get("metric"):
                    continue
                count += 1
                directions = model["selects"]["direction"]
                row = self.row(page, "direction")
                self.assertEqual([mark for _, _, mark in row], [chosen for _, _, chosen in directions["options"]])
                for (text, href, _), (value, wanted, _) in zip(row, directions["options"]):
                    self.assertEqual(text, "All traffic" if value == "NULL" else wanted)
                    self.assertEqual(with_blanks(href), kept(directions["query"], direction=value))
                # Templates and times: those that are links, and those that are shown.
                for name_of_row in ("template", "time"):
                    for text, href, mark in self.row(page, name_of_row):
                        if text in model["current"]:
                            self.assertTrue(mark, text)
                        else:
                            self.assertEqual(with_blanks(href), kept(model["links"][text]))
                texts = [text for row in ("template", "time") for text, _, _ in self.row(page, row)]
                if model["kind"] == "graphs":
                    wanted = set(model["links"]) | set(model["current"])
                    self.assertEqual(set(texts), {t for t in wanted if not t.startswith("[") and t != model["page_title"]})
                # Each option once, with its state as text and as mark.
                toggles = {}
                for a in page.all("ul.toggles a"):
                    text, state = re.fullmatch(r"(.*) \((on|off)\)", a.plain).groups()
                    self.assertNotIn(text, toggles)
                    self.assertEqual(a["aria-current"] is not None, state == "on")
                    toggles[text] = (state, with_blanks(a["href"]))
                self.assertEqual(set(toggles), set(model["checkboxes"]))
                own = {"Describe...": "describe", "Advanced...": "advopt", "RRDcmd": "advcmd", "Autoconf": "yauto", "Log": "logscale",
                       "Bigpic": "bigpic", "HiFreq": "hifreq"}
                for text, box in model["checkboxes"].items():
                    state, query = toggles[text]
                    if text != "Autoconf":  # which the original never shows as set
                        self.assertEqual(state == "on", box["checked"], text)
                    self.assertEqual(query, kept(box["query"], **{own[text]: "false" if state == "on" else "true"}))
                # Fields for limits.
                forms = page.all("form.limits")
                self.assertEqual(len(forms), 1 if "fields" in model else 0)
                for form in forms:
                    fields = {i["name"]: i["value"] for i in form.all("input")}
                    wanted = {f["name"]: f["value"] for f in model["fields"]["hidden"]}
                    self.assertEqual(fields, {**wanted, "ymin": model["fields"]["ymin"], "ymax": model["fields"]["ymax"]})
                # What is folded is what nobody has changed.
                for details in page.all("details.advanced"):
                    changed = name in ("client and server", "limits")
                    self.assertEqual(details["open"] is not None, changed, name)
        self.assertGreater(count, 12)

    def test_headings_pictures_and_texts(self):
        for name, model, page in self.pages():
            with self.subTest(page=name):
                self.assertEqual([e.plain for e in page.all("h1")], [model["page_title"]])
                self.assertEqual(page.all("title")[0].plain, f"{model['page_title']} - {model['title']}")
                self.assertEqual(page.all("a.brand")[0].plain, "Tom's & <more>")
                headings = [e.plain for e in page.all("section.graph h2")]
                graphs = model.get("sections", [])
                entries = model.get("gallery", {}).get("entries", [])
                self.assertEqual(headings, [" ".join(g["heading"].split()) for g in graphs + entries])
                if graphs:
                    wanted = (["Description"] if "description" in model else []) + headings
                    self.assertEqual(model["headings"], wanted)
                for section, graph in zip(page.all("section.graph"), graphs):
                    if "command" in graph:
                        self.assertEqual(section.all("pre.command")[0].text, graph["command"])
                        self.assertEqual(section.all("img"), [])
                        continue
                    self.assert_picture(section, graph["picture"])
                    self.assertIn(graph["note"], section.plain)
                    self.assert_files(section, graph["picture"])
                    form, = section.all("details.keep form")
                    fields = {i["name"]: i["value"] for i in form.all("input")}
                    self.assertEqual(fields, {**{f["name"]: f["value"] for f in graph["keep"]["fields"]}, "gallery_save": "1",
                                              "gallery_token": model["gallery_token"]})
                    self.assertEqual(form.all("textarea")[0].text, graph["keep"]["text"])
                for section, entry in zip(page.all("section.graph"), entries):
                    for text in (entry["text"], entry["note"]):
                        self.assertIn(" ".join(text.split()), section.plain)
                    if "picture" in entry:
                        self.assert_picture(section, entry["picture"])
                    else:
                        image, = section.all("img")
                        self.assertEqual((image["src"], image["width"], image["height"]),
                                         (entry["kept"]["src"], str(entry["kept"]["width"]), str(entry["kept"]["height"])))
                    fields = {i["name"]: i["value"] for i in section.all("details.remove form input")}
                    self.assertEqual(fields, {"gallery_token": model["gallery_token"], "gallery_delete": entry["id"]})
                message = [e.plain for e in page.all("p.message")]
                self.assertEqual(message, [model["message"]] if "message" in model else [])
                self.assertEqual([e.plain for e in page.all("div.warning code")], model.get("unusable", []))
                description = page.all("section.description")
                self.assertEqual(len(description), 1 if "description" in model else 0)
                for section in description:
                    about = model["description"]
                    self.assertEqual([(a.plain, b.plain) for a, b in zip(section.all("dt"), section.all("dd"))],
                                     [(f["name"], f["value"]) for f in about["facts"]] + [(t["name"], t["text"]) for t in about["templates"]])

    def assert_files(self, section, picture):
        """Links to its other forms, and to its numbers."""
        links = {a.plain: a["href"] for a in section.all("p.files a")}
        self.assertEqual(links, {"PNG": picture["png_dense"], "SVG": picture["svg"], "PDF": picture["pdf"], "EPS": picture["eps"],
                                 "CSV": picture["csv"], "JSON": picture["data"]})

    def assert_picture(self, section, picture):
        """Its four forms, each for its screens."""
        image, = section.all("img")
        base = urllib.parse.urlsplit(image["src"])
        # The place that is kept free for it.
        self.assertRegex(f"{image['width']}x{image['height']}", r"^(368x171|880x300|560x182)$")
        self.assertEqual(with_blanks(image["src"]) | {"size": ""}, with_blanks(picture["png"]) | {"size": ""})
        self.assertEqual(base.path, SCRIPT)
        wanted = {picture[form] for form in ("png", "png_dense", "dark", "dark_dense")}
        shown = set()
        for element in section.all("source") + [image]:
            for part in element["srcset"].split(", "):
                address, width = part.split(" ")
                self.assertRegex(width, r"^\d+w$")
                shown.add(address.removesuffix("&size=small"))
                dark = "dark" in (element["media"] or "")
                self.assertEqual(parameters(address)["theme"], "dark" if dark else "light")
            self.assertTrue(element["sizes"])
        self.assertEqual(shown, {address.removesuffix("&size=small") for address in wanted})

    def test_first_pages(self):
        kinds = set()
        for name, model, page in self.pages():
            with self.subTest(page=name):
                overview, probes = model.get("overview"), model.get("probes")
                spans = (overview or probes or {}).get("spans", [])
                if overview or probes:
                    self.assertEqual(self.row(page, "time"), [(s["text"], s["href"], s["current"]) for s in spans])
                    self.assertEqual(sum(s["current"] for s in spans), 1)
                    self.assertIn((overview or probes)["caption"], page.all("main")[0].plain)
                if overview:
                    kinds.add("overview")
                    cards = page.all("div.cards section")
                    self.assertEqual([(c.all("h2")[0].plain, c.all("h2 a")[0]["href"], c.all("p")[0].plain) for c in cards],
                                     [(c["title"], c["href"], c["about"]) for c in overview["cards"]])
                    for section, card in zip(cards, overview["cards"]):
                        self.assert_picture(section, card["picture"])
                        self.assert_files(section, card["picture"])
                    self.assertIn(f"Last update: {overview['last_update']}", page.all("main")[0].plain)
                    figures = [(e.all("dt")[0].plain, e.all("b")[0].plain, e.all("span")[0].plain) for e in page.all("dl.figures div")]
                    self.assertEqual(figures, [(f["name"], f["value"], f["note"]) for f in overview["figures"]])
                    checks = [(e["class"], e.all("dt")[0].plain, e.all("dd")[0].plain) for e in page.all("dl.checks div")]
                    self.assertEqual(checks, [(i["state"], f"{i['name']} {i['state_text']}", i["text"]) for i in overview["health"]["items"]])
                    self.assertEqual(page.all("section.health h2")[0].plain, f"Health {overview['health']['state_text']}")
                    for section, table in zip(page.all("section.services"), overview["services"], strict=True):
                        self.assertEqual(section.all("h2")[0].plain, table["title"])
                        rows = [(r.all("th")[0].plain, *(d.plain for d in r.all("td")), r.all("rect")[0]["width"])
                                for r in section.all("tbody tr")]
                        self.assertEqual(rows, [(r["name"], r["value"], r["share"], str(r["width"])) for r in table["rows"]])
                if probes:
                    kinds.add("probes")
                    sections = page.all("section.probe")
                    for section, trace in zip(sections, probes["traces"], strict=True):
                        self.assertEqual((section.all("h2 a")[0].plain, section.all("h2 a")[0]["href"]), (trace["name"], trace["href"]))
                        self.assertIn(f"{trace['health']['state_text']} {trace['health']['text']}", section.plain)
                        self.assertEqual([e.plain for e in section.all("figcaption")], [c["title"] for c in trace["cards"]])
                        for figure, card in zip(section.all("figure"), trace["cards"], strict=True):
                            self.assert_picture(figure, card["picture"])
                if "search" in model:
                    kinds.add("search")
                    results = page.all("section.found li")
                    self.assertEqual([(r.all("a")[0].plain, r.all("a")[0]["href"], r.all("code")[0].plain) for r in results],
                                     [(r["text"], r["href"], r["name"]) for r in model["search"]["results"]])
                    self.assertIn(model["search"]["sentence"], page.plain)
        self.assertEqual(kinds, {"overview", "probes", "search"})

    def test_directories(self):
        def outline(nodes):
            return [(n["name"], n["href"], n["current"], outline(n["children"])) for n in nodes]

        def shown(lists):
            found = []
            for item in lists.children:
                if isinstance(item, str):
                    continue
                a = item.all("a")[0]
                summary = item.all("summary")
                below = next((e for e in item.all("ul")), None)
                found.append((summary[0].plain if summary else a.plain, a["href"], a["aria-current"] is not None,
                              shown(below) if below else []))
            return found
        seen = 0
        for name, model, page in self.pages():
            with self.subTest(page=name):
                trees = page.all("nav.tree")
                self.assertEqual(len(trees), 1 if model.get("tree") else 0)
                for tree in trees:
                    self.assertEqual(shown(tree.all("ul")[0]), outline(model["tree"]))
                    seen += 1
        self.assertGreater(seen, 3)

    def test_every_link_is_one_of_the_models_and_each_of_those_is_there(self):
        for name, model, page in self.pages():
            with self.subTest(page=name):
                links = {e["href"] for e in page.all("a")} | {e["src"] for e in page.all("img") if "/gallery/" in e["src"]}
                links = {link for link in links if not link.startswith("#")}
                wanted = set(strings(model))
                pictures = set()

                def collect(value):
                    if isinstance(value, dict):
                        pictures.update(value.get("picture", {}).values() if isinstance(value.get("picture"), dict) else [])
                        for one in value.values():
                            collect(one)
                    elif isinstance(value, list):
                        for one in value:
                            collect(one)
                collect(model)
                self.assertEqual(links - wanted - pictures, set(), name)
                # The list of traces is a form; a page with the one trace, or several side by side, needs no second list.
                traces = {t["href"] for t in model.get("traces", [])}
                own = {model["overview"]["href"]} if "overview" in model else set()
                # Without a metric, or a template of it, there is nothing to choose.
                if not model.get("metric"):
                    own |= {c["href"] for row in ("toggles", "templates", "times") for c in model.get(row, [])}
                elif not model["templates"]:
                    own |= {c["href"] for c in model["times"]}
                self.assertEqual(wanted - links - traces - own, set(), name)

    def test_an_error_has_a_way_back(self):
        for name, model, page in self.pages():
            with self.subTest(page=name):
                back = [a["href"] for a in page.all("ul.back a")]
                lost = model["kind"] in ("error", "no template") or model["status"] != 200
                self.assertEqual(bool(back), lost, name)
                for address in back:
                    self.assertEqual(self.viewer.get(urllib.parse.urlsplit(address).query)[0], 200)

        wrong = Reader(self.viewer.get("dir=West&ymin=x")[2].decode()).root  # what is no query has no model
        self.assertEqual([a["href"] for a in wrong.all("ul.back a")], [SCRIPT])

    def test_the_gallery_keeps_what_is_seen(self):
        """Counts by the second, and limits: the kept picture is the page's, and its link leads to such a page."""
        before = {e["id"] for e in self.viewer.json("gallery_show=1&view=json")["gallery"]["entries"]}
        query = "dir=West&var=ip_len&template=hit&per=second&yauto=false&ymin=0&ymax=9"
        section = self.viewer.json(query + "&view=json")["sections"][0]
        model = self.viewer.json(query + "&view=json")
        form = {f["name"]: f["value"] for f in section["keep"]["fields"]} | {
            "gallery_token": model["gallery_token"], "gallery_save": "1", "gallery_text": "seen"}
        status, _, body = self.viewer.get(method="POST", body=urllib.parse.urlencode(form).encode(),
                                          CONTENT_TYPE="application/x-www-form-urlencoded")
        self.assertEqual(status, 303, body)
        for now in ("", "&gallery_asnow=1"):
            entries = self.viewer.json(f"gallery_show=1{now}&view=json")["gallery"]["entries"]
            entry = next(e for e in entries if e["id"] not in before)
            self.assertEqual({name: parameters(entry["href"]).get(name) for name in ("per", "yauto", "ymin", "ymax")},
                             {"per": "second", "yauto": "false", "ymin": "0", "ymax": "9"})
            if "picture" in entry:
                self.assertEqual(entry["picture"], section["picture"])
            else:
                kept = self.viewer.get(path=entry["kept"]["src"].removeprefix(SCRIPT))
                seen = self.viewer.get(urllib.parse.urlsplit(section["picture"]["png_dense"]).query)
                self.assertEqual((kept[0], seen[0], kept[2] == seen[2]), (200, 200, True))
        removed = {"gallery_token": model["gallery_token"], "gallery_delete": entry["id"]}
        self.viewer.get(method="POST", body=urllib.parse.urlencode(removed).encode(), CONTENT_TYPE="application/x-www-form-urlencoded")

    def test_what_is_saved_has_a_name_that_says_what_it_is(self):
        query = "dir=Campus/North&var=ip_len&template=idx&duration=1w&direction=both&view="
        for view, suffix in (("png", "png"), ("svg", "svg"), ("pdf", "pdf"), ("eps", "eps"), ("csv", "csv"), ("data", "json")):
            name = self.viewer.get(query + view)[1]["Content-Disposition"]
            self.assertRegex(name, rf'^inline; filename="Campus-North\.ip_len_both\.idx\.1wk?\.{suffix}"$')
        span = self.viewer.get("dir=West&var=profile_flows&template=idx&start=1499900000&end=1500000000&view=csv")[1]
        self.assertEqual(span["Content-Disposition"], 'inline; filename="West.profile_flows.idx.1499900000-1500000000.csv"')

    def test_a_logarithmic_axis_says_which_direction_it_shows(self):
        for direction, more, begin in (("both", "", "Out above the axis, in below it. Last"),
                                       ("both", "&logscale=true", "Only out, which a logarithmic axis can show. Last"),
                                       ("out", "&logscale=true", "Last update: ")):
            model = self.viewer.json(f"dir=West&var=ip_len&template=avg&direction={direction}{more}&view=json")
            self.assertEqual({s["note"].startswith(begin) for s in model["sections"]}, {True})

    def test_files_that_are_no_databases_are_named_on_each_page(self):
        viewer = Viewer(PROGRAM)
        try:
            wave = [1000 + 10 * (i % 30) for i in range(400)]
            for trace in ("A", "B"):
                for part in ("idx0", "idx1", "idx2"):
                    make_database(viewer.data / trace, f"ip_bitrate_in.{part}", wave)
            self.assertNotIn("left out", Reader(viewer.get()[2].decode()).root.plain)
            for part in ("idx1", "idx2"):
                (viewer.data / "B" / f"ip_bitrate_in.{part}.rrd").write_text("no database")
            good, bad = Reader(viewer.get()[2].decode()).root.all("section.probe")
            self.assertNotIn("left out", good.plain)
            self.assertIn("Look here", bad.all("p")[0].plain)
            self.assertIn("ip_bitrate_in.idx1.rrd and ip_bitrate_in.idx2.rrd are missing or no databases of tstat, and left out.", bad.all("p")[0].plain)
            first = Reader(viewer.get("dir=B")[2].decode()).root
            self.assertEqual(first.all("div.warning p")[0].plain, "These files are missing, or no databases of what is shown, and are left out:")
            metric = Reader(viewer.get("dir=B&var=ip_bitrate&direction=in&template=idx")[2].decode()).root
            self.assertEqual(metric.all("div.warning p")[0].plain, "These files are missing, or no databases of what is shown, and are left out:")
        finally:
            viewer.close()

    def test_a_page_without_databases_says_so(self):
        viewer = Viewer(PROGRAM)
        try:
            page = Reader(viewer.get()[2].decode()).root
            self.assertEqual([e.plain for e in page.all("p.message")], ["There are no databases below data_root that this program may read."])
        finally:
            viewer.close()

    def test_values_that_nothing_reaches_are_out_of_range(self):
        viewer = Viewer(PROGRAM)
        try:
            for name in ("ip_bitrate_in.idx0", "ip_protocol_in.idx6", "tcp_bitrate_in.idx0", "profile_flows.idx1", "profile_flows.idx0",
                         "tcp_anomalies_in.idx0", "tcp_anomalies_in.idx1", "tcp_rtt_avg_in.prc50", "profile_trash.idx0"):
                make_database(viewer.data / "A", name, [1e300 if i % 2 else 1e305 for i in range(400)])
                make_database(viewer.data / "B", name, [5 + i % 2 for i in range(400)])
            for query in ("dir=A", "", "dir=A&var=ip_bitrate&direction=in&template=idx"):
                status, _, body = viewer.get(query)
                page = Reader(body.decode()).root
                self.assertEqual(status, 200)
                self.assertEqual(re.findall(r"\b(?:inf|nan)\b|[\d,]{25,}", page.plain), [])
                if "var" not in query:
                    self.assertIn("out of range", page.all("dl.figures")[0].plain)
            self.assertNotIn("out of range", Reader(viewer.get("dir=B")[2].decode()).root.plain)
        finally:
            viewer.close()

    def test_a_page_that_differs_is_noticed(self):
        with self.assertRaises(AssertionError):
            Reader("<p><b></p>")
        page = Reader("<ul class='choice' data-row='time'><li><a href='?a=1' aria-current='true'>Week</a></li></ul>").root
        self.assertEqual(self.row(page, "time"), [("Week", "?a=1", True)])
        self.assertNotEqual(self.row(page, "time"), [("Week", "?a=1", False)])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if shutil.which("rrdtool") is None:
        print("skipped: no rrdtool (apt-get install rrdtool)")
        sys.exit(77)
    unittest.main()
