"""The rules of the house: who may import whom, what stands in the tree, and that the map is the territory."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mfview.chapters import CHAPTERS
from tests.conftest import ROOT

ALLOWED = {  # package: the packages of the house that it may import
    "mfcore": {"mfcore"},
    "mfview": {"mfcore", "mfview"},
    "mfapp": {"mfcore", "mfview", "mfapp"},
    "pages": {"mfcore", "mfview", "mfapp"},
    "lessons": {"mfcore", "mfview"},
}
DEEP = {"torch", "tensorflow", "keras", "jax", "flax", "mxnet", "paddle"}  # passes are written out here
FORBIDDEN = {
    "mfcore": {"plotly", "streamlit"} | DEEP,
    "mfview": {"streamlit"} | DEEP,
    "mfapp": DEEP,
    "pages": DEEP,
    "lessons": {"streamlit"} | DEEP,
}
HOUSE = {*ALLOWED, "app", "benchmarks", "tests"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_run_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        found = imports(path)
        assert not (found & HOUSE) - ALLOWED[package] - ({"lessons"} if package == "lessons" else set()), path
        assert not found & FORBIDDEN.get(package, set()), path


def test_the_core_runs_without_the_app_and_without_a_compiler() -> None:
    """mfcore imports neither Streamlit nor Plotly nor numba, not even through something else."""
    code = "import sys, mfcore; print(sorted({'streamlit', 'plotly', 'numba'} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_every_chapter_has_its_page_its_lesson_and_its_modules(chapter) -> None:
    assert (ROOT / chapter.page).is_file()
    assert (ROOT / chapter.lesson).is_file()
    assert (ROOT / chapter.lesson).with_suffix(".py").is_file()
    for module in chapter.modules:
        __import__(module)
    assert chapter.scenarios


def test_every_page_and_lesson_is_a_chapter() -> None:
    names = {c.name for c in CHAPTERS}
    assert {p.stem for p in (ROOT / "pages").glob("[0-9]*.py")} == names
    assert {p.stem for p in (ROOT / "lessons").glob("[0-9]*.ipynb")} == names


def test_the_readme_maps_every_chapter() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")]
    for chapter in CHAPTERS:
        parts = [f"§{chapter.notes.replace(', ', ', §')}", chapter.page, chapter.lesson, *chapter.modules]
        assert any(all(part in row for part in parts) for row in rows), f"no row of the README has {parts}"


def test_the_installed_package_names_every_folder_of_code() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        ".".join(p.parent.relative_to(ROOT).parts)
        for package in ("mfcore", "mfview", "mfapp")
        for p in (ROOT / package).rglob("__init__.py")
    }
    assert listed == found
