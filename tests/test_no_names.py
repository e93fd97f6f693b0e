"""The tool knows how attention is written, not who wrote it: no architecture's name stands in its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.source import Library

ROOT = Path(__file__).parent.parent
SHORTEST = 4
"""Letters: a shorter name ("vit", "sam", "t5") is a part of too many words."""

ALLOWED = {
    "auto": "the folder of transformers that maps model types to folders; no architecture",
    "clip": "an operation of torch",
    "deprecated": "a folder of folders in older versions of transformers; no architecture",
}
DATA = {
    "tiny.py": "builds small models from data/tiny_models.json, and knows what some of them need to run",
    "verify.py": "compares numbers of small models, and knows what some of them need to run",
}
SOURCES = sorted(
    path for name in ("codemod", "templates") for path in (ROOT / name).iterdir() if path.suffix in (".py", ".jinja")
)


def plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@pytest.fixture(scope="module")
def architectures() -> frozenset[str]:
    """Every folder below transformers/models, without underscores."""
    package = Library().module("transformers")
    assert package is not None
    folders = [path.name for path in (package.path.parent / "models").iterdir() if path.is_dir()]
    assert len(folders) > 100
    return frozenset(plain(name) for name in folders if len(plain(name)) >= SHORTEST)


def said(text: str) -> Iterator[tuple[str, str]]:
    """A run of words in an identifier, a string or a comment (`GPTJSdpaAttention`: gptj, gptjsdpa, sdpa, …), and the
    identifier."""
    for word in re.findall(r"\w+", text):
        parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", word)]
        for start in range(len(parts)):
            for end in range(start + 1, min(len(parts), start + 6) + 1):
                yield "".join(parts[start:end]), word


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class GPTJSdpaAttention", "gptj"),
        ('x = "modeling_bert"', "bert"),
        ("GptNeoXAttention.forward", "gptneox"),
        ("# as wav2vec2 does", "wav2vec2"),
        ("blip_2", "blip2"),
    ],
)
def test_a_name_is_seen(text: str, name: str) -> None:
    assert name in {found for found, _ in said(text)}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name not in DATA], ids=lambda path: path.name)
def test_no_architecture_is_named(path: Path, architectures: frozenset[str]) -> None:
    forbidden = architectures - ALLOWED.keys()
    found = [
        f"{path.name}:{number} {word}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for name, word in said(line)
        if name in forbidden
    ]
    assert not found, "say what the source does in place of whose it is: " + ", ".join(found)


def test_exceptions_are_needed(architectures: frozenset[str]) -> None:
    text = {name for path in SOURCES for name, _ in said(path.read_text(encoding="utf-8"))}
    assert sorted(ALLOWED.keys() - text) == []
    assert sorted(DATA.keys() - {path.name for path in SOURCES}) == []
