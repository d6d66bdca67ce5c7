# SPDX-License-Identifier: BSD-3-Clause
"""packaging/portable/check-symbols on programs that are made here.

  check_symbols_test.py C_COMPILER TSTAT
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "packaging/portable/check-symbols"


def check(*arguments):
    """The exit status of the check, what it printed and what it complained of."""
    done = subprocess.run([sys.executable, CHECK, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


class CheckSymbolsTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.tree = pathlib.Path(self.directory.name)

    def compiled(self, name, text, *options):
        """A program or library of one C source, in the tree."""
        source = self.tree / f"{name}.c"
        source.write_text(text, encoding="utf-8")
        subprocess.run([COMPILER, source, "-o", self.tree / name, *options], check=True)
        return self.tree / name

    def test_a_program_of_this_system_needs_its_glibc(self):
        program = self.compiled("program", "#include <stdio.h>\nint main(void) { return puts(\"1\"); }\n")
        status, _, errors = check(self.tree)
        self.assertEqual(status, 1)
        self.assertRegex(errors, r"program: __libc_start_main is of GLIBC_2\.\d+")
        status, output, errors = check("--glibc", "2.99", self.tree)
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(output, re.escape(str(program)) + r": glibc 2\.\d+\n")

    def test_other_libraries_are_named(self):
        status, _, errors = check("--glibc", "2.99", TSTAT)
        self.assertEqual(status, 1)
        self.assertIn("needs libstdc++.so.6", errors)

    def test_the_library_shows_the_c_interface_alone(self):
        text = "int tstat_version(void) { return 1; }\nint tcp_cleaned;\n"
        self.compiled("libtstat.so.0.4.0", text, "-shared", "-fPIC")
        self.assertEqual(check("--glibc", "2.99", self.tree)[0], 0)
        self.compiled("libtstat.so.0.4.0", text + "int inflate(void) { return 1; }\n", "-shared", "-fPIC")
        status, _, errors = check("--glibc", "2.99", self.tree)
        self.assertEqual(status, 1)
        self.assertIn("shows inflate", errors)

    def test_a_module_of_python_may_call_the_interpreter(self):
        name = "_tstat.cpython-311-x86_64-linux-gnu.so"
        text = "extern void* PyLong_FromLong(long);\nvoid* PyInit__tstat(void) { return PyLong_FromLong(1); }\n"
        self.compiled(name, text, "-shared", "-fPIC")
        self.assertEqual(check("--glibc", "2.99", self.tree)[0], 0)
        self.compiled(name, text + "int inflate(void) { return 1; }\n", "-shared", "-fPIC")
        status, _, errors = check("--glibc", "2.99", self.tree)
        self.assertEqual(status, 1)
        self.assertIn("shows inflate", errors)

    def test_symbols_that_nobody_has(self):
        self.compiled("libother.so", "extern int inflate(void);\nint call(void) { return inflate(); }\n", "-shared", "-fPIC")
        status, _, errors = check("--glibc", "2.99", self.tree)
        self.assertEqual(status, 1)
        self.assertIn("nobody is known to have inflate", errors)

    def test_newer_processors(self):
        self.compiled("libnew.so", "int one(void) { return 1; }\n", "-shared", "-fPIC", "-Wl,-z,x86-64-v3")
        status, _, errors = check("--glibc", "2.99", self.tree)
        self.assertEqual(status, 1)
        self.assertIn("is for x86-64-v3", errors)

    def test_a_tree_without_programs(self):
        (self.tree / "text").write_text("1", encoding="utf-8")
        status, _, errors = check(self.tree)
        self.assertEqual(status, 1)
        self.assertIn("no program and no library", errors)


if __name__ == "__main__":
    COMPILER, TSTAT = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
