"""Sessions of `nox`; `nox --list` prints what each does."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "typecheck", "check", "tests"]
nox.options.reuse_existing_virtualenvs = True

CONSTRAINTS = ("-c", "constraints.txt")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format of everything that is checked in."""
    session.install(*CONSTRAINTS, "ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types, strictly."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("mypy")


@nox.session
def check(session: nox.Session) -> None:
    """Check that everything in generated/ is what `regen` would write."""
    session.install(*CONSTRAINTS, "-e", ".[run]")
    session.run("python", "-m", "codemod", "generate", "--check")


@nox.session
def regen(session: nox.Session) -> None:
    """Write again everything that generated/ holds."""
    session.install(*CONSTRAINTS, "-e", ".[run]")
    session.run("python", "-m", "codemod", "generate", *session.posargs)


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the tests of the tool with the oldest libraries that pyproject.toml admits."""
    oldest = ["click==8.2.1", "jinja2==3.1.0", "libcst==1.5.0", "rich==13.7.0", "typer==0.16.0"]
    session.install(*CONSTRAINTS, "-e", ".[run]", "hypothesis", "pytest", "pytest-xdist", "ruff", "syrupy")
    session.install(*oldest)
    session.run("python", "-m", "pytest", "tests/test_source.py", "tests/test_emitter.py", "tests/test_cli.py")


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel, install it in a fresh environment, and generate from outside the repository."""
    session.install(*CONSTRAINTS, "build", "hatchling")
    place = Path(session.create_tmp()).resolve()
    session.run("python", "-m", "build", "--no-isolation", "--wheel", "--outdir", str(place / "dist"))
    constraints = Path("constraints.txt").resolve()
    session.install("--force-reinstall", "--no-deps", *map(str, sorted((place / "dist").glob("*.whl"))))
    # of transformers only the source is read: nothing that it needs is installed, neither is torch
    session.install("-c", str(constraints), "jinja2", "libcst", "rich", "typer")
    session.install("-c", str(constraints), "--no-deps", "transformers")
    session.chdir(place)
    session.run("codemod", "generate", "--arch", "gptj", "--out", "wheel/fast_attention", "--force")
    session.run("codemod", "generate", "--check", "--out", "wheel/fast_attention")


@nox.session
def older(session: nox.Session) -> None:
    """Generate for an older transformers and compare with eager there: `nox -s older -- 4.48.3 gptj bert`."""
    version, *names = session.posargs or ["4.48.3"]
    place = Path(session.create_tmp()).resolve()
    pins = [line for line in Path("constraints.txt").read_text().splitlines() if line.startswith("torch==")]
    (place / "constraints.txt").write_text("\n".join([*pins, f"transformers=={version}"]))
    session.install("-c", str(place / "constraints.txt"), "-e", ".[run]")
    session.chdir(place)
    wanted = [part for name in names for part in ("--arch", name)] or ["--all"]
    session.run("python", "-m", "codemod", "generate", *wanted, "--out", "older", "--force", success_codes=[0, 1])
    session.run("python", "-m", "codemod", "verify", "--package", "older", *(names or ["--all"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Benchmarks of the tool itself, with pytest-benchmark."""
    session.install(*CONSTRAINTS, "-e", ".[bench]")
    session.run("python", "-m", "pytest", "benchmarks", "-n", "0", *session.posargs)


@nox.session(python=False)
def fuzz(session: nox.Session) -> None:
    """Random attention programs, converted and executed: `nox -s fuzz -- --programs 50000`."""
    session.run("python", "tests/fuzz.py", *(session.posargs or ["--programs", "2000"]))


@nox.session(python=False)
def mutate(session: nox.Session) -> None:
    """Whether the tests notice each side condition: `nox -s mutate -- --only rules:multiply`."""
    session.run("python", "tests/mutation.py", *session.posargs)


@nox.session(python=False)
def verify(session: nox.Session) -> None:
    """Every generated class against eager attention, on tiny models."""
    session.run("python", "-m", "codemod", "verify", *(session.posargs or ["--all"]))
