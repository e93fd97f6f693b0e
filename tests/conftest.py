"""What all tests share: an environment that is the same everywhere, and reports made by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

# before torch is imported anywhere: workers share the cores, and no test may ask the network
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from hypothesis import HealthCheck, settings

from codemod.ir import ArchReport, ClassText, ImportLine, Location, MethodText, SiteRecord

# timing is no property of a program, and a first example may pay for imports
settings.register_profile("repository", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repository")

ROOT = Path(__file__).parent.parent
METHOD = "def _attn(self, query, key, value):\n    return fuse(self, query, key, value)\n"

MakeReport = Callable[..., ArchReport]


@pytest.fixture
def make_report() -> MakeReport:
    """A report as the analysis makes it: one class, one record; anything can be replaced by keyword."""

    def make(
        arch: str = "toy",
        *,
        module: str = "",
        name: str = "ToySdpaAttention",
        base: str = "ToyAttention",
        method: str = METHOD,
        refused: tuple[SiteRecord, ...] = (),
        **changes: object,
    ) -> ArchReport:
        module = module or f"models.{arch}.modeling_{arch}"
        path = f"{module.replace('.', '/')}.py"
        record = SiteRecord(arch, module, base, "_attn", 12, "generated", location=Location(path, 12, 5))
        klass = ClassText(
            name=name,
            base=base,
            module=module,
            digest="0" * 64,
            seam="_attn",
            methods=(MethodText("_attn", method, "def _attn(self, query, key, value):\n    pass\n"),),
            sites=(),
            reads=(f"{module}:{base}",),
        )
        values: dict[str, object] = {
            "arch": arch,
            "modules": (module,),
            "records": (record, *refused),
            "classes": (klass,),
            "imports": (ImportLine("torch"),),
            "runtime": ("fuse",),
            "license": "# Copyright 2024 Nobody.\n# Licensed under nothing.",
            "command": f"python -m codemod generate --arch {arch}",
        }
        return ArchReport(**{**values, **changes})  # type: ignore[arg-type]  # the tests name fields that exist

    return make
