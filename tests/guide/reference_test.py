#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How the headers' comments become those of doxygen, and that it says nothing against them."""
import pathlib, shutil, sys, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "docs/guide"))
from guide_builder.reference import INLINE, PUBLIC_C, c_comments, cpp_comments, prepare, without_scripts, write_reference  # noqa: E402


class Comments(unittest.TestCase):
    def test_cpp(self):
        self.assertEqual(cpp_comments("""// SPDX-License-Identifier: X
//
// What it is for, 5% of <it>.
//
//   Use(it);  // so
//
// More.
#ifndef A

// One of `a<b>` & c.
struct S {
  int x = 0;  // in ms; see @x
              // goes on
  int y = 0;
};
""", "tstat/s.h"), """/// @file tstat/s.h
/// 
/// What it is for, 5\\% of \\<it\\>.
/// 
/// @code
///   Use(it);  // so
/// 
/// @endcode
/// More.

#ifndef A

/// One of `a<b>` \\& c.
struct S {
  int x = 0;  ///< in ms; see \\@x
              ///< goes on
  int y = 0;
};
""")

    def test_c(self):
        self.assertEqual(c_comments("""/* SPDX-License-Identifier: X
 *
 * For programs.
 */
/* ---- a part ---- */
/* Of <x>. */
int f(void); /* 0: well */
""", "a.h"), """/** @file a.h

For programs.
 */
/* ---- a part ---- */
/** Of \\<x\\>. */
int f(void); /**< 0: well */
""")

    def test_scripts_go(self):
        self.assertEqual(without_scripts('<a onclick="f()" href="x">1</a><script>a < b</script><a href="javascript:go(1)">2</a>'),
                         '<a href="x">1</a>2')

    def test_no_code_changes(self):
        """What is not a comment stays as it is, in every public header."""
        import re
        bare = lambda text: re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S))
        with tempfile.TemporaryDirectory() as work:
            made = prepare(SOURCE, pathlib.Path(work))
            headers = [*(SOURCE / "libtstat/include/tstat").glob("*.h"), *((SOURCE / "bindings/c") / name for name in PUBLIC_C)]
            self.assertGreater(len(headers), 40)
            for header in headers:
                folder = made / ("c" if header.parent.name == "c" else "tstat")
                self.assertEqual(bare((folder / header.name).read_text()).strip(), bare(header.read_text().replace(INLINE, "namespace tstat {")).strip(), header)

    @unittest.skipUnless(shutil.which("doxygen"), "no doxygen")
    def test_doxygen_warns_of_nothing(self):
        with tempfile.TemporaryDirectory() as name:
            out, work = pathlib.Path(name) / "out", pathlib.Path(name) / "work"
            work.mkdir()
            pages = write_reference(SOURCE, out, work, "4.0.0")
            self.assertLessEqual({"session_8h.html", "tstat_8h.html", "libtstat_8h.html", "index.html"}, pages)
            self.assertFalse([page for page in pages if "internal" in page or "session__handle" in page])
            text = (out / "api/session_8h.html").read_text()
            self.assertIn("A session is what the tstat command does with its options", text)
            self.assertFalse([file.name for file in (out / "api").iterdir() if file.suffix == ".js"])


if __name__ == "__main__":
    unittest.main()
