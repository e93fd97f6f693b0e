"""The normal form of expressions."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from codemod import lower


@pytest.mark.parametrize(
    "text", ["'a'", "f'a b'", "f'a' 'b' rf'c'", "b'a' b'b'", "f'{a}'", "f'a' f'{b}'", r"f'a\tb'", "f'{{a}}'"]
)
def test_a_string_is_a_constant_only_with_the_value_that_python_gives_it(text: str) -> None:
    node = lower.expression(cst.parse_expression(text))
    names = {part.id for part in ast.walk(ast.parse(text)) if isinstance(part, ast.Name)}
    assert isinstance(node, lower.Constant) or names or "\\" in text or "{{" in text
    if isinstance(node, lower.Constant):
        assert not names
        assert node.value == eval(text)  # a literal of the list above
