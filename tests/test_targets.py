"""What the README says was measured, against what was set out to be reached: a missed number does not stay unnoticed.

Nothing is timed here. The tables are written by `python -m benchmarks … --readme`, each between marks with its name.
"""

import re

import pytest

from mfview.chapters import CHAPTERS
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
Table = dict[str, dict[str, str]]


def tables(name: str) -> list[Table]:
    """The tables between the marks of that name: {first cell of a row: {column: cell}}."""
    found = re.search(rf"<!-- {re.escape(name)} -->\n(.*?)<!-- end -->", README, re.DOTALL)
    assert found, name
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", found[1], re.MULTILINE)
    return [_rows([[cell.strip() for cell in line.strip("| ").split("|")] for line in b.splitlines()]) for b in blocks]


def _rows(cells: list[list[str]]) -> Table:
    head, _, *rows = cells
    return {row[0]: dict(reversed([*zip(head, row, strict=False)])) for row in rows}  # of equal heads the first counts


def number(cell: str) -> float:
    """What a cell says, without bold, per cent and thousands separators."""
    return float(re.sub(r"[*%,]", "", cell))


def row(table: Table, start: str) -> dict[str, str]:
    """The row whose first cell begins so."""
    return next(cells for name, cells in table.items() if name.startswith(start))


@pytest.mark.parametrize(("name", "cmfrec", "lenskit", "cg"), [
    ("peers 20m k=10", 0.22, 0.35, 1.0),
    ("peers 20m k=50", 0.20, 1.0, 0.8),
])  # fmt: skip
def test_our_sweep_beside_the_peers_on_20_million_ratings(name, cmfrec, lenskit, cg) -> None:
    [table] = tables(name)
    ours, cholesky = row(table, "mfcore, compiled"), row(table, "cmfrec, ALS by Cholesky")
    assert number(ours["÷ cmfrec"]) <= cmfrec
    assert number(ours["÷ lenskit"]) <= lenskit
    assert number(ours["÷ cmfrec CG"]) <= cg
    assert number(ours["peak, GiB"]) <= min(0.8, number(cholesky["peak, GiB"]))
    rmse = [number(cells["test RMSE"]) for cells in table.values() if cells["test RMSE"] != "–"]
    assert number(ours["test RMSE"]) <= min(rmse) + 0.0005
    assert all(cells["below ours"] in ("–", "nowhere") for cells in table.values())


def test_the_whole_fit_and_the_form_without_a_compiler() -> None:
    [table] = tables("peers 20m k=10")
    assert number(row(table, "mfcore, numpy")["÷ cmfrec"]) <= 0.65
    ours, cholesky = (row(table, name)["whole fit, s"] for name in ("mfcore, compiled", "cmfrec, ALS by Cholesky"))
    assert number(ours) <= 0.25 * number(cholesky)


@pytest.mark.parametrize("size", ["100k", "1m"])
@pytest.mark.parametrize("k", [10, 50])
def test_smaller_sizes_are_there_and_as_accurate(size, k) -> None:
    [table] = tables(f"peers {size} k={k}")
    ours, cholesky = row(table, "mfcore, compiled"), row(table, "cmfrec, ALS by Cholesky")
    assert number(ours["÷ cmfrec"]) <= 0.22
    assert number(ours["test RMSE"]) <= number(cholesky["test RMSE"]) + 0.001
    assert all(cells["below ours"] in ("–", "nowhere") for cells in table.values())


def test_reading() -> None:
    [table] = tables("read")
    ours = row(table, "mfcore, csv")
    assert number(ours["÷ pandas"]) <= 0.5
    assert number(ours["s"]) <= 8
    assert number(ours["peak, GiB"]) <= 2.5


def test_a_hundred_million_ratings() -> None:
    [table] = tables("growth")
    assert number(table["100,000,000"]["peak, GiB"]) < 8
    said = re.search(r"Time grows as ratings to the power (\d+\.\d+)", README)
    assert said
    assert float(said[1]) <= 1.05


def test_the_cluster_beside_one_process() -> None:
    [table] = tables("cluster")
    last = table["20,000,000"]
    assert number(last["ratio"]) <= 1.3
    assert number(last["sums sent by a worker, MB"]) <= 1.05 * number(table["5,000,000"]["sums sent by a worker, MB"])
    held = [number(cells["client and scheduler, GiB"]) for cells in table.values()]
    assert max(held) <= 1.1 * min(held)


@pytest.mark.parametrize(("name", "column", "most"), [
    ("accuracy", "test RMSE", 0.919),
    ("bayes", "test RMSE", 0.899),
    ("autorec", "test RMSE", 0.915),
])  # fmt: skip
def test_accuracy_on_the_official_splits(name, column, most) -> None:
    table = next(table for table in tables(name) if "mean" in table)
    splits = [number(cells[column]) for split, cells in table.items() if split != "mean"]
    assert len(splits) == 5
    assert number(table["mean"][column]) == pytest.approx(sum(splits) / 5, abs=2e-4)
    assert number(table["mean"][column]) <= most


def test_intervals_cover_what_they_say() -> None:
    _, table = tables("bayes")
    assert 77 <= number(table["mean"]["80% intervals cover"]) <= 83


def test_gibbs_beside_als_and_smurff() -> None:
    times, _ = tables("bayes")
    ours = row(times, "mfcore, Gibbs")
    assert number(ours["÷ our ALS"]) <= 1.6
    assert number(ours["÷ SMURFF"]) <= 0.3


def test_descent_beside_cornac() -> None:
    times, _ = tables("sgd")
    ours, cornac = row(times, "mfcore, SGD"), [cells for name, cells in times.items() if name.startswith("cornac")]
    assert number(ours["÷ cornac"]) <= 0.75
    assert number(ours["test RMSE"]) <= min(number(cells["test RMSE"]) for cells in cornac)


def test_autoencoder_beside_pytorch_and_on_a_page() -> None:
    times, small, _ = tables("autorec")
    assert number(row(times, "mfcore")["÷ PyTorch"]) <= 0.1
    assert small
    assert number(small["items"]["numba"]) < 50
    assert number(small["items"]["numba, float32"]) < 50


def test_a_network_beside_mf_does_no_harm() -> None:
    [table] = tables("residual")
    assert number(table["mean"]["difference"]) <= 0.002


def test_soft_impute_keeps_to_the_ratings() -> None:
    [table] = tables("svd")
    dense = re.search(r"Every cell written out would take ([\d,]+) MiB", README)
    assert dense
    soft = row(table, "soft-impute, 30")
    assert number(soft["most memory beside the ratings, MiB"]) < number(dense[1]) / 5
    assert number(soft["s"]) < 30


def test_pages_open_from_home_and_answer_a_control() -> None:
    presses, pages = tables("app")
    assert number(row(presses, "MovieLens small")["median, ms"]) <= 500
    assert number(row(presses, "microscope")["median, ms"]) <= 300
    chapters = {name: cells for name, cells in pages.items() if re.match(r"\d\d ", name)}
    assert list(chapters) == [f"{chapter.number:02} {chapter.title}" for chapter in CHAPTERS]
    for name, cells in chapters.items():
        assert number(cells["from the home page"]) < 2000, name
        moved = cells["a slider moved"]
        assert moved == "–" or moved.endswith("Cancel") or number(moved) < 500, name
