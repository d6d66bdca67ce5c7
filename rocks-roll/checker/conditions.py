# SPDX-License-Identifier: BSD-3-Clause
"""Conditions of edges and packages: expressions of Python over a host's attributes, of which this reads what compares."""
from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, Union

Attributes = dict[str, str]
Scalar = Union[str, int, float, bool, None]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}


class ConditionError(Exception):
    pass


def value_of(text: str) -> Scalar:
    """As the generator sees an attribute: on and off are truths, digits numbers."""
    if text.lower() in ("on", "true", "yes", "y"):
        return True
    if text.lower() in ("off", "false", "no", "n"):
        return False
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _evaluate(node: ast.expr, attributes: Attributes) -> Scalar:
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float, bool, type(None))):
        value: Scalar = node.value
        return value
    if isinstance(node, ast.Name):
        return value_of(attributes[node.id]) if node.id in attributes else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _evaluate(node.operand, attributes)
    if isinstance(node, ast.BoolOp):
        values = [bool(_evaluate(v, attributes)) for v in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        left, right = _evaluate(node.left, attributes), _evaluate(node.comparators[0], attributes)
        try:
            return bool(_COMPARE[type(node.ops[0])](left, right))
        except TypeError:
            return False
    raise ConditionError(f"'{ast.unparse(node)}' is more than this check understands")


def holds(condition: str, attributes: Attributes) -> bool:
    if not condition.strip():
        return True
    try:
        tree = ast.parse(condition.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConditionError(f"'{condition}': {error}") from None
    return bool(_evaluate(tree.body, attributes))


def joined(attributes: dict[str, str], more: str = "") -> str:
    """arch, os, release (one of a list each) and cond of an element, all of which must hold."""
    parts = ["(" + " or ".join(f"{name} == '{one.strip()}'" for one in attributes[name].split(",")) + ")"
             for name in ("arch", "os", "release") if attributes.get(name)]
    parts += [f"({c})" for c in (attributes.get("cond", ""), more) if c]
    return " and ".join(parts)
