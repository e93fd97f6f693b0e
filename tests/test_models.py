"""Generated classes in real models: tiny, with random weights under which attention matters, against eager.

The first part takes a few models through everything that people do with a model; the second runs `verify` on every
other row of `tiny_models.json` that has a generated class.
"""

from __future__ import annotations

import copy
import functools
import importlib.metadata
import io
import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from codemod import tiny, verify
from generated import BetterTransformer, report, reverse, transform
from generated.registry import REGISTRY

Loaded = tuple[str, str]
"""A row of the table, and the attention that the model is loaded with."""

EAGER_ONLY = ("gptj", "gpt_neo", "codegen", "gpt_neox_japanese", "imagegpt", "openai", "bark")
BOTH = ("gpt2", "gpt2(cross)", "gpt2(scaled)", "gpt2(upcast)", "bert", "bert(decoder)", "llama")
MODELS: tuple[Loaded, ...] = (
    *((name, "eager") for name in EAGER_ONLY),
    *((name, implementation) for name in BOTH for implementation in ("eager", "sdpa")),
)
CACHED = tuple(loaded for loaded in MODELS if tiny.table()[loaded[0]].cache)
GENERATING = tuple(loaded for loaded in MODELS if tiny.table()[loaded[0]].generate)
PADDED = tuple(loaded for loaded in MODELS if "attention_mask" in tiny.table()[loaded[0]].inputs)

# transformers itself warns of what it will change
pytestmark = pytest.mark.filterwarnings("ignore")


def over(models: tuple[Loaded, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("loaded", models, ids="-".join)


@functools.cache
def pair(loaded: Loaded) -> tuple[nn.Module, nn.Module]:
    """Eager, and the transformed model, on the same weights; nothing may change them."""
    name, implementation = loaded
    return tiny.build(name), transform(tiny.build(name, implementation=implementation))


def fresh(loaded: Loaded) -> nn.Module:
    """The model as it is loaded, untransformed, for a test to change."""
    name, implementation = loaded
    return tiny.build(name, implementation=implementation)


@contextmanager
def every_module_fused(model: nn.Module, times: int | None = None) -> Iterator[None]:
    """Each replaced module calls SDPA inside (that many times, if told), says torch; and so says the runtime."""
    before = verify.runtime_counts(model)
    with verify.fused_calls(model) as counted:
        yield
    after = verify.runtime_counts(model)
    assert verify.replaced(model)
    for name in verify.replaced(model):
        assert counted[name] == times if times is not None else counted[name] > 0, name
        assert after[name] - before[name] == counted[name], name


def run(model: nn.Module, arguments: Mapping[str, Any]) -> dict[str, Tensor]:
    with torch.no_grad():
        return tiny.tensors(tiny.forward(model, arguments))


def assert_same(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor], mask: Tensor | None = None) -> None:
    """Within 1e-5, of the outputs' own size where that is above one."""
    error, size, problem = verify.difference(expected, actual, mask)
    assert not problem
    assert error <= verify.FLOAT32_LIMIT * max(1.0, size)


def unpadded(name: str) -> dict[str, Tensor]:
    return verify.masks(tiny.table()[name])["no mask"]


@over(MODELS)
def test_attention_matters_in_the_model(loaded: Loaded) -> None:
    assert tiny.sensitivity(loaded[0]) > 1e-2


@over(MODELS)
def test_forward(loaded: Loaded) -> None:
    eager, fused = pair(loaded)
    arguments = unpadded(loaded[0])
    with every_module_fused(fused, times=1):
        actual = run(fused, arguments)
    assert_same(run(eager, arguments), actual)


@pytest.mark.parametrize("mask", ["right-padded", "left-padded", "one left-padded", "one masked out"])
@over(PADDED)
def test_padded_batches(loaded: Loaded, mask: str) -> None:
    eager, fused = pair(loaded)
    arguments = verify.masks(tiny.table()[loaded[0]])[mask]
    with every_module_fused(fused, times=1):
        actual = run(fused, arguments)
    assert_same(run(eager, arguments), actual, tiny.padding_mask(arguments))


@over(PADDED)
def test_padding_changes_no_real_position_of_the_result(loaded: Loaded) -> None:
    """What stands at padded positions is unseen: a mask that were dropped would show here."""
    _, fused = pair(loaded)
    arguments = tiny.inputs(loaded[0], padding="right")
    mask = arguments["attention_mask"].bool()
    others = {**arguments, "input_ids": arguments["input_ids"].where(mask, 41)}
    assert_same(run(fused, arguments), run(fused, others), mask)


@pytest.mark.parametrize("rest", [6, 1], ids=["chunk", "token"])
@over(CACHED)
def test_further_positions_on_a_cache(loaded: Loaded, rest: int) -> None:
    eager, fused = pair(loaded)
    row = tiny.table()[loaded[0]]
    for name, arguments in verify.masks(row).items():
        start = arguments[row.tokens].shape[1] - rest
        with torch.no_grad():
            expected = tiny.tensors(tiny.forward_on_cache(row, eager, arguments, start))
        mask = tiny.padding_mask(arguments)
        policy = verify.as_elsewhere() if rest == 1 else nullcontext()
        with policy, torch.no_grad(), every_module_fused(fused, times=2):
            actual = tiny.tensors(tiny.forward_on_cache(row, fused, arguments, start))
        assert_same(expected, actual, None if mask is None else mask[:, start:])
        if rest == 1:  # on a CPU the methods run as they are written
            with torch.no_grad():
                actual = tiny.tensors(tiny.forward_on_cache(row, fused, arguments, start))
            assert_same(expected, actual, None if mask is None else mask[:, start:])
        if name == "no mask":
            whole = {key: value[:, start:] for key, value in run(eager, arguments).items()}
            assert_same(whole, actual)


@over(GENERATING)
def test_generate_token_for_token(loaded: Loaded) -> None:
    row = tiny.table()[loaded[0]]
    eager, fused = pair(loaded)
    with every_module_fused(fused):
        outcomes = list(verify.generate_outcomes(row, eager, fused))
    assert len(outcomes) == len(verify.masks(row))
    assert not [outcome for outcome in outcomes if outcome.problem or outcome.skipped]


@over(MODELS)
def test_attention_weights_asked_for_by_argument(loaded: Loaded) -> None:
    eager, fused = pair(loaded)
    for arguments in verify.masks(tiny.table()[loaded[0]]).values():
        asked = {**arguments, "output_attentions": True}
        with every_module_fused(fused, times=0):
            actual = run(fused, asked)
        expected = run(eager, asked)
        weights = [key for key in expected if "attentions" in key]
        assert len(weights) == len(verify.replaced(fused))
        assert_same(expected, actual, tiny.padding_mask(arguments))
        with every_module_fused(fused, times=1):
            run(fused, arguments)


@pytest.mark.parametrize("name", [*EAGER_ONLY, *BOTH])
def test_attention_weights_asked_for_in_the_configuration(name: str) -> None:
    """Of eager models: transformers takes no such configuration for its own SDPA."""
    eager, fused = tiny.build(name), transform(tiny.build(name))
    for model in (eager, fused):
        model.config.output_attentions = True  # type: ignore[union-attr]  # a configuration
    expected, actual = run(eager, unpadded(name)), run(fused, unpadded(name))
    assert len([key for key in expected if "attentions" in key]) == len(verify.replaced(fused))
    assert_same(expected, actual)


@over(MODELS)
def test_gradients_in_train_mode(loaded: Loaded) -> None:
    row = tiny.table()[loaded[0]]
    eager, fused = tiny.build(loaded[0]), transform(fresh(loaded))
    for arguments in verify.masks(row).values():
        with every_module_fused(fused, times=1):
            actual = verify.gradients(row, fused.train(), arguments)
        error, problem = verify.gradient_difference(verify.gradients(row, eager.train(), arguments), actual)
        assert not problem
        assert error <= verify.GRADIENT_LIMIT


@over(MODELS)
def test_dropout_drops_what_it_drops_in_eager(loaded: Loaded) -> None:
    row = tiny.table()[loaded[0]]
    outcomes = list(verify.dropout_outcomes(row, transform))
    assert outcomes
    assert not [outcome for outcome in outcomes if outcome.problem or outcome.skipped]


@over(MODELS)
def test_bfloat16(loaded: Loaded) -> None:
    row = tiny.table()[loaded[0]]
    outcomes = list(verify.bfloat16_outcomes(row, fresh(loaded), transform))
    assert outcomes
    assert not [outcome for outcome in outcomes if outcome.problem or outcome.skipped]


@over(MODELS)
def test_save_and_load_without_reversing(loaded: Loaded, tmp_path: Path) -> None:
    model: Any = transform(fresh(loaded))
    original = fresh(loaded)
    assert list(model.state_dict()) == list(original.state_dict())
    model.save_pretrained(tmp_path)
    again: Any = type(original).from_pretrained(tmp_path, attn_implementation=loaded[1])  # type: ignore[attr-defined]
    assert again.config.architectures == [type(original).__name__]
    assert not verify.replaced(again)
    arguments = unpadded(loaded[0])
    assert_same(run(pair(loaded)[0], arguments), run(again.eval(), arguments))
    with every_module_fused(transform(again), times=1):
        assert_same(run(pair(loaded)[0], arguments), run(again, arguments))


@over(MODELS)
def test_reverse_restores_the_model(loaded: Loaded) -> None:
    model = fresh(loaded)
    classes = [type(module) for module in model.modules()]
    attributes = [set(vars(module)) for module in model.modules()]
    weights = [parameter.data_ptr() for parameter in model.parameters()]
    arguments = unpadded(loaded[0])
    before = run(model, arguments)
    with every_module_fused(transform(model), times=1):
        run(model, arguments)
    assert reverse(model) is model
    assert [type(module) for module in model.modules()] == classes
    assert [set(vars(module)) for module in model.modules()] == attributes
    assert [parameter.data_ptr() for parameter in model.parameters()] == weights
    after = run(model, arguments)
    assert all(torch.equal(after[key], before[key]) for key in before)


@over(MODELS)
def test_keep_the_original_model(loaded: Loaded) -> None:
    original = fresh(loaded)
    before = run(original, unpadded(loaded[0]))
    fused = transform(original, keep_original_model=True)
    assert fused is not original
    assert not verify.replaced(original)
    theirs = {tensor.data_ptr() for tensor in (*original.parameters(), *original.buffers())}
    ours = [tensor for tensor in (*fused.parameters(), *fused.buffers()) if tensor.data_ptr() not in theirs]
    assert sum(tensor.nbytes for tensor in ours) == 0
    with every_module_fused(fused, times=1):
        assert_same(before, run(fused, unpadded(loaded[0])))
    after = run(original, unpadded(loaded[0]))
    assert all(torch.equal(after[key], before[key]) for key in before)


def through_pickle(model: nn.Module) -> nn.Module:
    loaded: nn.Module = pickle.loads(pickle.dumps(model))
    return loaded


def through_torch_save(model: nn.Module) -> nn.Module:
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    loaded: nn.Module = torch.load(buffer, weights_only=False)
    return loaded


@pytest.mark.parametrize("copied", [copy.deepcopy, through_pickle, through_torch_save])
@over(MODELS)
def test_copies_are_transformed_models(loaded: Loaded, copied: Callable[[nn.Module], nn.Module]) -> None:
    # models of its own: one that was ever asked for its outputs holds transformers' hooks, which do not pickle
    eager, fused = tiny.build(loaded[0]), transform(fresh(loaded))
    again = copied(fused)
    assert list(verify.replaced(again)) == list(verify.replaced(fused))
    with every_module_fused(again, times=1):
        assert_same(run(eager, unpadded(loaded[0])), run(again, unpadded(loaded[0])))
    assert not verify.replaced(reverse(again))


@pytest.mark.parametrize("name", ["gpt2", "bert", "llama"])
def test_other_attention_keeps_its_path(name: str) -> None:
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    calls: list[str] = []

    def counting(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        calls.append(type(module).__name__)
        return sdpa_attention_forward(module, *args, **kwargs)

    AttentionInterface.register("counting", counting)
    AttentionMaskInterface.register("counting", sdpa_mask)
    try:
        model = transform(tiny.build(name, implementation="counting"))
        arguments = tiny.inputs(name, padding="left")
        with every_module_fused(model, times=0):
            actual = run(model, arguments)
        assert len(calls) == len(verify.replaced(model))
        assert_same(run(tiny.build(name), arguments), actual, arguments["attention_mask"])
    finally:
        AttentionInterface._global_mapping.pop("counting")
        AttentionMaskInterface._global_mapping.pop("counting")


def test_the_report_counts_fused_calls_of_each_module() -> None:
    model = transform(tiny.build("gptj"))
    for _ in range(3):
        run(model, unpadded("gptj"))
    assert {(item.path, item.calls) for item in report(model).replaced} == {
        ("transformer.h.0.attn", 3),
        ("transformer.h.1.attn", 3),
    }


def test_the_names_of_the_removed_tool() -> None:
    model = tiny.build("bert")
    fused = BetterTransformer.transform(model, keep_original_model=True)
    with every_module_fused(fused, times=1):
        assert_same(run(model, unpadded("bert")), run(fused, unpadded("bert")))
    assert not verify.replaced(BetterTransformer.reverse(fused))


# All the rest --------------------------------------------------------------------------------------------------------

ROWS = [
    row.name
    for row in tiny.table().values()
    if row.name not in {*EAGER_ONLY, *BOTH}
    and not row.reason
    and any(path.startswith(f"transformers.models.{row.arch}.") for path in REGISTRY)
]


@pytest.mark.parametrize("name", ROWS)
def test_every_other_model(name: str) -> None:
    found = verify.verify(tiny.table()[name])
    if found.note:
        pytest.skip(found.note)
    assert not found.problem
    assert not [outcome for outcome in found.outcomes if outcome.problem]
    assert any(not outcome.skipped for outcome in found.outcomes)
    assert tiny.sensitivity(name) > 1e-2, "attention does not matter in this model: agreement says nothing"


def test_every_generated_class_stands_in_a_tiny_model() -> None:
    present: set[str] = set()
    for row in tiny.table().values():
        if not row.reason:
            excused = row.eager
            modules = verify.registered(tiny.build(row.name)).values()
            present.update(path for path in modules if path.rpartition(".")[2] not in excused)
    # data/uncovered.json names each class that is not compared, with the reason
    uncovered = json.loads((Path(__file__).parent.parent / "data" / "uncovered.json").read_text())
    assert sorted(set(REGISTRY) - present) == sorted(uncovered)
    assert all(uncovered.values())


def test_every_row_names_a_model_or_a_reason() -> None:
    for row in tiny.table().values():
        assert bool(row.reason) != bool(row.model_class), row.name
        if not row.reason:
            importlib.import_module(row.module or f"transformers.models.{row.arch}.modeling_{row.arch}")


# The comparison itself -----------------------------------------------------------------------------------------------


def test_a_wrong_scale_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = nn.functional.scaled_dot_product_attention

    def wrong(*args: Any, **kwargs: Any) -> Tensor:
        return original(*args, **{**kwargs, "scale": kwargs["scale"] * 1.001})

    monkeypatch.setattr(nn.functional, "scaled_dot_product_attention", wrong)
    found = verify.verify(tiny.table()["gptj"])
    assert not found.ok
    assert {outcome.case for outcome in found.outcomes if outcome.problem} >= {"forward, no mask", "train, no mask"}


def test_a_dropped_mask_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = nn.functional.scaled_dot_product_attention

    def wrong(*args: Any, attn_mask: Tensor | None, **kwargs: Any) -> Tensor:
        return original(*args, **kwargs)

    monkeypatch.setattr(nn.functional, "scaled_dot_product_attention", wrong)
    found = verify.verify(tiny.table()["bert"])
    problems = {outcome.case for outcome in found.outcomes if outcome.problem}
    assert problems >= {"forward, left-padded", "forward, one left-padded"}
    assert "forward, no mask" not in problems


def test_rounding_widens_no_limit_beyond_tenfold() -> None:
    assert verify._widened(1e-4, 0.0) == 1e-4
    assert verify._widened(1e-4, 2e-4) == 4e-4
    assert verify._widened(1e-4, 3.0) == pytest.approx(1e-3)


def test_nothing_fused_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generated.gptj.fuse", lambda *_, **__: None)
    assert "never fused" in verify.verify(tiny.table()["gptj"]).problem


def test_verify_prints_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert verify.main(["gptj"], all=False) == 0
    shown = capsys.readouterr()
    assert "GPTJForCausalLM" in shown.out
    assert "same" in shown.out
    assert not shown.err


def test_verify_names_the_nearest_architecture(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main(["gptjj"], all=False) == 2
    assert capsys.readouterr().err.startswith("error: no tiny model of gptjj; near: gptj")


def test_verify_fails_on_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generated.gptj.fuse", lambda *_, **__: None)
    assert verify.main(["gptj"], all=False, json=True) == 1


def test_verify_goes_on_where_a_model_cannot_be_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tiny.table()["gptj"]
    absent = replace(whole, name="gptj(absent)", module="transformers.models.gptj.modeling_absent")

    def refuse(*_: object) -> None:
        raise RuntimeError("cannot be copied")

    monkeypatch.setattr(verify, "table", lambda: {row.name: row for row in (absent, whole)})
    assert verify.main(["gptj"], all=False) == 0
    shown = capsys.readouterr().out
    assert "gptj(absent): not compared: the installed transformers does not build it: ModuleNotFoundError" in shown
    monkeypatch.setattr(verify, "float32_outcomes", refuse)
    assert verify.main(["gptj"], all=False) == 1
    assert "gptj: not compared: RuntimeError: cannot be copied" in capsys.readouterr().out


def test_rows_for_older_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    older = tiny.older()
    assert not older.keys() & tiny.table().keys()
    assert all(row.model_class and row.inputs and not row.reason for row in older.values())
    assert verify.written_out("generated") == []  # of transformers 5
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "4.44.2")
    places = {path.rpartition(".")[0] for path in REGISTRY}
    assert {row.place for row in verify.written_out("generated")} == {row.place for row in older.values()} & places


def test_weights_that_a_hook_computes_are_made_plain() -> None:
    from torch.nn.utils.weight_norm import WeightNorm

    model = nn.Sequential(nn.Conv1d(2, 2, 3))
    WeightNorm.apply(model[0], "weight", 0)
    with pytest.raises(RuntimeError, match="deepcopy"):
        copy.deepcopy(model)
    tiny._without_weight_norm(model)
    assert isinstance(copy.deepcopy(model)[0].weight, nn.Parameter)
