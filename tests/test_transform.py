"""`transform`, `reverse` and `report` in a package as `generate` writes one, around models small enough to read."""

from __future__ import annotations

import ast
import copy
import functools
import importlib
import inspect
import io
import itertools
import pickle
import re
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from codemod import emitter, source
from codemod.registry import Entry, Refused, Registry

MODELING = '''
from dataclasses import dataclass

import torch
from torch import nn


LOWEST = -1e9


@dataclass
class ToySizes:
    size: int

    def scale(self):
        return self.size**-0.5


def scale_of(size):
    return size**-0.5


class ToyCache:
    def __init__(self):
        self.keys = []
        self.values = []

    def update(self, key, value):
        self.keys.append(key)
        self.values.append(value)
        return torch.cat(self.keys, dim=-2), torch.cat(self.values, dim=-2)


class ToyAttention(nn.Module):
    """Attention as many write it."""

    def __init__(self, size=16, heads=2, dropout=0.0):
        super().__init__()
        self.heads = heads
        self.projection = nn.Linear(size, 3 * size)
        self.dropout = nn.Dropout(dropout)
        self.shift = nn.Buffer(torch.ones(1))
        self.constant = torch.ones(1)

    factor = 1.0

    @staticmethod
    def split(states):
        return states.chunk(3, -1)

    @property
    def heads_of(self):
        return self.heads

    def _attn(self, query, key, value, mask=None):
        scores = query @ key.transpose(-1, -2) * scale_of(query.shape[-1])
        if mask is not None:
            scores = scores + mask
        weights = self.dropout(scores.softmax(-1))
        return weights @ value, weights

    def forward(self, hidden, mask=None, cache=None, output_attentions=False):
        query, key, value = self.projection(hidden).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if cache is not None:
            key, value = cache.update(key, value)
        output, weights = self._attn(query, key, value, mask)
        return output.transpose(1, 2).flatten(2) * self.shift * self.constant, weights


class ToyWrongAttention(ToyAttention):
    """Its replacement is wrong."""


class ToyOddAttention(ToyAttention):
    """Refused."""


class ToyOtherAttention(nn.Module):
    """Nobody has looked at it."""


class ToyModel(nn.Module):
    def __init__(self, layers=3, attention=ToyAttention, **options):
        super().__init__()
        self.layers = nn.ModuleList(attention(**options) for _ in range(layers))

    def forward(self, hidden, mask=None, caches=None, output_attentions=False):
        all_weights = []
        for index, layer in enumerate(self.layers):
            cache = None if caches is None else caches[index]
            output, weights = layer(hidden, mask, cache, output_attentions=output_attentions)
            hidden = hidden + output
            all_weights.append(weights)
        return (hidden, all_weights) if output_attentions else hidden
'''

GENERATED = """# regenerate: python -m codemod generate --source toys.py
import torch
from modeling_toys import ToyAttention, ToyWrongAttention, scale_of

from ._runtime import as_written, dropout_probability, eager_attention, fuse, listening, restore, weights_requested


class ToySdpaAttention(ToyAttention):
    forward = listening(ToyAttention.forward)

    def _attn(self, query, key, value, mask=None):
        scale = scale_of(query.shape[-1])
        dropout_p = dropout_probability(self.dropout)
        call = None if weights_requested(self) else fuse(self, query, key, value, mask, scale, dropout_p)
        if call is None:
            return eager_attention(query, key, value, mask, scale, dropout_p)
        output = torch.nn.functional.scaled_dot_product_attention(
            call.query, call.key, call.value, attn_mask=call.bias, dropout_p=dropout_p, scale=call.scale
        )
        return restore(output, call), None


class ToyWrongSdpaAttention(ToyWrongAttention):
    def _attn(self, query, key, value, mask=None):
        if as_written(query):
            return super()._attn(query, key, value, mask)
        return eager_attention(query, key, value, mask, 2.0, 0.0)
"""

GPTJ = """# regenerate: python -m codemod generate --arch gptj
import torch
from transformers.models.gptj.modeling_gptj import GPTJAttention

from ._runtime import dropout_probability, eager_attention, fuse, listening, restore, weights_requested


class GPTJSdpaAttention(GPTJAttention):
    forward = listening(GPTJAttention.forward)

    def _attn(self, query, key, value, attention_mask=None):
        query, key = query.to(torch.float32), key.to(torch.float32)
        scale = 1.0 / self.scale_attn
        dropout_p = dropout_probability(self.attn_dropout)
        call = None if weights_requested(self) else fuse(self, query, key, value, attention_mask, scale, dropout_p)
        if call is None:
            return eager_attention(query, key, value, attention_mask, scale, dropout_p)
        output = torch.nn.functional.scaled_dot_product_attention(
            call.query, call.key, call.value, attn_mask=call.bias, dropout_p=dropout_p, scale=call.scale
        )
        return restore(output, call), None
"""

TOYS, SWAPS = "modeling_toys", "swaps"
GPTJ_MODULE = "transformers.models.gptj.modeling_gptj"
READS = ("LOWEST", "ToyAttention", "ToySizes", "scale_of")
UNKNOWN = "not in the registry; `python -m codemod list` says whether it can be"
EACH_MODULE = ("Swap.make", "Listener.listen", "bound_forwards", "Check.install")
EACH_CLASS = ("_replacement", "drift", "patched")


def registered(versions: tuple[tuple[str, str], ...] = (("torch", "1.0"), ("transformers", "5.0"))) -> Registry:
    toys = source.SourceFile(TOYS, Path("modeling_toys.py"), "modeling_toys.py", MODELING)

    def entry(name: str, cls: str) -> Entry:
        reads = tuple(f"{TOYS}:{read}" for read in sorted({name, *READS}))
        digest = source.combined_digest((read, toys.digest(read.partition(":")[2])) for read in reads)
        return Entry(f"{TOYS}.{name}", "toys", cls, digest, "_attn", reads)

    gptj = source.Library().module(GPTJ_MODULE)
    assert gptj is not None
    read = f"{GPTJ_MODULE}:GPTJAttention"
    digest = source.combined_digest([(read, gptj.digest("GPTJAttention"))])
    entries = (
        entry("ToyAttention", "ToySdpaAttention"),
        entry("ToyWrongAttention", "ToyWrongSdpaAttention"),
        Entry(f"{GPTJ_MODULE}.GPTJAttention", "gptj", "GPTJSdpaAttention", digest, "_attn", (read,)),
    )
    refused = (Refused(f"{TOYS}.ToyOddAttention", (("_attn", "NOT_AFFINE", "the scores are 'squared'"),)),)
    return Registry(entries, refused, versions)


def forget(*packages: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path with the toy models and a package that `generate` could have written for them."""
    folder = tmp_path_factory.mktemp("installed")
    package = folder / SWAPS
    package.mkdir()
    (folder / f"{TOYS}.py").write_text(MODELING)
    registry = registered()
    files = {
        **emitter.runtime_files(),
        emitter.REGISTRY: emitter.render_registry(registry),
        emitter.INIT: emitter.render_init(registry),
        "toys.py": GENERATED,
        "gptj.py": GPTJ,
    }
    for name, text in files.items():
        (package / name).write_text(text)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield folder
    sys.path.remove(str(folder))
    forget(TOYS, SWAPS)


@pytest.fixture
def swaps(folder: Path) -> Any:
    return importlib.import_module(SWAPS)


@pytest.fixture
def toys(folder: Path) -> Any:
    return importlib.import_module(TOYS)


@pytest.fixture
def inner(swaps: Any) -> Iterator[Any]:
    """The module behind the package, with its memory of installed source as fresh as in a new process."""
    installed = importlib.import_module(f"{SWAPS}._installed")
    remembered = (installed.statements, installed.definitions, installed.imports, installed.digest_of)
    for function in remembered:
        function.cache_clear()
    yield importlib.import_module(f"{SWAPS}._transform")
    for function in remembered:
        function.cache_clear()


@pytest.fixture
def model(toys: Any) -> Any:
    return spread(toys.ToyModel())


@pytest.fixture
def hidden() -> Tensor:
    return torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(0))


def spread(model: Any) -> Any:
    """In eval mode, with weights that make attention matter."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.3, generator=generator)
    return model.eval()


def classes(model: Any) -> list[str]:
    return [type(module).__name__ for module in model.modules() if "Attention" in type(module).__name__]


def state(model: Any) -> list[Any]:
    """All that a swap might disturb."""
    return [
        (path, type(module), {name: id(value) for name, value in vars(module).items() if name not in CONTAINERS})
        for path, module in model.named_modules()
    ] + [
        (path, name, [(key, id(value)) for key, value in getattr(module, name).items()])
        for path, module in model.named_modules()
        for name in CONTAINERS
    ]


CONTAINERS = (
    "_parameters",
    "_buffers",
    "_modules",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
)


def close(one: Tensor, other: Tensor) -> bool:
    return bool((one - other).abs().max() <= 1e-5)


# Swapping


def test_a_swap_changes_the_class_and_nothing_else(swaps: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden)
    model.layers[1].projection.weight.requires_grad_(False)
    model.layers[2].train()
    seen: list[str] = []
    model.layers[0].register_forward_hook(lambda *_: seen.append("hook"))
    model.layers[0].adapter = nn.Linear(2, 2)
    before = state(model)
    tensors = {name: (id(tensor), tensor.data_ptr()) for name, tensor in model.state_dict(keep_vars=True).items()}

    assert swaps.transform(model) is model
    assert classes(model) == ["ToySdpaAttention"] * 3
    assert {n: (id(t), t.data_ptr()) for n, t in model.state_dict(keep_vars=True).items()} == tensors
    assert [layer.training for layer in model.layers] == [False, False, True]
    assert not model.layers[1].projection.weight.requires_grad
    assert close(model(hidden), want)
    assert seen == ["hook"]
    assert [item.calls for item in swaps.report(model).replaced] == [1, 1, 1]

    assert swaps.reverse(model) is model
    assert classes(model) == ["ToyAttention"] * 3
    assert state(model) == before
    assert torch.equal(model(hidden), want)


def test_the_model_may_be_the_attention_itself(swaps: Any, toys: Any, hidden: Tensor) -> None:
    attention = spread(toys.ToyAttention())
    want = attention(hidden)[0]
    assert close(swaps.transform(attention)(hidden)[0], want)
    assert swaps.report(attention).replaced[0].path == ""
    assert type(swaps.reverse(attention)) is toys.ToyAttention


def test_a_shared_module_is_swapped_once(swaps: Any, toys: Any, model: Any) -> None:
    model.layers.append(model.layers[0])
    swaps.transform(model)
    assert len(swaps.report(model).replaced) == 3
    swaps.reverse(model)
    assert type(model.layers[3]) is toys.ToyAttention


def test_the_names_of_the_old_tool(swaps: Any, model: Any) -> None:
    better = swaps.BetterTransformer
    copied = better.transform(model, keep_original_model=True)
    assert (classes(model)[0], classes(copied)[0]) == ("ToyAttention", "ToySdpaAttention")
    assert classes(better.reverse(better.transform(model)))[0] == "ToyAttention"


# keep_original_model


def test_two_models_share_every_tensor(swaps: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden)
    model.layers[0].held = {"tables": [torch.ones(3)]}
    model.layers[0].computed = model.layers[0].projection.weight * 2
    before = state(model)
    second = swaps.transform(model, keep_original_model=True)
    assert state(model) == before
    assert second is not model
    assert classes(second) == ["ToySdpaAttention"] * 3
    ours, theirs = model.state_dict(keep_vars=True), second.state_dict(keep_vars=True)
    assert ours.keys() == theirs.keys()
    assert all(ours[name] is theirs[name] for name in ours)
    assert model.layers[0].constant is second.layers[0].constant
    assert model.layers[0].computed is second.layers[0].computed
    assert model.layers[0].held["tables"][0] is second.layers[0].held["tables"][0]
    assert model.layers[0].held is not second.layers[0].held
    assert close(second(hidden), want)
    assert torch.equal(model(hidden), want)
    model.train()
    assert not second.training
    assert classes(swaps.reverse(second)) == ["ToyAttention"] * 3


def test_hooks_that_are_methods_follow_the_copy(swaps: Any, toys: Any, hidden: Tensor) -> None:
    class Counting(toys.ToyModel):  # type: ignore[misc]  # made at run time
        def __init__(self) -> None:
            super().__init__()
            self.seen = 0
            self.layers[0].register_forward_hook(self.count)

        def count(self, *_: Any) -> None:
            self.seen += 1

    model = Counting().eval()
    second = swaps.transform(model, keep_original_model=True)
    second(hidden)
    assert (model.seen, second.seen) == (0, 1)


def test_a_model_that_cannot_be_copied_stays(swaps: Any, model: Any) -> None:
    model.lock = threading.Lock()
    before = state(model)
    with pytest.raises(swaps.CopyError, match=r"COPY_FAILED ToyModel cannot be copied \(TypeError: .*keep_original"):
        swaps.transform(model, keep_original_model=True)
    assert state(model) == before


# All or nothing


class InjectedError(Exception):
    pass


def failing(function: Callable[..., Any], at: int) -> Callable[..., Any]:
    """`function`, but its call number `at` fails half way: after it has done its work."""
    count = itertools.count()

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if next(count) == at:
            raise InjectedError
        return result

    return call


@pytest.mark.parametrize(
    ("place", "at"), [*itertools.product(EACH_MODULE, range(3)), *((place, 0) for place in EACH_CLASS)]
)
def test_a_transform_that_fails_leaves_no_trace(
    inner: Any, model: Any, monkeypatch: pytest.MonkeyPatch, place: str, at: int
) -> None:
    before = state(model)
    owner, _, name = place.rpartition(".")
    target = getattr(inner, owner) if owner else inner
    monkeypatch.setattr(target, name, failing(getattr(target, name), at))
    with pytest.raises(InjectedError):
        inner.transform(model, check=True)
    assert state(model) == before
    monkeypatch.undo()
    assert classes(inner.transform(model)) == ["ToySdpaAttention"] * 3


@pytest.mark.parametrize("place", ["assign", "undo"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_reverse_that_fails_leaves_the_model_transformed(
    inner: Any, model: Any, hidden: Tensor, monkeypatch: pytest.MonkeyPatch, place: str, at: int
) -> None:
    inner.transform(model)
    model(hidden)
    before = state(model)
    monkeypatch.setattr(inner.Swap, place, failing(getattr(inner.Swap, place), at))
    with pytest.raises(InjectedError):
        inner.reverse(model)
    assert state(model) == before
    monkeypatch.undo()
    assert classes(inner.reverse(model)) == ["ToyAttention"] * 3


def test_one_of_many_threads_transforms(swaps: Any, model: Any) -> None:
    results: list[str] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        try:
            swaps.transform(model)
            results.append("done")
        except swaps.AlreadyTransformedError:
            results.append("refused")

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", *["refused"] * 7]
    assert classes(model) == ["ToySdpaAttention"] * 3


# Errors


def message(error: type[Exception], function: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(error) as caught:
        function(*args)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    return str(caught.value)


def test_a_second_transform(swaps: Any, model: Any) -> None:
    swaps.transform(model)
    assert message(swaps.AlreadyTransformedError, swaps.transform, model) == (
        "ALREADY_TRANSFORMED layers.0 is a ToySdpaAttention already; call reverse(model) first"
    )


def test_a_reverse_of_an_untransformed_model(swaps: Any, model: Any) -> None:
    assert message(swaps.NotTransformedError, swaps.reverse, model) == (
        "NOT_TRANSFORMED the model holds no generated attention class; call transform(model) first"
    )


def test_nothing_to_replace(swaps: Any, toys: Any) -> None:
    assert message(swaps.NothingToReplaceError, swaps.transform, nn.Linear(1, 1)) == (
        "NOTHING_TO_REPLACE Linear holds no attention class that is known here; `python -m codemod list` says which "
        "model types are"
    )
    odd = nn.Sequential(toys.ToyOddAttention(), toys.ToyOddAttention(), toys.ToyOtherAttention())
    assert message(swaps.NothingToReplaceError, swaps.transform, odd).split("\n") == [
        "NOTHING_TO_REPLACE no module of the model has a replacement:",
        "  2 x modeling_toys.ToyOddAttention: NOT_AFFINE the scores are 'squared' (in _attn)",
        f"  1 x modeling_toys.ToyOtherAttention: {UNKNOWN}",
    ]


# Drift


@pytest.fixture
def installed(folder: Path, toys: Any, inner: Any) -> Iterator[Callable[[str, str], Any]]:
    """Installs the toy models anew, with one text in the place of another."""
    path = folder / f"{TOYS}.py"

    def install(old: str, new: str) -> Any:
        assert old in MODELING
        path.write_text(MODELING.replace(old, new))
        forget(TOYS)
        sys.modules.pop(f"{SWAPS}.toys", None)
        importlib.invalidate_caches()
        return importlib.import_module(TOYS)

    yield install
    path.write_text(MODELING)
    importlib.invalidate_caches()
    sys.modules[TOYS] = toys
    sys.modules.pop(f"{SWAPS}.toys", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scores + mask", "scores - mask"),
        ("size**-0.5", "size**-0.25"),
        ("size=16", "size=32"),
        ("LOWEST = -1e9", "LOWEST = -1e8"),
    ],
    ids=["the class", "a function that it calls", "its constructor", "a constant"],
)
def test_source_that_differs_is_an_error(
    installed: Callable[[str, str], Any], inner: Any, folder: Path, old: str, new: str
) -> None:
    model = installed(old, new).ToyModel()
    before = state(model)
    assert message(inner.DriftError, inner.transform, model) == (
        f"DRIFT modeling_toys.ToyAttention: the installed source in {folder / 'modeling_toys.py'} is not what "
        "ToySdpaAttention was made from; run `python -m codemod generate --source toys.py`"
    )
    assert state(model) == before
    assert inner.report(model).left[0].reason.startswith("DRIFT modeling_toys.ToyAttention")


def test_comments_and_formatting_are_no_drift(installed: Callable[[str, str], Any], inner: Any) -> None:
    model = installed("return size**-0.5", "# the usual\n    return (size ** -0.5)").ToyModel()
    assert classes(inner.transform(model))[0] == "ToySdpaAttention"


def test_source_that_is_gone_is_an_error(installed: Callable[[str, str], Any], inner: Any) -> None:
    model = installed("scale_of(", "factor_of(").ToyModel()
    assert "modeling_toys:scale_of is not in the installed" in message(inner.DriftError, inner.transform, model)


def test_a_generated_module_that_cannot_be_imported_is_drift(installed: Callable[[str, str], Any], inner: Any) -> None:
    model = installed("ToyWrongAttention", "ToyRenamedAttention").ToyModel()
    assert "its generated module cannot be imported" in message(inner.DriftError, inner.transform, model)
    assert classes(model)[0] == "ToyAttention"


@pytest.mark.parametrize("known", [True, False])
def test_without_source_the_version_decides(
    inner: Any, model: Any, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    drift = importlib.import_module(f"{SWAPS}._drift")
    monkeypatch.setattr(drift, "definitions", lambda module: None)
    monkeypatch.setattr(drift, "version_of", lambda package: "1.5")
    monkeypatch.setitem(drift.VERSIONS, TOYS, "1.5" if known else "1.4")
    if known:
        assert classes(inner.transform(model))[0] == "ToySdpaAttention"
    else:
        assert message(inner.DriftError, inner.transform, model) == (
            "DRIFT modeling_toys.ToyAttention: modeling_toys has no source to compare, and modeling_toys 1.5 is "
            "installed where 1.4 is registered; run `python -m codemod generate --source toys.py`"
        )


def test_the_runtime_and_the_analysis_digest_alike(swaps: Any) -> None:
    installed = importlib.import_module(f"{swaps.__name__}._installed")
    for name in ("normalised_digest", "combined_digest"):
        assert inspect.getsource(getattr(installed, name)) == inspect.getsource(getattr(source, name))
    digest = installed.digest_of(GPTJ_MODULE, "GPTJModel")
    gptj = source.Library().module(GPTJ_MODULE)
    assert gptj is not None
    assert digest == gptj.digest("GPTJModel")


# Left alone


def reasons(inner: Any, model: Any) -> list[str]:
    """Why modules of a transformed model stayed."""
    return [item.reason for item in inner.report(inner.transform(model)).left]


def test_a_subclass_of_the_user(inner: Any, toys: Any, model: Any) -> None:
    class MyAttention(toys.ToyAttention):  # type: ignore[misc]  # made at run time
        pass

    model.layers[1] = MyAttention()
    assert reasons(inner, model) == ["a subclass of ToyAttention, and may compute something else"]
    assert classes(model) == ["ToySdpaAttention", "MyAttention", "ToySdpaAttention"]


def test_another_class_of_the_same_name(inner: Any, toys: Any, model: Any) -> None:
    other = type("ToyAttention", (toys.ToyAttention,), {"__module__": TOYS})
    model.layers[1] = other()
    assert reasons(inner, model) == [
        "another class object than the one that its generated class extends (was its module loaded twice?)"
    ]


def mine(*_: Any, **__: Any) -> None:
    """Code from elsewhere."""


@pytest.mark.parametrize("name", ["_attn", "forward", "__init__", "added"])
def test_a_class_that_was_patched(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(toys.ToyAttention, name, mine, raising=False)
    reason = f"1 x modeling_toys.ToyAttention: ToyAttention.{name} was replaced by code from elsewhere"
    text = message(inner.NothingToReplaceError, inner.transform, nn.Sequential(model.layers[0]))
    assert text.endswith(reason)


def wrapped(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def inside(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return inside


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("forward", lambda cls: wrapped(cls.forward)),
        ("forward", lambda cls: functools.partialmethod(cls.forward)),
        ("forward", lambda cls: cls._attn),
        ("split", lambda cls: None),
        ("split", lambda cls: staticmethod(functools.partial(torch.chunk, chunks=3))),
        ("split", lambda cls: staticmethod(wrapped(cls.split))),
        ("split", lambda cls: functools.partialmethod(cls.split)),
        ("heads_of", lambda cls: 2),
        ("heads_of", lambda cls: property(functools.partial(getattr, cls))),
        ("factor", lambda cls: 2.0),
        ("_attn", lambda cls: None),
        ("__call__", lambda cls: functools.partial(print)),
        ("_call_impl", lambda cls: property(print)),
    ],
)
def test_a_decorator_that_changes_a_class(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch, name: str, changed: Callable[[Any], Any]
) -> None:
    monkeypatch.setattr(toys.ToyAttention, name, changed(toys.ToyAttention), raising=False)
    text = message(inner.NothingToReplaceError, inner.transform, nn.Sequential(model.layers[0]))
    assert text.endswith(f"ToyAttention.{name} was replaced by code from elsewhere")


def test_a_decorator_that_puts_something_in_the_place_of_a_class(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = toys.ToyAttention
    for other in (type("ToyAttention", (cls,), {"__module__": TOYS}), functools.partial(cls)):
        monkeypatch.setattr(toys, "ToyAttention", other)
        text = message(inner.NothingToReplaceError, inner.transform, nn.Sequential(model.layers[0]))
        assert text.endswith("was replaced by code from elsewhere")


def test_a_decorator_that_registers_a_class(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"registered_as": "toy", "config_class": dict, "dump_patches": True}.items():
        monkeypatch.setattr(toys.ToyAttention, name, value, raising=False)
    assert classes(inner.transform(model)) == ["ToySdpaAttention"] * 3


@pytest.mark.parametrize("name", ["__init__", "__repr__", "scale"])
def test_a_dataclass_that_was_patched(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(toys.ToySizes, name, mine)
    text = message(inner.NothingToReplaceError, inner.transform, model)
    assert text.endswith(f"ToySizes.{name} was replaced by code from elsewhere")


@pytest.mark.parametrize("other", [mine, functools.partial(mine), abs, torch.nn.GELU()])
def test_a_function_that_was_patched(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch, other: Any
) -> None:
    monkeypatch.setattr(toys, "scale_of", other)
    text = message(inner.NothingToReplaceError, inner.transform, model)
    assert text.endswith("modeling_toys.scale_of was replaced by code from elsewhere")


@pytest.mark.parametrize("value", [-0.5, None, torch.tensor(-1e9), -(10**9)])
def test_a_constant_that_was_patched(
    inner: Any, toys: Any, model: Any, monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    monkeypatch.setattr(toys, "LOWEST", value)
    text = message(inner.NothingToReplaceError, inner.transform, model)
    assert text.endswith("modeling_toys.LOWEST is another value than in its source")


@pytest.mark.parametrize("name", ["_attn", "forward"])
def test_an_instance_that_was_patched(inner: Any, model: Any, name: str) -> None:
    setattr(model.layers[1], name, mine)
    assert reasons(inner, model) == [f"its {name} was replaced on the instance, by something that is not known here"]
    assert classes(model) == ["ToySdpaAttention", "ToyAttention", "ToySdpaAttention"]


@pytest.mark.parametrize(
    "register", ["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"]
)
def test_a_hook_that_would_see_nothing(inner: Any, model: Any, register: str) -> None:
    getattr(model.layers[1].dropout, register)(mine)
    getattr(model.layers[2].projection, register)(mine)
    assert reasons(inner, model) == ["its dropout has hooks, which the generated class may not call"]
    assert classes(model) == ["ToySdpaAttention", "ToyAttention", "ToySdpaAttention"]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (nn.Identity(), ""),
        (None, ""),
        (
            nn.AlphaDropout(),
            "its dropout is a torch.nn.modules.dropout.AlphaDropout, and no dropout that is known here",
        ),
        (nn.GELU(), "its dropout is a torch.nn.modules.activation.GELU, and no dropout that is known here"),
    ],
)
def test_a_dropout_that_was_replaced(inner: Any, model: Any, other: Any, reason: str) -> None:
    model.layers[1].dropout = other
    assert reasons(inner, model) == [reason] * bool(reason)


def test_a_forward_of_a_dropout_that_was_replaced(inner: Any, model: Any) -> None:
    model.layers[1].dropout.forward = mine
    assert reasons(inner, model) == ["its dropout.forward was replaced on the instance"]


def test_classes_made_at_run_time(inner: Any, toys: Any, model: Any) -> None:
    nn.utils.parametrizations.weight_norm(model.layers[0].projection)
    model.layers[1].gain = nn.Parameter(torch.ones(1))
    nn.utils.parametrize.register_parametrization(model.layers[1], "gain", nn.Identity())
    sharded = type("FSDPToyAttention", (type("FSDPModule", (), {}), toys.ToyAttention), {})
    model.layers[2].__class__ = sharded
    assert reasons(inner, model) == [
        "its class was made by torch.nn.utils.parametrize; call transform before it",
        "its class was made by fully_shard (FSDP2); call transform before it",
    ]
    assert classes(model)[0] == "ToySdpaAttention"


def test_a_class_that_changed_after_transform_cannot_be_reversed(swaps: Any, model: Any) -> None:
    swaps.transform(model)
    model.layers[1].gain = nn.Parameter(torch.ones(1))
    nn.utils.parametrize.register_parametrization(model.layers[1], "gain", nn.Identity())
    assert "layers.1 became a ParametrizedToySdpaAttention" in message(swaps.TransformError, swaps.reverse, model)
    nn.utils.parametrize.remove_parametrizations(model.layers[1], "gain")
    assert classes(swaps.reverse(model)) == ["ToyAttention"] * 3


def test_a_class_that_changed_after_transform_is_reported_as_replaced(
    swaps: Any, toys: Any, model: Any, hidden: Tensor
) -> None:
    swaps.transform(model)
    sharded = type("FSDPToySdpaAttention", (type("FSDPModule", (), {}), type(model.layers[1])), {})
    model.layers[1].__class__ = sharded
    model(hidden)
    report = swaps.report(model)
    assert [(item.path, item.replacement, item.calls) for item in report.replaced] == [
        ("layers.0", "ToySdpaAttention", 1),
        ("layers.1", "FSDPToySdpaAttention", 1),
        ("layers.2", "ToySdpaAttention", 1),
    ]
    assert report.left == ()
    assert "(its class was made by fully_shard (FSDP2))" in message(swaps.TransformError, swaps.reverse, model)


class Loading(Mapping[str, Tensor]):
    """What stands for weights on a disk."""

    def __init__(self) -> None:
        self.held = {"weight": torch.ones(2)}

    def __getitem__(self, key: str) -> Tensor:
        raise AssertionError("nothing is to be loaded")

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


def test_weights_on_a_disk_are_not_loaded_for_a_copy(swaps: Any, model: Any) -> None:
    model.layers[0].weights_map = Loading()
    other = swaps.transform(model, keep_original_model=True)
    assert other.layers[0].weights_map is not model.layers[0].weights_map
    assert other.layers[0].weights_map.held["weight"] is model.layers[0].weights_map.held["weight"]


# accelerate: the code of its add_hook_to_module and remove_hook_from_module, without what these tests do not need


def add_hook(module: Any, seen: list[Any]) -> None:
    def new_forward(module: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(module)
        return module._old_forward(*args, **kwargs)

    old_forward = module.forward
    module._old_forward = old_forward
    module._hf_hook = types.SimpleNamespace(weights_map={"weight": torch.ones(2)})
    module.forward = functools.update_wrapper(functools.partial(new_forward, module), old_forward)


def remove_hook(module: Any) -> None:
    module.forward = module._old_forward
    del module._old_forward
    del module._hf_hook


def test_a_dispatched_model(swaps: Any, toys: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden)
    seen: list[nn.Module] = []
    for layer in model.layers:
        add_hook(layer, seen)
    before = {path: vars(module).copy() for path, module in model.named_modules()}
    swaps.transform(model, check=True)
    assert close(model(hidden), want)
    assert [item.calls for item in swaps.report(model).replaced] == [1, 1, 1]
    assert all("equal to" in item.check for item in swaps.report(model).replaced)
    assert len(seen) == 6  # with the check

    second = swaps.transform(swaps.reverse(model), keep_original_model=True)
    assert {path: vars(module) for path, module in model.named_modules()} == before
    assert second.layers[0]._hf_hook.weights_map["weight"] is model.layers[0]._hf_hook.weights_map["weight"]
    assert close(second(hidden), want)
    assert seen[-1] is second.layers[2]
    assert swaps.report(second).replaced[0].calls == 1
    assert torch.equal(model(hidden), want)

    remove_hook(second.layers[0])
    assert close(second(hidden), want)
    assert swaps.report(second).replaced[0].calls == 2
    swaps.reverse(second)
    assert second.layers[0].forward.__func__ is toys.ToyAttention.forward
    assert torch.equal(second(hidden), want)
    assert classes(swaps.transform(second)) == ["ToySdpaAttention"] * 3


# Copies and files


def test_transformed_models_travel(swaps: Any, model: Any, hidden: Tensor, tmp_path: Path) -> None:
    want = model(hidden)
    swaps.transform(model)
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    travelled = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), torch.load(buffer, weights_only=False)]
    for other in travelled:
        assert classes(other) == ["ToySdpaAttention"] * 3
        assert close(other(hidden), want)
        assert all(torch.equal(*pair) for pair in zip(other.parameters(), model.parameters(), strict=True))
        assert other(hidden, output_attentions=True)[1][0] is not None
        swaps.reverse(other)
        assert torch.equal(other(hidden), want)
        assert not other.layers[0]._forward_hooks
    assert model(hidden, output_attentions=True)[1][0] is not None
    assert [name for name in model.state_dict() if "sdpa" in name] == []


# Requests for weights


def test_a_request_by_argument_reaches_the_attention(swaps: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden, output_attentions=True)[1]
    swaps.transform(model)
    for got in (model(hidden, output_attentions=True)[1], model(hidden, None, None, True)[1]):
        assert all(close(*pair) for pair in zip(got, want, strict=True))
    layer = model.layers[0]
    assert close(layer(hidden, None, None, True)[1], want[0])
    assert layer(hidden)[1] is None
    with pytest.raises(RuntimeError, match="shape"):
        model(hidden[..., :3], output_attentions=True)
    assert layer(hidden)[1] is None  # the request ended with the call that failed
    swaps.reverse(model)
    assert layer(hidden)[1] is not None


def test_a_request_among_other_keywords(
    swaps: Any, toys: Any, hidden: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = spread(AskedAmongOthers(toys.ToyAttention()))
    want = asked(hidden)[1]
    swaps.transform(asked)
    assert close(asked(hidden, output_attentions=True)[1], want)
    assert asked(hidden)[1] is None
    assert asked(hidden, output_attentions=False)[1] is None
    outer = swaps.transform(AskedAmongOthers(nn.Sequential(swaps.reverse(asked))))
    assert outer._forward_hooks
    assert not asked._forward_hooks  # not the outermost
    head = swaps.transform(nn.Sequential(swaps.reverse(outer).attention[0]))
    assert asked._forward_hooks
    assert close(asked(hidden, output_attentions=True)[1], want)
    swaps.reverse(head)
    recorders = types.ModuleType("transformers.utils.output_capturing")
    exec("def recorded(self, hidden, **kwargs):\n    return self.attention(hidden)", vars(recorders))
    monkeypatch.setattr(AskedAmongOthers, "forward", recorders.recorded)
    assert not swaps.transform(asked)._forward_hooks  # it has the request itself


def test_who_is_asked_by_name_needs_no_one_inside_to_hear(swaps: Any, toys: Any, hidden: Tensor) -> None:
    inner = AskedAmongOthers(toys.ToyAttention())
    outer = Asked(inner, lambda model, hidden: model(hidden))
    want = spread(outer)(hidden)[1]
    swaps.transform(outer)
    assert outer._forward_hooks
    assert not inner._forward_hooks
    assert close(outer(hidden, output_attentions=True)[1], want)
    assert outer(hidden)[1] is None


def test_what_hands_requests_on_to_the_letter_needs_no_hooks(
    swaps: Any, toys: Any, model: Any, hidden: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing = importlib.import_module(f"{SWAPS}._hearing")
    want = model(hidden, output_attentions=True)[1]
    for digest, listens in (("of other source", True), (hearing.digest_of("modeling_toys", "ToyModel"), False)):
        monkeypatch.setitem(hearing.HANDING, "modeling_toys.ToyModel", digest)
        swaps.transform(model)
        assert bool(model._forward_hooks) == listens
        assert not any(layer._forward_hooks for layer in model.layers)  # what is replaced hears it by itself
        got = model(hidden, output_attentions=True)[1]
        assert all(close(*pair) for pair in zip(got, want, strict=True))
        swaps.reverse(model)
    monkeypatch.setattr(toys.ToyModel, "forward", lambda self, hidden, output_attentions=False: hidden)
    swaps.transform(model)
    assert model._forward_hooks


def test_a_request_reaches_a_compiled_model(swaps: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden, output_attentions=True)
    swaps.transform(model)
    torch._dynamo.reset()
    compiled: Any = torch.compile(model, fullgraph=True, backend="aot_eager")
    assert close(compiled(hidden), want[0])
    for got in (compiled(hidden, output_attentions=True), compiled(hidden, None, None, True)):
        assert all(close(*pair) for pair in zip((got[0], *got[1]), (want[0], *want[1]), strict=True))
    assert close(compiled(hidden), want[0])


# check=True


class Asked(nn.Module):
    """Takes the request, and runs its attention in a checkpoint, or without, that hears nothing of it."""

    def __init__(self, attention: nn.Module, run: Callable[..., Any]) -> None:
        super().__init__()
        self.attention = attention
        self.run = run

    def forward(self, hidden: Tensor, output_attentions: bool = False) -> Any:
        return self.run(self.attention, hidden)


class AskedAmongOthers(nn.Module):
    """Takes the request among other keywords, and returns what its attention does, whatever it is asked for."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, hidden: Tensor, **kwargs: Any) -> Any:
        return self.attention(hidden)


def directly(attention: nn.Module, hidden: Tensor) -> Any:
    return attention(hidden)


def again(attention: nn.Module, hidden: Tensor) -> Any:
    return checkpoint(attention, hidden, use_reentrant=False)


def again_reentrant(attention: nn.Module, hidden: Tensor) -> Any:
    return checkpoint(attention, hidden, use_reentrant=True)


@pytest.mark.parametrize("run", [again, again_reentrant])
@pytest.mark.parametrize("requests", [(True,), (False,), (True, False), (False, True)], ids=str)
def test_what_a_checkpoint_computes_anew_has_the_weights_that_it_had(
    swaps: Any, toys: Any, hidden: Tensor, run: Callable[..., Any], requests: tuple[bool, ...]
) -> None:
    gradients = []
    for function in (directly, run):
        asked = spread(Asked(toys.ToyAttention(), function)).train()
        if function is run:
            swaps.transform(asked)
        found = []
        for request in requests:
            inputs = hidden.clone().requires_grad_()
            output, weights = asked(inputs, output_attentions=request)
            loss = output.square().mean() + (weights.square().mean() if request else 0.0)
            found.append(torch.autograd.grad(loss, inputs) if function is directly else backward(loss, inputs))
        gradients.append(found)
    for (want,), (got,) in zip(*gradients, strict=True):
        assert close(want, got)


def backward(loss: Tensor, inputs: Tensor) -> tuple[Tensor]:
    loss.backward()  # type: ignore[no-untyped-call]
    assert inputs.grad is not None
    return (inputs.grad,)


def test_requests_of_forwards_that_are_computed_anew_together(swaps: Any, toys: Any, hidden: Tensor) -> None:
    """What was asked for in a reentrant checkpoint is not lost where another forward, unasked, came between."""
    asked = swaps.transform(spread(Asked(toys.ToyAttention(), again_reentrant)).train())
    inputs = hidden.clone().requires_grad_()
    _, weights = asked(inputs, output_attentions=True)
    with torch.no_grad():
        asked(hidden)
    weights.square().sum().backward()
    plain = Asked(swaps.reverse(asked).attention, directly)
    other = hidden.clone().requires_grad_()
    plain(other)[1].square().sum().backward()
    assert inputs.grad is not None
    assert other.grad is not None
    assert close(inputs.grad, other.grad)


def fused_calls(swaps: Any, model: Any) -> int:
    return sum(item.calls for item in swaps.report(model).replaced)


def test_an_interrupted_call_asks_no_longer(swaps: Any, toys: Any, hidden: Tensor) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    asked = swaps.transform(spread(Asked(toys.ToyAttention(), directly)))
    handle = asked.attention.projection.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        asked(hidden, output_attentions=True)
    handle.remove()
    assert asked(hidden)[1] is None
    assert fused_calls(swaps, asked) == 1


@pytest.mark.parametrize("changed", [True, False])
def test_hooks_that_change_the_request(swaps: Any, toys: Any, hidden: Tensor, changed: bool) -> None:
    def change(_module: nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args, {**kwargs, "output_attentions": changed}

    asked = swaps.transform(spread(Asked(toys.ToyAttention(), directly)))
    handle = asked.register_forward_pre_hook(change, with_kwargs=True)
    asked(hidden, output_attentions=not changed)
    handle.remove()
    assert asked(hidden)[1] is None
    assert asked(hidden, output_attentions=True)[1] is not None
    assert asked(hidden)[1] is None


def test_a_reverse_in_the_midst_of_a_call_that_asks(swaps: Any, toys: Any, hidden: Tensor) -> None:
    asked = swaps.transform(spread(Asked(toys.ToyAttention(), directly)))
    handle = asked.attention.register_forward_hook(lambda *_: swaps.reverse(asked) and None)
    asked(hidden, output_attentions=True)
    handle.remove()
    swaps.transform(asked)
    other = swaps.transform(spread(toys.ToyAttention()))
    assert other(hidden)[1] is None


def test_compiled_attention_in_a_model_that_is_not(swaps: Any, toys: Any, hidden: Tensor) -> None:
    asked = swaps.transform(spread(Asked(toys.ToyAttention(), directly)))
    asked.attention.compile(backend="eager", fullgraph=True)
    with torch.no_grad():
        assert asked(hidden)[1] is None
        assert asked(hidden, output_attentions=True)[1] is not None
        assert asked(hidden)[1] is None


@pytest.mark.parametrize("compiled", ["opened", "closed", "both", "neither"])
def test_hooks_of_which_one_is_compiled(swaps: Any, toys: Any, hidden: Tensor, compiled: str) -> None:
    runtime = importlib.import_module(f"{SWAPS}._runtime")
    asked = swaps.transform(spread(Asked(toys.ToyAttention(), directly)))
    request = asked.__dict__["_sdpa_requests"][0]

    def opened() -> None:
        request.opened(asked, (hidden,), {"output_attentions": True})

    def closed() -> None:
        request.closed(asked, (hidden,), None)

    before, after = (
        torch.compile(function, backend="eager") if compiled in (function.__name__, "both") else function
        for function in (opened, closed)
    )
    before()
    assert runtime.weights_requested(asked.attention)
    after()
    if compiled == "closed":  # what belongs to a thread waits for the next call outside of compiled code
        asked(hidden)
    assert not runtime.weights_requested(asked.attention)
    assert asked(hidden)[1] is None


def test_a_check_runs_once(swaps: Any, toys: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden)
    before = state(model)
    swaps.transform(model, check=True)
    assert [item.check for item in swaps.report(model).replaced] == ["waits for the first forward"] * 3
    pickle.loads(pickle.dumps(model))(hidden)
    copy.deepcopy(model)(hidden)
    assert [item.check for item in swaps.report(model).replaced] == ["waits for the first forward"] * 3
    torch.manual_seed(5)
    random = torch.rand(1)
    torch.manual_seed(5)
    caches = [toys.ToyCache() for _ in range(3)]
    assert close(model(hidden, caches=caches), want)
    assert torch.equal(torch.rand(1), random)
    assert [len(cache.keys) for cache in caches] == [1, 1, 1]
    found = [item.check for item in swaps.report(model).replaced]
    assert all(re.fullmatch(r"equal to ToyAttention within \d\.\de-\d\d", text) for text in found)
    assert not any(isinstance(hook.__self__, object) and "Check" in repr(hook) for hook in hooks(model))
    swaps.reverse(model)
    assert state(model) == before


def hooks(model: Any) -> list[Any]:
    found = [(*module._forward_hooks.values(), *module._forward_pre_hooks.values()) for module in model.modules()]
    return [hook for some in found for hook in some if isinstance(hook, types.MethodType)]


def test_a_check_on_gradients_and_a_cache_that_has_them(swaps: Any, toys: Any, model: Any) -> None:
    hidden = torch.randn(2, 5, 16, requires_grad=True)
    swaps.transform(model, check=True)
    caches = [toys.ToyCache() for _ in range(3)]
    first = hidden * 1.0
    for cache, layer in zip(caches, model.layers, strict=True):
        cache.update(*(2 * layer.projection(first).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)[1:]))
    model(first, caches=caches).sum().backward()
    assert hidden.grad is not None
    assert all("equal to" in item.check for item in swaps.report(model).replaced)


def test_a_check_that_fails_reverses_the_model(swaps: Any, toys: Any, hidden: Tensor) -> None:
    model = spread(toys.ToyModel())
    model.layers[1] = spread(toys.ToyWrongAttention())
    before = state(model)
    swaps.transform(model, check=True)
    with pytest.raises(swaps.CheckError) as caught:
        model(hidden)
    error = caught.value
    assert error.path == "layers.1"
    assert error.difference > error.tolerance > 0
    assert str(error).startswith("CHECK_FAILED layers.1 (ToyWrongSdpaAttention) differs from ToyWrongAttention by ")
    assert pickle.loads(pickle.dumps(error)).difference == error.difference
    assert state(model) == before
    model(hidden)


def test_a_check_runs_what_was_generated_for_a_single_query_too(swaps: Any, toys: Any, hidden: Tensor) -> None:
    policy: Any = importlib.import_module(f"{SWAPS}._policy")
    model = spread(toys.ToyWrongAttention())
    swaps.transform(model)
    one = torch.ones(1, 1, 3, 8)
    attend = (one[..., :1, :], one, one + torch.arange(3.0)[:, None])
    assert torch.equal(model._attn(*attend)[0], toys.ToyWrongAttention._attn(model, *attend)[0])
    swaps.reverse(model)
    cache = toys.ToyCache()
    model(hidden, cache=cache)
    swaps.transform(model, check=True)
    with pytest.raises(swaps.CheckError):
        model(hidden[:, :1], cache=cache)
    assert policy.ROWS_AS_WRITTEN == 1
    swaps.transform(model, check=True)
    model.register_forward_hook(lambda *_: 1 / 0, prepend=True)
    with pytest.raises(ZeroDivisionError):
        model(hidden[:, :1])
    assert policy.ROWS_AS_WRITTEN == 1


def test_a_check_waits_for_no_dropout(swaps: Any, toys: Any, hidden: Tensor) -> None:
    model = spread(toys.ToyModel(dropout=0.5)).train()
    swaps.transform(model, check=True)
    torch.manual_seed(0)
    got = model(hidden)
    assert {item.check for item in swaps.report(model).replaced} == {
        "not done, as dropout is active; call model.eval() before the first forward"
    }
    torch.manual_seed(0)
    assert torch.equal(got, swaps.reverse(model)(hidden))


def test_a_check_looks_at_rows_that_see_a_key(swaps: Any, model: Any, hidden: Tensor) -> None:
    mask = torch.zeros(2, 1, 5, 5)
    mask[0, :, :2] = float("-inf")  # NaN in the original
    swaps.transform(model, check=True)
    layer = model.layers[0]
    layer(hidden, mask)
    assert "equal to" in swaps.report(model).replaced[0].check


def test_a_check_in_several_threads(swaps: Any, model: Any, hidden: Tensor) -> None:
    want = model(hidden)
    swaps.transform(model, check=True)
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(close(model(hidden), want))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4
    assert all("equal to" in item.check for item in swaps.report(model).replaced)


# Reports


def test_a_report_reads_as_a_table(swaps: Any, toys: Any, hidden: Tensor) -> None:
    model = nn.Sequential(toys.ToyAttention(), toys.ToyOddAttention(), toys.ToyOtherAttention())
    assert str(swaps.report(model)).split("\n") == [
        "0 replaced (0 fused calls), 3 left alone",
        "  0: modeling_toys.ToyAttention left alone: has a replacement; call transform(model)",
        "  1: modeling_toys.ToyOddAttention left alone: NOT_AFFINE the scores are 'squared' (in _attn)",
        f"  2: modeling_toys.ToyOtherAttention left alone: {UNKNOWN}",
    ]
    swaps.transform(model)[0](hidden)
    assert str(swaps.report(model)).split("\n")[:2] == [
        "1 replaced (1 fused calls), 2 left alone",
        "  0: ToyAttention -> ToySdpaAttention, 1 fused calls",
    ]


# The package


def test_importing_the_package_imports_no_modeling_module(folder: Path) -> None:
    program = (
        f"import sys, {SWAPS}; print([name for name in sys.modules if 'modeling' in name or 'transformers' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_exports_what_its_parts_export(swaps: Any, inner: Any) -> None:
    assert swaps.__all__ == inner.__all__
    assert all(getattr(swaps, name) is getattr(inner, name) for name in swaps.__all__)


def test_the_templates_import_nothing_but_torch() -> None:
    for text in emitter.runtime_files().values():
        tree = ast.parse(text)
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        tops = {str(module).partition(".")[0] for module in modules}
        assert tops - sys.stdlib_module_names <= {"torch"}


# A model of transformers


@pytest.fixture
def gptj() -> Any:
    transformers = pytest.importorskip("transformers")
    config = transformers.GPTJConfig(
        n_layer=2, n_embd=32, n_head=2, rotary_dim=4, vocab_size=50, n_positions=64, bos_token_id=0, eos_token_id=0
    )
    return spread(transformers.GPTJForCausalLM(config))


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(1, 50, (3, 9), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("side", ["left", "right", "none"])
@pytest.mark.parametrize("batch", [1, 3])
def test_logits_of_padded_batches(swaps: Any, gptj: Any, tokens: Tensor, side: str, batch: int) -> None:
    mask = torch.ones_like(tokens)
    if side != "none":
        mask[0, slice(4) if side == "left" else slice(5, None)] = 0
    inputs = {"input_ids": tokens[:batch], "attention_mask": mask[:batch]}
    want = gptj(**inputs).logits
    swaps.transform(gptj)
    real = mask[:batch].bool()
    got = gptj(**inputs).logits
    assert got.isfinite().all()
    assert close(got[real], want[real])
    assert [item.calls for item in swaps.report(gptj).replaced] == [1, 1]


def test_generation_is_token_identical(swaps: Any, gptj: Any, tokens: Tensor) -> None:
    how = {"max_new_tokens": 8, "do_sample": False, "attention_mask": torch.ones_like(tokens), "pad_token_id": 0}
    want = gptj.generate(tokens, **how)
    second = swaps.transform(gptj, keep_original_model=True)
    assert torch.equal(second.generate(tokens, **how), want)
    assert torch.equal(gptj.generate(tokens, **how), want)
    assert swaps.report(second).replaced[0].calls == 8


def test_weights_of_a_real_model(swaps: Any, gptj: Any, tokens: Tensor) -> None:
    want = gptj(tokens, output_attentions=True).attentions
    swaps.transform(gptj)
    got = gptj(tokens, output_attentions=True).attentions
    assert all(close(*pair) for pair in zip(got, want, strict=True))
    gptj.config.output_attentions = True
    assert all(close(*pair) for pair in zip(gptj(tokens).attentions, want, strict=True))


def test_saving_needs_no_reverse(swaps: Any, gptj: Any, tokens: Tensor, tmp_path: Path) -> None:
    want = gptj(tokens).logits
    swaps.transform(gptj).save_pretrained(tmp_path)
    loaded = type(gptj).from_pretrained(tmp_path)
    assert torch.equal(loaded(tokens).logits, want)
    assert close(swaps.transform(loaded)(tokens).logits, want)


def test_a_check_of_a_real_model_with_a_cache(swaps: Any, gptj: Any, tokens: Tensor) -> None:
    past = gptj(tokens[:, :5], use_cache=True).past_key_values
    want = gptj(tokens, use_cache=True).logits[:, 5:]
    swaps.transform(gptj, check=True)
    got = gptj(tokens[:, 5:], past_key_values=past, use_cache=True)
    assert got.past_key_values.get_seq_length() == 9
    assert close(got.logits, want)
    assert all("equal to GPTJAttention" in item.check for item in swaps.report(gptj).replaced)
