"""Callers of attention classes: which are relieved of asking for weights, and which uses of weights are seen."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from codemod.ir import ArchReport
from codemod.targets import Target, analyse

ATTENTION = """
import torch
from torch import nn


class Attention(nn.Module):
    def forward(self, query, key, value, output_attentions=False):
        probs = (query @ key.transpose(-1, -2)).softmax(-1)
        context = probs @ value
        return context, probs if output_attentions else None


class Always(nn.Module):
    def forward(self, query, key, value):
        probs = (query @ key.transpose(-1, -2)).softmax(-1)
        return probs @ value, probs
"""

LAYER = """

class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()
        self.always = Always()
        self.norm = nn.LayerNorm(8)

    def forward(self, hidden, output_attentions=False):
{body}
"""


def analysed(tmp_path: Path, text: str) -> ArchReport:
    """The report on some source."""
    path = tmp_path / "callers_of_attention.py"
    path.write_text(text, encoding="utf-8")
    report = analyse(Target("source", str(path), path.stem))
    assert isinstance(report, ArchReport), report
    return report


def layer(body: str) -> str:
    """A file whose layer does that."""
    return ATTENTION + LAYER.format(body="\n".join(f"        {line}" for line in body.strip("\n").splitlines()))


ASKING = "self.attention(hidden, hidden, hidden, output_attentions=True)"

RELIEVED = {
    "dropped": f"hidden, _ = {ASKING}\nreturn hidden",
    "by index": f"return {ASKING}[0]",
    "by position": "return self.attention(hidden, hidden, hidden, True)[0]",
    "under the flag": f"hidden, probs = {ASKING}\nreturn (hidden, probs) if output_attentions else hidden",
    "under the flag and more": f"x, w = {ASKING}\nif output_attentions and x is not None:\n    x = x, w\nreturn x",
    "after an early return": f"x, w = {ASKING}\nif not output_attentions:\n    return x\nreturn x, w.sum()",
    "overwritten": f"x, w = {ASKING}\nw = x + 1\nreturn x * w",
    "handed on": f"outputs = {ASKING}\nreturn (self.norm(outputs[0]),) + outputs[1:]",
    "in a loop": f"for _ in range(2):\n    hidden, w = {ASKING}\nreturn hidden",
    "flag from the configuration": "output_attentions = output_attentions if output_attentions is not None "
    f"else self.config.output_attentions\nx, w = {ASKING}\nif output_attentions:\n    return x, w\nreturn x",
}

INSISTENT = {
    "computed with": f"x, w = {ASKING}\nreturn x * w.amax()",
    "added": f"x, w = {ASKING}\nreturn x + w",
    "stored": f"x, self.last = {ASKING}\nreturn x",
    "given to a function": f"x, w = {ASKING}\nreturn torch.matmul(w, x)",
    "given to a module": f"x, w = {ASKING}\nreturn self.norm(w)",
    "tested": f"x, w = {ASKING}\nif w is not None:\n    x = x + 1\nreturn x",
    "collected": f"found = []\nx, w = {ASKING}\nfound.append(w)\nreturn x, found",
    "under another flag": f"x, w = {ASKING}\nif self.training:\n    x = x + w\nreturn x",
    "where it was not asked": f"x, w = {ASKING}\nif not output_attentions:\n    return x + w\nreturn x",
    "under the flag or more": f"x, w = {ASKING}\nif output_attentions or x.any():\n    return x + w\nreturn x",
    "flag bound anew": f"output_attentions = True\nx, w = {ASKING}\nif output_attentions:\n    return x + w\nreturn x",
    "in a closure": f"x, w = {ASKING}\nreturn [part for part in (x, w) if part is not None]",
    "read in the next pass": f"w = 0\nfor _ in range(2):\n    hidden = hidden + w\n    _, w = {ASKING}\nreturn hidden",
    "all of it handed over": f"return torch.stack({ASKING})",
    "as a condition": f"x, w = {ASKING}\nif w:\n    return x + 1\nreturn x",
    "a position that is not known": f"return {ASKING}[int(self.norm.eps)] + 1",
}


@pytest.mark.parametrize("name", RELIEVED)
def test_a_caller_that_always_asks_is_relieved(name: str, tmp_path: Path) -> None:
    report = analysed(tmp_path, layer(RELIEVED[name]))
    found = {item.base: item for item in report.classes}
    assert found["Layer"].seam == "caller"
    [method] = found["Layer"].methods
    assert "weights_requested(self" in method.text
    assert "True" not in method.text.partition(":\n")[2].replace("output_attentions=False", "")
    assert {"callers_of_attention:Layer", "callers_of_attention:Attention"} <= set(found["Layer"].reads)
    [record] = [record for record in report.records if record.class_name == "Layer"]
    assert record.status == "generated"
    assert "only where somebody waits" in record.message


@pytest.mark.parametrize("name", INSISTENT)
def test_a_caller_that_uses_what_it_asks_for_is_named(name: str, tmp_path: Path) -> None:
    report = analysed(tmp_path, layer(INSISTENT[name]))
    assert "Layer" not in {item.base for item in report.classes}
    assert "Attention" in {item.base for item in report.classes}
    [record] = [record for record in report.records if record.class_name == "Layer"]
    assert (record.status, record.code) == ("refused", "CALLER")
    assert "always asks `self.attention`" in record.message


@pytest.mark.parametrize(
    "call", ["self.attention(hidden, hidden, hidden)", "self.attention(hidden, hidden, hidden, output_attentions)"]
)
def test_a_caller_that_does_not_insist_is_left(call: str, tmp_path: Path) -> None:
    report = analysed(tmp_path, layer(f"x, w = {call}\nreturn x"))
    assert not [record for record in report.records if record.class_name == "Layer"]


OUTER = """

class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(2)])

    def forward(self, hidden, output_attentions=False):
        found = []
        for layer in self.layers:
            outputs = layer(hidden)
            hidden = outputs[0]
            {collect}
        return hidden, found
"""


@pytest.mark.parametrize(
    ("collect", "relieved"),
    [
        ("if output_attentions: found.append(outputs[1])", True),
        ("found.append(outputs[1])", False),
        ("found += [outputs[1].mean()]", False),
        ("found.append(outputs[0])", True),
        ("if self.training: found.append(outputs[-1])", False),
    ],
)
def test_a_caller_is_relieved_only_as_its_own_callers_let_it(collect: str, relieved: bool, tmp_path: Path) -> None:
    source = layer(f"x, w = {ASKING}\nreturn x, w") + OUTER.format(collect=collect)
    assert ("Layer" in {item.base for item in analysed(tmp_path, source).classes}) == relieved


@pytest.mark.parametrize(
    ("collect", "refused"),
    [
        ("if output_attentions: found.append(outputs[1])", False),
        ("found.append(outputs[1])", True),
        ("self.last = outputs[1]", True),
        ("found.append(outputs[0])", False),
    ],
)
def test_weights_that_a_caller_collects_unasked(collect: str, refused: bool, tmp_path: Path) -> None:
    body = "x, w = self.always(hidden, hidden, hidden)\nreturn x, w"
    report = analysed(tmp_path, layer(body) + OUTER.format(collect=collect))
    assert ("Always" in {item.base for item in report.classes}) != refused
    if refused:
        [record] = [record for record in report.records if record.class_name == "Always"]
        assert record.code == "CALLER"
        assert "Outer.forward uses the returned probabilities" in record.message


@pytest.mark.parametrize(
    "call",
    [
        "self.layer.forward(hidden)",
        "getattr(self, 'layer')(hidden)",
        "self._modules['layer'](hidden)",
        "next(self.children())(hidden)",
        "apply(self.layer, hidden)",
        "apply(self.layer.__call__, hidden)",
        "[layer(hidden) for layer in (self.layer,)][0]",
        "(lambda part: self.layer(part))(hidden)",
        "Layer()(hidden)",
    ],
)
def test_a_call_that_is_hard_to_see_is_seen(call: str, tmp_path: Path) -> None:
    source = layer(f"x, w = {ASKING}\nreturn x, w") + (
        "\n\nclass Outer(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layer = Layer()\n\n    def forward(self, hidden):\n"
        f"        outputs = {call}\n        return outputs[0] + outputs[1].mean()\n"
    )
    assert "Layer" not in {item.base for item in analysed(tmp_path, source).classes}


def test_a_class_that_goes_out_of_sight_is_doubt(tmp_path: Path) -> None:
    source = layer(f"x, w = {ASKING}\nreturn x, w")
    hidden = "\n\nclass Outer(nn.Module):\n    def __init__(self):\n        self.it = held(Layer())\n"
    assert "Layer" in {item.base for item in analysed(tmp_path, source).classes}
    assert "Layer" not in {item.base for item in analysed(tmp_path, source + hidden).classes}


HANDED = "self.attention(hidden, hidden, hidden, output_attentions)"
HANDING = {
    "by place": f"return {HANDED}",
    "by name": f"return {HANDED}".replace("output_", "output_attentions=output_"),
    "in a branch": f"if self.training:\n    return {HANDED}\nreturn hidden",
    "twice": f"hidden, _ = {HANDED}\nreturn {HANDED}",
}
KEEPING = {
    "not at all": "return self.attention(hidden, hidden, hidden)",
    "something else": "return self.attention(hidden, hidden, hidden, output_attentions=self.training)",
    "negated": "return self.attention(hidden, hidden, hidden, output_attentions=not output_attentions)",
    "bound anew": f"output_attentions = output_attentions or self.training\nreturn {HANDED}",
    "once of twice": f"hidden, _ = self.attention(hidden, hidden, hidden)\nreturn {HANDED}",
    "by a star": "return self.attention(*(hidden, hidden, hidden), output_attentions)",
    "in another method": "return self.other(hidden, output_attentions)\n\n"
    f"def other(self, hidden, output_attentions):\n    return {HANDED}",
    "of another function": f"def ask(output_attentions):\n    return {HANDED}\nreturn ask(False)",
}
ALONE = """

class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = Attention()

    def forward(self, hidden, output_attentions=False):
{body}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer() for _ in range(3)])

    def forward(self, hidden, output_attentions=None):
        for layer in self.layers:
            hidden, weights = layer(hidden, output_attentions=output_attentions)
        return hidden, weights
"""


@pytest.mark.parametrize("body", [*HANDING.values(), *KEEPING.values()], ids=[*HANDING, *KEEPING])
def test_who_hands_the_request_on_to_its_attention(body: str, tmp_path: Path) -> None:
    first, method, rest = body.partition("\n\ndef ")
    text = textwrap.indent(first, " " * 8) + textwrap.indent(method + rest, " " * 4)
    found = {path.rpartition(".")[2] for path, _ in analysed(tmp_path, ATTENTION + ALONE.format(body=text)).handing}
    assert found - {"Layer"} == {"Attention", "Model"}
    assert ("Layer" in found) == (body in HANDING.values())


LISTS = {
    "a list that is written": "first, other = self.always(x, x, x), self.always(x, x, x)\nx = first[0]\n"
    "found = [first[1], other[1]]",
    "a tuple": "first, other = self.always(x, x, x), self.always(x, x, x)\nx = first[0]\nfound = first[1], other[1]",
    "a list that is made": "pairs = [part(x, x, x) for part in self.several]\nx = pairs[0][0]\n"
    "found = [pair[1] for pair in pairs]",
    "a list of both": "pairs = [part(x, x, x) for part in self.several]\nx = pairs[0][0]\n"
    "found = [*(weights for _, weights in pairs), None]",
    "a zipped list": "pairs = [part(x, x, x) for part in self.several]\nx = pairs[0][0]\n"
    "found = [w for (_, w), _ in zip(pairs, pairs)]",
}

SIFTED = {
    "a condition": "x = x * len([w for w in found if w is not None])",
    "a truth": "x = x * len([w for w in found if w])",
    "a filter": "x = x * len(list(filter(None, found)))",
    "a function": "x = x * len(list(filter(lambda w: w is not None, found)))",
    "the first": "first = next((w for w in found if w is not None), None)\nx = x * (1 if first is None else 2)",
    "any": "if any(w is None for w in found):\n    x = x * 2",
    "all": "if all(torch.is_tensor(w) for w in found):\n    x = x * 2",
    "a count": "x = x * (1 + found.count(None))",
    "being in it": "if None not in found:\n    x = x * 2",
    "equality": "if found == [None, None]:\n    x = x * 2",
    "a dictionary": "kept = {i: w for i, w in enumerate(found) if w is not None}\nx = x * (1 + len(kept))",
    "a set": "x = x * len({id(w) for w in found})",
    "a sum": "x = x * sum(w is not None for w in found)",
    "a map": "x = x * sum(map(torch.is_tensor, found))",
    "a loop": "for w in found:\n    if w is not None:\n        x = x * 2",
    "a numbered loop": "for _, w in enumerate(found):\n    x = x * 2 if w is not None else x",
    "a long loop": "while None in found:\n    found = found[1:]\n    x = x * 2",
    "one": "if found[0] is None:\n    x = x * 2",
    "its type": "if isinstance(found[0], torch.Tensor):\n    x = x * 2",
    "an attribute": "if hasattr(found[-1], 'shape'):\n    x = x * 2",
    "a pattern": "match found[0]:\n    case None:\n        x = x * 2",
    "a nested function": "def kept():\n    return [w for w in found if w is not None]\nx = x * len(kept())",
    "an order": "found = sorted(found, key=lambda w: w is None)\nx = x * 2",
    "a name in passing": "if (w := found[0]) is not None:\n    x = x * 2",
    "this or that": "w = found[0] or x\nx = x * w",
    "the object": "self.found = found",
}

UNSIFTED = {
    "nothing": "",
    "how many": "x = x * len(found)",
    "being there": "if found is not None:\n    x = x * 2",
    "a name of each": "for w in found:\n    x = x * 2",
    "where asked": "if output_attentions:\n    x = x * len([w for w in found if w is not None])",
    "where asked, at once": "if output_attentions and found[0] is not None:\n    x = x * 2",
    "where asked, in each": "x = x * (1 + len([w for w in found if output_attentions and w is not None]))",
}


def of_lists(made: str, body: str, tmp_path: Path) -> set[str]:
    """The codes of the class whose weights a layer puts into a list, "" where it is generated."""
    text = layer(f"x = hidden\n{made}\n{body}\nreturn x").replace(
        "self.norm =", "self.several = nn.ModuleList([Always(), Always()])\n        self.norm ="
    )
    return {record.code for record in analysed(tmp_path, text).records if record.class_name == "Always"}


@pytest.mark.parametrize("made", LISTS)
@pytest.mark.parametrize("name", SIFTED)
def test_weights_in_a_list_that_are_told_from_none(made: str, name: str, tmp_path: Path) -> None:
    assert of_lists(LISTS[made], SIFTED[name], tmp_path) == {"CALLER"}


@pytest.mark.parametrize("made", [made for made in LISTS if "is made" in made or "zipped" in made])
@pytest.mark.parametrize("name", UNSIFTED)
def test_weights_in_a_list_that_nobody_looks_at(made: str, name: str, tmp_path: Path) -> None:
    assert of_lists(LISTS[made], UNSIFTED[name], tmp_path) == {""}


@pytest.mark.parametrize(
    "test",
    ["match found:\n    case [None]:\n        x = x * 2", "def some():\n    return None in found\nx = x * some()"],
)
def test_a_gathered_list_that_a_nested_statement_reads(test: str, tmp_path: Path) -> None:
    made = "found = []\nfor part in self.several:\n    x, w = part(x, x, x)\n    found.append(w)"
    assert of_lists(made, test, tmp_path) == {"CALLER"}


PRUNED = """
import torch
from torch import nn
from somewhere import find, prune


class Inner(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.query = nn.Linear(8, 8)

    def forward(self, query, key, value):
        probs = (self.query(query) @ key.transpose(-1, -2)).softmax(-1)
        return probs @ value, probs


class Outer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.self = Inner(config)

    def pruned(self, heads):
        heads, index = find(heads, {given})
        self.self.query = prune(self.self.query, index)

    def forward(self, hidden):
        return self.self(hidden, hidden, hidden)[0]
"""


@pytest.mark.parametrize(
    ("given", "code"),
    [("self.self.heads", ""), ("self.self.query", ""), ("self.self.forward", "CALLER"), ("self.self", "CALLER")],
)
def test_what_a_module_has_besides_is_no_way_to_call_it(given: str, code: str, tmp_path: Path) -> None:
    report = analysed(tmp_path, PRUNED.replace("{given}", given))
    assert {record.code for record in report.records if record.class_name == "Inner"} == {code}


ITSELF = """
import torch
from torch import nn


class Attention(nn.Module):
    def forward(self, hidden):
        if hidden.size(0) > 4:
            {inside}
        probs = (hidden @ hidden.transpose(-1, -2)).softmax(-1)
        return probs @ hidden, probs

    def entropy(self, hidden):
        {beside}
"""


@pytest.mark.parametrize(
    ("inside", "beside", "refused"),
    [
        ("return self(hidden[:4])", "return self(hidden)[0]", False),
        ("x, w = self(hidden[:4])\n            return torch.cat([x]), torch.cat([w])", "return hidden", True),
        ("x, w = self.forward(hidden[:4])\n            return x, w.mean()", "return hidden", True),
        ("return [torch.cat(p) for p in zip(*(self(y) for y in hidden.split(4)))]", "return hidden", True),
        ("hidden = hidden + 1", "return self(hidden)[1].log().sum()", True),
        ("hidden = hidden + 1", "x, w = self.__call__(hidden)\n        return x * w.amax()", True),
        ("hidden = hidden + 1", "again = self\n        return again(hidden)[1].sum()", True),
        ("hidden = hidden + 1", "return list(map(self.forward, hidden.split(4)))", True),
        ("hidden = hidden + 1", "return nn.Module.__call__(self, hidden)[1].sum()", True),
        ("hidden = hidden + 1", 'return getattr(self, "forward")(hidden)[1].sum()', True),
        ("hidden = hidden + 1", "return [(lambda y: self(y))(hidden)[1].sum()]", True),
        ("hidden = hidden + 1", "self.seen = len(hidden)\n        return self", False),
    ],
)
def test_a_module_that_calls_itself(inside: str, beside: str, *, refused: bool, tmp_path: Path) -> None:
    report = analysed(tmp_path, ITSELF.format(inside=inside, beside=beside))
    codes = {record.code for record in report.records if record.status == "refused"}
    assert codes == ({"CALLER"} if refused else set())
    assert bool(report.classes) is not refused


OWN_FLAG = """
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, shown):
        super().__init__()
        self.shown = shown

    def forward(self, hidden):
        probs = (hidden @ hidden.transpose(-1, -2)).softmax(-1)
        return probs @ hidden, probs if self.shown else None


class Encoder(nn.Module):
    def __init__(self, shown):
        super().__init__()
        self.shown = shown
        self.layers = nn.ModuleList([Attention(shown) for _ in range(2)])

    def forward(self, hidden):
        found = []
        for layer in self.layers:
            hidden, probs = layer(hidden)
            if self.shown:
                found.append(probs)
        return hidden, found
"""


def test_a_flag_of_the_attention_itself_is_no_matter_of_its_caller(tmp_path: Path) -> None:
    report = analysed(tmp_path, OWN_FLAG)
    assert not [record for record in report.records if record.status == "refused"]
    assert "weights=self.shown" in next(m.text for item in report.classes for m in item.methods if m.name == "forward")


SHOWN = """
class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.always = Always()

    def forward(self, hidden, shown=False):
        {body}
"""
CALL = "output, probs = self.always(hidden, hidden, hidden)\n"
HEARD = {
    "returned": "return (output, probs) if shown else output",
    "returned behind": "if not shown:\n    return output\nreturn probs",
    "computed with": "if shown:\n    output = output * probs.mean()\nreturn output",
    "returned by a helper": "return self.chosen(output, probs, shown)\n\n"
    "def chosen(self, output, probs, wanted):\n    return (output, probs) if wanted else output",
}
UNHEARD = {
    "by a name that is bound anew": "shown = shown or self.training\nreturn (output, probs) if shown else output",
    "used besides": "if shown:\n    return output, probs\nreturn output * probs.mean()",
    "the other way round": "if shown:\n    return output\nreturn output, probs.mean()",
    "past the hooks": "return (output, probs) if shown else output\n\n"
    "def shown_weights(self, hidden):\n    return self.forward(hidden, shown=True)[1]",
}


@pytest.mark.parametrize("name", [*HEARD, *UNHEARD])
def test_a_flag_of_a_caller(name: str, tmp_path: Path) -> None:
    lines = f"{CALL}{(HEARD | UNHEARD)[name]}"
    method = textwrap.indent(lines, " " * 8).replace(" " * 8 + "def ", " " * 4 + "def ").strip()
    report = analysed(tmp_path, ATTENTION + SHOWN.format(body=method))
    flags = [klass.flags for klass in report.classes if klass.base == "Always"]
    assert flags == ([("shown",)] if name in HEARD else [])


ELSEWHERE = """
{imports}
from torch import nn


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.always = {made}

    def forward(self, hidden):
        hidden, probs = self.always(hidden, hidden, hidden)
        return hidden{used}
"""
OUTSIDE = """
from torch import nn

from {package}layers import Layer as L


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([L() for _ in range(3)])

    def forward(self, hidden):
        for layer in self.layers:
            hidden, probs = layer(hidden)
            hidden = hidden * probs.mean()
        return hidden
"""


@pytest.mark.parametrize("used", [", probs.sum()", ", probs", ""], ids=["used", "handed on", "dropped"])
@pytest.mark.parametrize(
    ("package", "imports", "made"),
    [
        ("package", "from .attention import Always", "Always()"),
        ("package", "from . import attention", "attention.Always()"),
        ("package", "from package import Always as A", "A()"),
        ("package", "from package import Renamed", "Renamed()"),
        ("package", "from .attention import *", "Always()"),
        ("package", "import package.attention", "package.attention.Always()"),
        ("package", "from .attention import KINDS", "KINDS['always']()"),
        ("package", "from .attention import Always\nKINDS = {'always': Always}", "KINDS['always']()"),
        ("", "from attention import Always", "Always()"),
        ("", "import attention as a", "a.Always()"),
    ],
)
def test_callers_in_other_files(package: str, imports: str, made: str, used: str, tmp_path: Path) -> None:
    folder = tmp_path / package
    folder.mkdir(exist_ok=True)
    (folder / "attention.py").write_text(ATTENTION + "\n\nKINDS = {'always': Always}\n")
    (folder / "layers.py").write_text(ELSEWHERE.format(imports=imports, made=made, used=used))
    (folder / "outside.py").write_text(OUTSIDE.format(package="." * bool(package)))
    (folder / "broken.py").write_text("class Always(:")
    (folder / "unrelated.py").write_text(
        ELSEWHERE.format(imports="from somewhere import Always", made=made, used=used)
    )
    if package:
        (folder / "__init__.py").write_text(
            "from .attention import Always\nfrom .attention import Always as Renamed\n"
        )
    module = ".".join([*filter(None, [package]), "attention"])
    report = analyse(Target("source", str(folder / "attention.py"), module))
    assert isinstance(report, ArchReport), report
    [record] = [record for record in report.records if record.class_name == "Always"]
    where = {", probs.sum()": "layers.py", ", probs": "outside.py", "": None}[used]
    if where is None:
        assert record.status == "generated"
    else:
        assert record.code == "CALLER"
        assert record.location is not None
        assert record.location.path.rpartition("/")[2] == where


def always(folder: Path) -> tuple[str, str]:
    """What becomes of one attention of a package: status and code."""
    report = analyse(Target("source", str(folder / "attention.py"), f"{folder.name}.attention"))
    assert isinstance(report, ArchReport), report
    [record] = [record for record in report.records if record.class_name == "Always"]
    return record.status, record.code


def test_a_caller_that_imports_in_a_function(tmp_path: Path) -> None:
    text = ELSEWHERE.format(imports="", made="Always()", used=", probs.sum()")
    inside = "super().__init__()\n        from .attention import Always\n"
    (tmp_path / "attention.py").write_text(ATTENTION)
    (tmp_path / "layers.py").write_text(text.replace("super().__init__()\n", inside))
    assert always(tmp_path) == ("refused", "CALLER")


def test_other_files_that_cannot_be_read_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "attention.py").write_text("from .helper import unused\n" + ATTENTION)
    (tmp_path / "broken.py").write_text("class Parent(:")
    (tmp_path / "layers.py").write_text(
        "from .broken import Parent\n"
        + ELSEWHERE.format(imports="from .attention import Always", made="Always()", used="")
        + "\n\nclass Child(Parent):\n    def __init__(self):\n        self.always = Always()\n"
    )
    assert always(tmp_path) == ("generated", "")


def test_many_files_that_only_name_an_attention(tmp_path: Path) -> None:
    (tmp_path / "attention.py").write_text(ATTENTION)
    for number in range(300):
        (tmp_path / f"about_{number}.py").write_text("import torch\n# Always is another attention\n")
    for inside in (".venv", "lib/python3.11/site-packages"):
        (tmp_path / inside).mkdir(parents=True)
        for number in range(300):
            (tmp_path / inside / f"m_{number}.py").write_text("from .attention import Always\n")
    text = ELSEWHERE.format(imports="from .attention import Always", made="Always()", used=", probs.sum()")
    (tmp_path / "zz_layers.py").write_text(text)
    assert always(tmp_path) == ("refused", "CALLER")
