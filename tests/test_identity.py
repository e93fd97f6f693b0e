"""Programs that tell a class from a subclass which stands in for it, and those that cannot."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from codemod.ir import ArchReport
from codemod.targets import Target, analyse

PROGRAM = """
import collections
import functools
import inspect
import operator

import torch
import transformers
from torch import nn


class SwiftAttention(nn.Module):
    def forward(self, query, key, value):
        return (query @ key.transpose(-1, -2)).softmax(-1) @ value


class Norm(nn.Module):
    def forward(self, states):
        return states


{above}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = SwiftAttention()
        self.all = nn.ModuleList([SwiftAttention(), Norm()])

    def forward(self, query, key, value):
        one = self.one
        states = one(query, key, value)
{body}
        return states
"""

DISPATCH = """
@functools.singledispatch
def gain(m):
    return 1.0


@gain.register
def _(m: SwiftAttention):
    return 2.0
"""

DRAWING = """
class SwiftPreTrainedModel(transformers.PreTrainedModel):
    def _init_weights(self, module):
        name = module.__class__.__name__
        if name == "SwiftAttention":
            module.reset()


class SwiftModel(SwiftPreTrainedModel):
    pass
"""

TELLING = {
    "a literal of classes": ("", "states = states * {SwiftAttention: 2.0}.get(type(one), 1.0)"),
    "a table": ("GAINS = {SwiftAttention: 2.0}", "states = states * GAINS[type(one)]"),
    "a table of the object": ("", "self.gains = {SwiftAttention: 2}\nstates = states * self.gains.get(type(one), 1)"),
    "a table that grows": ("GAINS = {}\nGAINS[SwiftAttention] = 2.0", "states = states * GAINS.get(type(one), 1.0)"),
    "a set": ("KINDS = {SwiftAttention}", "if type(one) in KINDS:\n    states = states * 2"),
    "a tuple": ("", "if one.__class__ in (SwiftAttention, Norm):\n    states = states * 2"),
    "a list and its index": ("KINDS = [Norm, SwiftAttention]", "states = states * KINDS.index(type(one))"),
    "each of a list": (
        "KINDS = [SwiftAttention]",
        "if any(type(one) is kind for kind in KINDS):\n    states = -states",
    ),
    "another name": ("Swift = SwiftAttention", "if type(one) is Swift:\n    states = states * 2"),
    "an attribute": ("class Kinds:\n    swift = SwiftAttention", "if type(one) is Kinds.swift:\n    states = -states"),
    "a type with a name": ("", "kind = type(one)\nif kind == SwiftAttention:\n    states = states * 2"),
    "a type with a name in passing": (
        "",
        "if (kind := type(one)) and kind in [SwiftAttention]:\n    states = -states",
    ),
    "a type that is handed over": (
        "def gain(kind):\n    return 2.0 if kind is SwiftAttention else 1.0",
        "states = states * gain(type(one))",
    ),
    "types of many": ("", "if SwiftAttention in map(type, self.all):\n    states = states * 2"),
    "types counted": ("", "states = states * [type(part) for part in self.all].count(SwiftAttention)"),
    "types in a counter": ("", "states = collections.Counter(map(type, self.all))[SwiftAttention] * states"),
    "the hash of a type": ("", "if hash(type(one)) == hash(SwiftAttention):\n    states = states * 2"),
    "a match of types": (
        "class Kinds:\n    swift = SwiftAttention",
        "match type(one):\n    case Kinds.swift:\n        states = states * 2",
    ),
    "the wrong way round": ("", "if issubclass(SwiftAttention, type(one)):\n    states = states * 2"),
    "an attribute that a string names": ("", "if getattr(one, '__class__') is SwiftAttention:\n    states = -states"),
    "a getter": ("", "if operator.attrgetter('__class__')(one) is SwiftAttention:\n    states = -states"),
    "a registry of functions": (
        DISPATCH,
        "if type(one) in gain.registry:\n    states = states * 2",
    ),
    "an attribute of all that is taken and kept": (
        "",
        "kind = {'__class__': type(one)}.pop('__class__')\nif kind is SwiftAttention:\n    states = -states",
    ),
    "a type by default": (
        "def gain(part, type=type):\n    return 2 if type(part) is SwiftAttention else 1",
        "states = states * gain(one)",
    ),
    "a test of an assertion": ("", "assert type(one) is SwiftAttention, 'SwiftAttention'"),
    "how it is pickled": ("", "if one.__reduce_ex__(2)[1][0] is SwiftAttention:\n    states = states * 2"),
    "a name": ("", "if type(one).__name__ == 'SwiftAttention':\n    states = states * 2"),
    "a name of its own": (
        "",
        "name = one.__class__.__name__\nif name in {'SwiftAttention', 'Norm'}:\n    states = -states",
    ),
    "a name in a table": ("GAINS = {'SwiftAttention': 2}", "states = states * GAINS.get(type(one).__name__, 1)"),
    "a name as a keyword": ("GAINS = dict(SwiftAttention=2)", "states = states * GAINS.get(type(one).__name__, 1)"),
    "a name in another": (
        "def for_SwiftAttention():\n    return 2",
        "states = states * {f.__name__: f for f in [gain]}['for_' + type(one).__name__]()",
    ),
    "the name by a method": ("", "name = one._get_name()\nif name == 'SwiftAttention':\n    states = states * 2"),
    "how a name begins": ("", "if type(one).__qualname__.startswith('SwiftA'):\n    states = states * 2"),
    "what is in a name": ("", "if 'swifta' in type(one).__name__.lower():\n    states = states * 2"),
    "what is found in a name": ("", "if type(one).__name__.find('SwiftAt') >= 0:\n    states = states * 2"),
    "a match of names": (
        "",
        "match type(one).__name__:\n    case 'Norm' | 'SwiftAttention':\n        states = -states",
    ),
    "how it is shown": ("", "if repr(one).startswith('SwiftAttention('):\n    states = states * 2"),
    "how it is written": ("", "if f'{one}' == 'SwiftAttention()':\n    states = states * 2"),
    "its parent": ("", "if type(one).__base__ is nn.Module:\n    states = states * 2"),
    "its parents": ("", "if len(type(one).__mro__) == 3:\n    states = states * 2"),
    "its line": ("", "if type(one).mro()[1] is nn.Module:\n    states = states * 2"),
    "its children": ("", "if not SwiftAttention.__subclasses__():\n    states = states * 2"),
    "its module": ("", "if type(one).__module__ == __name__:\n    states = states * 2"),
    "its method": ("", "if one.forward.__func__ is SwiftAttention.forward:\n    states = states * 2"),
    "its own names": ("", "if 'forward' in vars(type(one)):\n    states = states * len(type(one).__dict__)"),
    "its text": ("", "if len(inspect.getsource(type(one))) > 10:\n    states = states * 2"),
    "a method that was not there": ("", "if not hasattr(one, '_attn'):\n    states = states * 2"),
}

AGAIN = """
class SwiftStarter(nn.Module):
    def forward(self, model):
        model.apply(model._init_weights)
"""

SLOW = """
class SlowAttention(SwiftAttention):
    pass
"""

BESIDE = """
class Half(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = SwiftAttention()


def half():
    return Half()
"""

TELLING |= {
    "the type of one that is made anew": ("", "if type(one) is type(SwiftAttention()):\n    states = states * 2"),
    "the type of one that was made anew": (
        "def swift():\n    return SwiftAttention()",
        "if type(one) is type(swift()):\n    states = states * 2",
    ),
    "the type of one of a list": (
        "KINDS = [SwiftAttention]",
        "if type(one) is type(KINDS[0]()):\n    states = -states",
    ),
    "the type of a part of what is made anew": (BESIDE, "if type(one) is type(half().part):\n    states = -states"),
    "a type with a name beside one that is made anew": (
        "",
        "other = SwiftAttention()\nkind = type(other)\nif type(one) is kind:\n    states = states * 2",
    ),
    "what is made anew as an instance": ("", "if isinstance(SwiftAttention(), type(one)):\n    states = states * 2"),
    "an instance of a subclass": (SLOW, "if isinstance(self.all[1], type(one)):\n    states = states * 2"),
    "an instance of one of two types": (SLOW, "if isinstance(self.all[1], (type(one), Norm)):\n    states = -states"),
    "a subclass of a type": (SLOW, "if issubclass(type(self.all[1]), type(one)):\n    states = states * 2"),
    "an instance of a type with a name": (
        SLOW,
        "kind = one.__class__\nif isinstance(self.all[1], kind):\n    states = states * 2",
    ),
    "an instance in other words": (SLOW, "if type(one).__instancecheck__(self.all[1]):\n    states = states * 2"),
}

TELLING |= {
    "how weights are drawn, again": (DRAWING + AGAIN, ""),
    "how weights are drawn, by another name": (DRAWING + AGAIN.replace("_init_weights", "init_weights"), ""),
    "how weights are drawn, in a block": (DRAWING, "getattr(one, '_init_weights')(one)"),
}

EQUAL = {
    "an instance of the type of a literal": (
        SLOW,
        "if isinstance(one, (type(None), type([]), nn.Module)):\n    states = states * 2",
    ),
    "isinstance": ("", "if isinstance(one, (SwiftAttention, Norm)):\n    states = states * 2"),
    "issubclass": ("", "if issubclass(type(one), SwiftAttention):\n    states = states * 2"),
    "a function for each class": (
        DISPATCH,
        "states = states * gain(one)",
    ),
    "a match of objects": ("", "match one:\n    case SwiftAttention():\n        states = states * 2"),
    "another class": (
        "KINDS = [SwiftAttention]",
        "if type(one) is Norm or type(states) == torch.Tensor:\n    states = -states",
    ),
    "types of two": ("", "if type(one) is type(self.all[0]):\n    states = states * 2"),
    "an instance of the type of another": ("", "if isinstance(one, type(self.all[0])):\n    states = states * 2"),
    "a subclass of the type of another": ("", "if issubclass(type(one), type(self.all[0])):\n    states = states * 2"),
    "another of its type": ("KINDS = [SwiftAttention]", "other = type(one)()\nstates = other(states, states, states)"),
    "a name of another": ("KINDS = [SwiftAttention]", "if 'Norm' in type(one).__name__:\n    states = states * 2"),
    "a name in no message": ("", "name = type(one).__name__\nif name.endswith('Attention'):\n    states = states * 2"),
    "a message": (
        "KINDS = [SwiftAttention]",
        "if states is None:\n    raise ValueError(f'{type(one)} SwiftAttention')",
    ),
    "a message of an assertion": (
        "KINDS = [SwiftAttention]",
        "assert states is not None, f'{type(one)} is no SwiftAttention'",
    ),
    "names of a constructor's arguments": (
        "KINDS = [SwiftAttention]",
        "kept = locals()\nkept.pop('__class__', None)\ndel kept['__class__']",
    ),
    "another thing that is called type": (
        "def gain(type, kind=SwiftAttention):\n    return len({type: 1})",
        "states = states * gain('swift')",
    ),
    "a table that nothing looks up": ("KINDS = {SwiftAttention: 'SwiftAttention'}", ""),
    "a class that is no type of anything": (
        "",
        "for kind in (SwiftAttention, Norm):\n    states = states * (2 if kind is SwiftAttention else 1)",
    ),
    "how weights are drawn": (DRAWING, ""),
    "the type of the block": ("KINDS = [SwiftAttention]", "label = self.__class__.__name__ + 'SwiftAttention'"),
}


def codes(tmp_path: Path, above: str, body: str) -> set[str]:
    """What is said of the attention in a program: "" where it is generated."""
    path = tmp_path / "telling_classes_apart.py"
    path.write_text(PROGRAM.format(above=above, body=textwrap.indent(body, "        ")), encoding="utf-8")
    report = analyse(Target("source", str(path), path.stem))
    assert isinstance(report, ArchReport), report
    return {record.code for record in report.records if record.class_name == "SwiftAttention"}


@pytest.mark.parametrize("name", TELLING)
def test_a_class_that_is_told_from_its_subclasses_stays(name: str, tmp_path: Path) -> None:
    assert codes(tmp_path, *TELLING[name]) == {"CLASS"}


@pytest.mark.parametrize("name", EQUAL)
def test_what_holds_of_subclasses_too_is_no_doubt(name: str, tmp_path: Path) -> None:
    assert codes(tmp_path, *EQUAL[name]) == {""}
