"""The grid of settings: its cells, and the tables that are made of them."""

from __future__ import annotations

import json
from typing import Any

import grid


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
    assert "| float32 | 1 of 2, 0.97 | 1 of 1, 0.98 | 1 of 1, 1.25 |" in text
    assert "| gptj |  | 1.00 / 0.97 |  |  |  | 1.25 |" in text
    assert "| gptj |  | 0.98 |  |  |  |" in text


def test_docs_hold_the_tables() -> None:
    data = json.loads(grid.DATA.read_text(encoding="utf-8"))
    assert grid.documented(data) == grid.DOCS.read_text(encoding="utf-8"), "run python benchmarks/grid.py render"
