"""`mutation.py` finds functions and tables by their names: each of them is there."""

from __future__ import annotations

import importlib

import mutation
import pytest


@pytest.mark.parametrize("module", mutation.TARGETS)
def test_functions_that_are_changed_are_there(module: str) -> None:
    found = {name for name, _ in mutation.functions_of(module)}  # ends the process where one is missing
    assert found
    assert set(mutation.TARGETS[module]) <= found


@pytest.mark.parametrize("module", mutation.CONSTANTS)
def test_tables_that_are_changed_are_there(module: str) -> None:
    assert set(mutation.CONSTANTS[module]) <= set(vars(importlib.import_module(module)))
