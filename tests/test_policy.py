"""The kernel policy's thresholds: what stands in the runtime is what the measurements say."""

from __future__ import annotations

import json
from typing import Any

import marks
import policy
import pytest


def cell(queries: int, ratio: float) -> dict[str, Any]:
    return {"heads": 1, "queries": queries, "keys": 1, "ratio": ratio}


@pytest.mark.parametrize(
    ("ratios", "limits"),
    [
        ({4: 2.0, 16: 1.5, 64: 0.5, 256: 0.4}, (64, None)),
        ({4: 0.5, 16: 0.5, 64: 0.4}, (4, None)),
        ({4: 0.5, 16: 0.5, 64: 1.4, 256: 2.0}, (4, 64)),
        ({4: 1.5, 16: 0.5, 64: 0.4, 256: 2.0}, (16, 256)),
        ({4: 1.0, 16: 1.2, 64: 3.0}, None),
        ({4: 0.95, 16: 0.92, 64: 0.98}, None),  # a draw: SDPA needs no memory for the scores
        ({4: 0.9, 16: 2.0, 64: 0.7, 256: 1.1, 1024: 0.3}, (64, None)),
    ],
)
def test_a_band_loses_the_least_time(ratios: dict[int, float], limits: tuple[int, int | None] | None) -> None:
    assert policy.band([cell(queries, ratio) for queries, ratio in ratios.items()]) == limits


def blocks(hiding: str, table: dict[int, dict[int, float]]) -> list[dict[str, Any]]:
    rows = {rows: table.get(rows, {}) for rows in policy.BLOCK_ROWS}
    return [
        {
            "hiding": hiding,
            "queries": queries,
            "train": train,
            "ratios": {str(size): ratios.get(size, 1.0) for size in policy.BLOCK_SIZES},
        }
        for queries, ratios in rows.items()
        for train in (False, True)
    ]


def test_the_size_of_blocks_is_the_one_that_takes_least_time() -> None:
    least, most = policy.BLOCK_ROWS[0], policy.BLOCK_ROWS[-1]
    measured = [
        *blocks("is_causal", {most: {256: 0.8}}),
        *blocks("mask", {least: {128: 0.8}, 512: {128: 0.8, 256: 0.7}, 768: {256: 0.99}}),
        *blocks("bias", {least: {128: 0.7}, 512: {128: 0.8, 256: 0.6}, 768: {256: 0.99}}),
    ]
    assert policy.block_sizes({policy.BLOCKS: measured}) == {
        (is_causal, train): table
        for is_causal, table in (
            (True, ((least, 0), (most, 256), (most + 1, 0))),
            (False, ((least, 128), (384, 0), (512, 256), (768, 0))),
        )
        for train in (False, True)
    }


def test_runtime_and_docs_say_what_was_measured() -> None:
    data = json.loads(policy.DATA.read_text(encoding="utf-8"))
    assert {cell["dtype"] for cell in data["cells"]} == set(policy.DTYPES)
    for path, text in policy.files(data).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python benchmarks/policy.py render"


def test_text_without_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match="marks"):
        marks.rendered("no marks\n", "content\n", policy.MARKS)


@pytest.mark.parametrize("mask", policy.MASKS)
@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
def test_both_sides_of_a_cell_compute_the_same(mask: str, train: bool) -> None:
    import torch

    eager, fused = policy.sides(policy.Cell("float32", 24, 16, 16, 8, mask, train), policy.runtime())
    with torch.set_grad_enabled(train):
        torch.testing.assert_close(eager(), fused(), rtol=1e-4, atol=1e-5)
