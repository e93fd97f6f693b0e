"""Source is found, read and cut without importing it; what cannot be read says why."""

from __future__ import annotations

import ast
import inspect
import os
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from codemod import source
from codemod.source import Library, SourceError, SourceFile, children, combined_digest, normalised_digest, walk

CLASS = '''class A(B):
    """What it is."""

    def f(self, x: int = 1) -> None:
        # why
        return g(x, "a", key=None)
'''


# Digests


@pytest.mark.parametrize(
    "same",
    [
        CLASS.replace("        # why\n", ""),
        CLASS.replace('    """What it is."""\n', '    """Something else."""\n'),
        CLASS.replace('    """What it is."""\n\n', ""),
        CLASS.replace(
            'g(x, "a", key=None)', "g(\n            x,\n            'a',\n            key = None,\n        )"
        ),
        CLASS.replace("        # why\n", "        '''A docstring.'''\n\n\n"),
        CLASS.replace('"a"', 'u"a"'),
    ],
    ids=["comment", "docstring", "no docstring", "format", "method docstring", "kind of string"],
)
def test_digest_ignores_what_says_nothing(same: str) -> None:
    assert same != CLASS
    assert normalised_digest(same) == normalised_digest(CLASS)


@pytest.mark.parametrize(
    ("old", "new"),
    [("= 1", "= 2"), ("= 1", "= 1.0"), ("= 1", "= True"), ("key=None", "key=0"), ('"a"', 'b"a"'), ("(B)", "(C)")],
)
def test_digest_sees_every_constant_and_name(old: str, new: str) -> None:
    assert normalised_digest(CLASS.replace(old, new)) != normalised_digest(CLASS)


def test_digest_tells_where_a_missing_value_stands() -> None:
    texts = ["{**a, 'b': 1}", "{'b': 1, **a}", "def f(*, a, b=1): pass", "def f(*, a=1, b): pass", "return_ = None"]
    assert len({normalised_digest(text) for text in texts}) == len(texts)


def test_digest_of_an_indented_method_is_that_of_the_method() -> None:
    method = CLASS.partition("\n\n")[2]
    at_margin = "\n".join(line[4:] for line in method.split("\n"))
    assert normalised_digest(method) == normalised_digest(at_margin)


def test_digest_is_the_same_on_every_python() -> None:
    text = 'def f(x, /, *y, z=0x10, **k):\n    return f"{x!r:>{z}} a" "b", [*y, ...], 1e3, -0.0, {1: None, **k}\n'
    assert normalised_digest(text) == "6688fa8d555f86e9147e4607f46d648289fc98fe34fb5981284bd755a604974a"


def test_digest_of_a_very_long_number() -> None:
    assert normalised_digest(f"x = 0x{'f' * 9000}") != normalised_digest(f"x = 0x{'f' * 9001}")


def test_combined_digest_does_not_depend_on_order() -> None:
    pairs = [("b:B", "2"), ("a:A", "1")]
    assert combined_digest(pairs) == combined_digest(reversed(pairs)) == combined_digest(pairs * 2)
    assert combined_digest(pairs) != combined_digest([("b:B", "1"), ("a:A", "2")])


def test_the_runtime_computes_the_same_digests() -> None:
    # generated code cannot import codemod, so the text stands twice
    runtime = "".join(path.read_text() for path in sorted((ROOT / "templates").glob("*.py")))
    for function in (normalised_digest, combined_digest):
        assert inspect.getsource(function) in runtime


# Files


def library(root: Path, files: dict[str, str]) -> Library:
    """A package `pkg` of these modules."""
    for name, text in {"__init__": "", **files}.items():
        path = root / "pkg" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Library({"pkg": root / "pkg"})


def loaded(root: Path, text: str) -> SourceFile:
    file = library(root, {"sub/mod": text}).module("pkg.sub.mod")
    assert file is not None
    return file


def test_names_of_a_module(tmp_path: Path) -> None:
    file = loaded(
        tmp_path,
        "import a.b\nimport c.d as e\nfrom . import f\nfrom ..g import h as i\nfrom .... import lost\n"
        "if True:\n    from j import k\ntry:\n    import l\nexcept ImportError:\n    l = None\nelse:\n    m: int = 1\n"
        "class N: pass\ndef o(): pass\nasync def p(): pass\nclass N: x = 1\n",
    )
    assert file.imports == {
        "a": ("a", None),
        "e": ("c.d", None),
        "f": ("pkg.sub", "f"),
        "i": ("pkg.g", "h"),
        "k": ("j", "k"),
        "l": ("l", None),
    }
    assert set(file.classes) == {"N"}
    assert set(file.functions) == {"o"}
    assert set(file.assigns) == {"l", "m"}
    assert file.location(file.classes["N"]).line == 17


def test_relative_imports_of_a_package(tmp_path: Path) -> None:
    file = library(tmp_path, {"sub/__init__": "from . import x\nfrom ..y import z\n"}).module("pkg.sub")
    assert file is not None
    assert file.imports == {"x": ("pkg.sub", "x"), "z": ("pkg.y", "z")}


def test_segment_is_the_exact_text(tmp_path: Path) -> None:
    method = "    @first\n    @second(\n    )\n    def g(self):\n        pass"
    text = f'x = 1\n\nclass A:\n    é = "ü"; y = f(1,\n      2)  # why\n\n{method}\n'
    file = loaded(tmp_path, text)
    klass = file.classes["A"]
    assert file.segment(klass) == text[7:-1]
    assert file.segment(klass.body[1]) == "y = f(1,\n      2)"
    assert file.segment(klass.body[2]) == method
    assert file.segment(file.tree) == text


def test_newlines_and_declared_encodings(tmp_path: Path) -> None:
    path = tmp_path / "latin.py"
    path.write_bytes("# -*- coding: latin-1 -*-\r\nclass A:\r\n    x = 'é'\r\n".encode("latin-1"))
    [file] = Library({}).file(path, "latin").files
    assert file.segment(file.classes["A"]) == "class A:\n    x = 'é'"


def test_license_is_the_comment_with_the_copyright(tmp_path: Path) -> None:
    assert loaded(tmp_path, "# coding: utf-8\n# Copyright 1\n#\n# text\n\n# other\nx = 1\n").license == (
        "# Copyright 1\n#\n# text"
    )
    assert loaded(tmp_path, "# just a comment\n").license == ""


def test_a_name_is_followed_through_imports(tmp_path: Path) -> None:
    files = {"a": "from .b import x as y\n", "b": "from pkg.c import x\n", "c": "def x(): pass\n"}
    found = library(tmp_path, files).find("pkg.a", "y")
    assert found is not None
    assert found[0].module == "pkg.c"


def test_cyclic_imports_end(tmp_path: Path) -> None:
    cycle = library(tmp_path, {"a": "from .b import x\n", "b": "from .a import x\nfrom torch import y\n"})
    assert cycle.find("pkg.a", "x") is None
    assert cycle.find("pkg.b", "y") is None


def test_only_known_packages_are_read() -> None:
    empty = Library({})
    assert empty.module("json") is None
    assert empty.module("pkg..secret") is None


# What cannot be read


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"def f(:\n", "SOURCE_SYNTAX", "bad.py:1:7"),
        (b"x = 1\ny = '\0'\n", "SOURCE_ENCODING", "bad.py:2:1"),
        (b"x = '\xff'\n", "SOURCE_ENCODING", "bad.py:1:1"),
        (b"# coding: klingon\n", "SOURCE_ENCODING", "bad.py:1:1"),
        (b"x = 1\ny = " + b"-" * 300 + b"1\n", "SOURCE_TOO_DEEP", "bad.py:2:1"),
        (b"x = " + b"(" * 5000 + b")" * 5000, "SOURCE_TOO_DEEP|SOURCE_SYNTAX", "bad.py:1:"),
        (b"x = " + b"-" * 100_000 + b"1\n", "SOURCE_TOO_DEEP", "bad.py:1:1"),
        (b"#" * (1 << 20) + b"#", "SOURCE_TOO_LARGE", "bad.py:1:1"),
    ],
    ids=["syntax", "null byte", "not utf-8", "unknown encoding", "deep", "deep brackets", "very deep", "large"],
)
def test_unreadable_source(tmp_path: Path, content: bytes, code: str, place: str) -> None:
    path = tmp_path / "bad.py"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        _ = Library({}).file(path, "bad").files[0].tree
    assert caught.value.refusal.code in code.split("|")
    assert str(caught.value.refusal.location).startswith(place)
    assert str(tmp_path) not in str(caught.value)


def test_a_long_line_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("x = [" + "1, " * 300_000 + "]\ny = 2\n")
    assert set(Library({}).file(path, "long").files[0].assigns) == {"x", "y"}


def test_odd_escapes_are_not_our_business(tmp_path: Path) -> None:
    assert set(loaded(tmp_path, "x = '\\d'\ndef f(): pass\n").functions) == {"f"}
    assert normalised_digest("x = '\\d'")


@pytest.mark.parametrize("name", ["missing.py", "folder"])
def test_a_path_that_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match="SOURCE_MISSING"):
        Library({}).file(tmp_path / name, "x")


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(SourceError, match="not a regular file"):
        Library({}).file(tmp_path / "pipe.py", "pipe")


@pytest.mark.parametrize("name", ["", "a..b", "../a", "a/b", "class", "a.1b", 'a"b'])
def test_a_module_needs_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.py").touch()
    with pytest.raises(SourceError, match="INVALID_NAME"):
        Library({}).file(tmp_path / "a.py", name)


def test_analysed_source_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "trap.py"
    path.write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\nraise SystemExit\nclass A: pass\n")
    assert set(Library({}).file(path, "trap").files[0].classes) == {"A"}
    assert not (tmp_path / "sprung").exists()
    assert "trap" not in sys.modules


# The installed transformers


@pytest.fixture(scope="module")
def transformers() -> Library:
    return Library()


def test_architectures(transformers: Library) -> None:
    names = transformers.architectures()
    assert len(names) > 300
    assert list(names) == sorted(names)
    assert "auto" not in names
    assert {"bert", "gptj"} <= set(names)


@pytest.mark.parametrize(
    ("asked", "name"),
    [("gptj", "gptj"), ("blip-2", "blip_2"), ("openai-gpt", "openai"), ("data2vec-text", "data2vec")],
)
def test_an_architecture_by_folder_or_model_type(transformers: Library, asked: str, name: str) -> None:
    found = transformers.architecture(asked)
    assert found.name == name
    assert found.command == f"python -m codemod generate --arch {name}"
    assert all(file.display.startswith(f"transformers/models/{name}/modeling_") for file in found.files)


def test_an_unknown_architecture_gets_the_nearest_names(transformers: Library) -> None:
    with pytest.raises(SourceError) as caught:
        transformers.architecture("gpt_jay")
    assert caught.value.refusal.code == "UNKNOWN_ARCH"
    assert "gptj" in caught.value.refusal.remedy


def test_without_transformers() -> None:
    assert Library({}).architectures() == ()
    with pytest.raises(SourceError, match="SOURCE_MISSING transformers is not installed"):
        Library({}).architecture("gptj")


def test_templates_beside_a_modeling_file_are_no_sources(tmp_path: Path) -> None:
    folder = tmp_path / "transformers" / "models" / "toy"
    folder.mkdir(parents=True)
    for name in ("__init__", "modeling_toy", "modular_toy", "diff_toy", "configuration_toy"):
        (folder / f"{name}.py").write_text("class ToyAttention(nn.Module): pass\n", encoding="utf-8")
    found = Library({"transformers": tmp_path / "transformers"}).architecture("toy")
    assert [file.module for file in found.files] == ["transformers.models.toy.modeling_toy"]


def test_a_module_of_any_installed_package() -> None:
    found = Library({}).dotted("torch.nn.modules.activation")
    assert found.name == "activation"
    assert found.files[0].display == "torch/nn/modules/activation.py"
    with pytest.raises(SourceError, match="SOURCE_MISSING"):
        Library({}).dotted("no_such_package.module")


def test_a_file_knows_its_siblings_where_the_path_ends_as_the_name(tmp_path: Path) -> None:
    library(tmp_path, {"attn": "from .util import f\n", "util": "def f(): pass\n"})
    found = Library({}).file(tmp_path / "pkg" / "attn.py", "pkg.attn")
    assert found.library.find("pkg.attn", "f") is not None
    alone = Library({}).file(tmp_path / "pkg" / "attn.py", "other.name")
    assert alone.library.find("other.name", "f") is None
    assert alone.command == "python -m codemod generate --source attn.py --import-as other.name"


def test_other_packages_are_read_for_a_file_where_they_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {"base": "class Base: pass\n", "broken": "class Base(:\n"}.items():
        (tmp_path / f"an_{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.py").write_text("from an_base import Base\n")
    found = Library({}).file(tmp_path / "own" / "mine.py", "mine").library
    assert found.find("mine", "Base") is not None
    assert [found.module(name) for name in ("an_broken", "an_base.inner", "no_such_package", "numpy", "torch")] == [
        None
    ] * 5
    assert Library({}).module("an_base") is None


def test_what_was_read_can_be_dropped(tmp_path: Path) -> None:
    files = library(tmp_path, {"a": "x = 1\n"})
    first = files.module("pkg.a")
    assert files.module("pkg.a") is first
    files.forget("pkg")
    assert files.module("pkg.a") is not first


def test_versions() -> None:
    assert source.version("pytest") == pytest.__version__
    assert source.version("no-such-distribution") == ""


def test_walk_goes_where_ast_goes() -> None:
    text = (
        Path(__file__).read_text(encoding="utf-8")
        + "\n{**a, b: c}\nglobal d\nfor e in -f: pass\nmatch g:\n case {**h}: 1 < 2\n"
    )
    tree = ast.parse(text)
    bare = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
    assert walk(tree) == [node for node in ast.walk(tree) if not isinstance(node, bare)]
    for node in walk(tree):
        assert children(node) == [child for child in ast.iter_child_nodes(node) if not isinstance(child, bare)]


STARS: dict[str, tuple[dict[str, str], dict[str, tuple[str, str | None]] | None]] = {
    "what is bound": (
        {
            "b": "import torch\nfrom torch import nn\nX = 1\n_o = 2\nfor i in (): j = i\ndef f(): y = 1\n"
            "class K: z = 1\n"
        },
        {
            "torch": ("torch", None),
            "nn": ("torch", "nn"),
            "i": ("pkg.b", "i"),
            "j": ("pkg.b", "j"),
            "K": ("pkg.b", "K"),
        }
        | {"X": ("pkg.b", "X"), "f": ("pkg.b", "f")},
    ),
    "what is said": (
        {"b": "__all__ = ['_own', 'X']\nX = _own = 2\nY = 3\n"},
        {"_own": ("pkg.b", "_own"), "X": ("pkg.b", "X")},
    ),
    "of a module that does so": (
        {"b": "from .c import *\nX = 1\n", "c": "Y = 2\n"},
        {"X": ("pkg.b", "X"), "Y": ("pkg.c", "Y")},
    ),
    "what may be bound twice": (
        {"b": "try:\n    from torch import f\nexcept ImportError:\n    f = None\n"},
        {"f": ("pkg.b", "f")},
    ),
    "of itself": ({"b": "from .a import *\nX = 1\n"}, None),
    "what is put together": ({"b": "__all__ = ['X']\n__all__ += ['Y']\nX = Y = 1\n"}, None),
    "what is taken away": ({"b": "X = 1\ndel X\n"}, None),
    "what is bound by name": ({"b": "globals()['X'] = 1\n"}, None),
    "what does not parse": ({"b": "X =\n"}, None),
    "of a module that is not there": ({}, None),
}


@pytest.mark.parametrize("name", STARS)
def test_an_import_of_all_names(name: str, tmp_path: Path) -> None:
    files, expected = STARS[name]
    found = library(tmp_path, {"a": "from .b import *\n", **files}).module("pkg.a")
    assert found is not None
    assert found.imports == ({"*": ("pkg.b", "*")} if expected is None else expected)


def test_an_import_of_all_names_beside_others(tmp_path: Path) -> None:
    text = "import math\nfrom typing import *\nfrom .b import *\nprint(Z)\nclass K: pass\nX = 1\nclass Z(Z): pass\n"
    files = library(tmp_path, {"a": text, "b": "import math\nX = 2\nclass K: pass\nclass Z: pass\nW = 1\n"})
    found = files.module("pkg.a")
    assert found is not None
    assert found.imports["Optional"] == ("typing", "Optional")
    assert found.imports["W"] == ("pkg.b", "W")
    assert {"math", "Z"} <= set(found.imports)
    assert {"X", "K"}.isdisjoint(found.imports)
