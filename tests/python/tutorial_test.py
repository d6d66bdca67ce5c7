# SPDX-License-Identifier: BSD-3-Clause
"""The tutorial runs from top to bottom, and says what it shall show."""

import ast
import contextlib
import io
import json
import os
import unittest
import warnings

import tstat
from traces import SOURCE

NOTEBOOK = SOURCE / "examples/python/tutorial.ipynb"


def run(cell, names):
    """What a cell prints, and the value of its last expression, as a notebook would show them."""
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, str(NOTEBOOK), "exec"), names)  # pylint: disable=exec-used
        if last is not None:
            value = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)  # pylint: disable=eval-used
            if value is not None:
                print(value)
    return out.getvalue()


class Tutorial(unittest.TestCase):
    def test_from_top_to_bottom(self):
        notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
        self.assertEqual((notebook["nbformat"], notebook["nbformat_minor"]), (4, 5))
        ids = [cell["id"] for cell in notebook["cells"]]
        self.assertEqual(len(ids), len(set(ids)))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        self.assertGreater(len(cells), 10)
        self.assertTrue(all(not cell["outputs"] and cell["execution_count"] is None for cell in cells))
        names, shown = {}, []
        before = os.getcwd()
        os.chdir(SOURCE)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                shown = [run("".join(cell["source"]), names) for cell in cells]
        finally:
            os.chdir(before)
        text = "\n".join(shown)
        for wanted in ("tcp: 14", "shop.example.test", "GET www.example.test", "True", "10.0.0.2", "dns"):
            self.assertIn(wanted, text)

    def test_all_that_is_public_is_told(self):
        text = NOTEBOOK.read_text(encoding="utf-8") + (SOURCE / "docs/python.md").read_text(encoding="utf-8")
        for name in set(tstat.__all__) - {"__version__", "Code", "Column", "Schema", "Table"}:
            self.assertIn(name, text)
        for name in set(tstat.__all__) - {"PACKET_RESULTS", "__version__"}:
            self.assertTrue(getattr(tstat, name).__doc__, name)
        for part in (tstat.Table, tstat.Analysis, tstat.Analyzer, tstat.Schema):
            for name, value in vars(part).items():
                if not name.startswith("_") and callable(value):
                    self.assertTrue(value.__doc__, f"{part.__name__}.{name}")


if __name__ == "__main__":
    unittest.main()
