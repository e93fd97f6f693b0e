"""The grid of settings: its cells, and the tables that are made of them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_grid", ROOT / "benchmarks" / "grid.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


grid = load()


def cell(**changes: Any) -> dict[str, Any]:
    plain = {"name": "gptj", "dtype": "float32", "seq": 16, "cache": 0, "train": False, "padding": None, "ratio": 1.0}
    return {**plain, **changes}


def test_a_decoder_has_a_token_on_a_cache() -> None:
    cells = {name: list(grid.settings(name, "float32", 1)) for name in ("gptj", "bert")}
    assert [setting.cache for setting in cells["gptj"]] == [0, 0, 0, 0, grid.CACHE, grid.CACHE]
    assert {setting.cache for setting in cells["bert"]} == {0}
    assert len({tuple(getattr(setting, key) for key in grid.KEYS) for setting in cells["gptj"]}) == 6
    assert len(list(grid.settings("gptj", "float32", 16))) == 4


def test_tables_say_what_was_measured() -> None:
    cells = [
        cell(),
        cell(padding="right", ratio=0.97),
        cell(seq=1, cache=grid.CACHE, ratio=1.25),
        cell(train=True, ratio=0.981),
    ]
    text = grid.tables({"torch": "2", "threads": "1 thread", "cells": cells})
    assert "3 of 4 cells are at 0.98 or above; the least is 0.97 (gptj)." in text
    assert "| gptj |  | 1.00 / 0.97 |  |  |  | 1.25 |" in text
    assert "| gptj |  | 0.98 |  |  |  |" in text


def test_docs_hold_the_tables() -> None:
    data = json.loads(grid.DATA.read_text(encoding="utf-8"))
    text = grid.DOCS.read_text(encoding="utf-8")
    assert grid.rendered(text, grid.tables(data)) == text, "run python benchmarks/grid.py render"
