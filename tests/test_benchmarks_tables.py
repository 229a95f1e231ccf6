"""What the tables of reading, growth and the cluster make of measured numbers, on numbers that are invented."""

import re
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from benchmarks import __main__ as command
from benchmarks import cluster, generate, growth, reading
from benchmarks.cluster import CASES, Case, Found
from tests.conftest import ROOT
from tests.test_targets import _rows as by_row


def read(lines: list[str]) -> dict[str, dict[str, str]]:
    """{first cell of a row: {column: cell}}."""
    return by_row([[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")])


def numbers(said: str) -> list[float]:
    return [float(x) for x in re.findall(r"\d+(?:\.\d+)?", said)]


def test_growth_is_the_slope_of_the_fastest_sweeps_on_log_axes() -> None:
    sizes = (1_000_000, 4_000_000, 16_000_000)
    fastest = [2e-8 * n**1.25 for n in sizes]
    runs = [
        [growth.Run(n, n // 100, 500, 3 * s, 0.5, 1.0), growth.Run(n, n // 100, 500, s, 0.7, 1.5)]
        for n, s in zip(sizes, fastest, strict=True)
    ]
    lines = growth.rows(runs)
    assert lines[-1] == "Time grows as ratings to the power 1.25."
    assert read(lines)["4,000,000"] == {
        "ratings": "4,000,000",
        "users × films": "40,000 × 500",
        "s a sweep": f"{fastest[1]:.3f}",
        "building, s": "0.50",
        "peak, GiB": "1.50",
    }
    assert len(read(lines)) == 3


def test_reading_is_held_to_the_fastest_run_of_pandas() -> None:
    Run = reading.Run
    runs = {
        "mfcore, csv → Ratings": [Run(1.0, 0.9), Run(0.5, 1.1)],
        reading.YARDSTICK: [Run(2.0, 1.7), Run(2.5, 1.6)],
        "mfcore, zip → Ratings": [Run(3.0, 1.5), Run(4.0, 1.4)],
    }
    columns = ("s", "÷ pandas", "peak, GiB")
    cells = {name: [row[column] for column in columns] for name, row in read(reading.rows(runs)).items()}
    assert cells == {
        "mfcore, csv → Ratings": ["0.50", "0.25", "1.10"],
        reading.YARDSTICK: ["2.00", "1.00", "1.70"],
        "mfcore, zip → Ratings": ["3.00", "1.50", "1.50"],
    }


# One thread's seconds and a worker's bytes for a rating and for a user, and what there is without any.
RATING, USER, BASE = 20e-9, 600e-9, 0.05
HELD, HELD_DEALT, KNOWN, PROCESS = 50, 80, 120, 0.25


def invented(case: Case) -> Found:
    n, N = 1_250_000 * case.share, (140_000 - 100 * (16 - case.share)) * case.users
    theirs = BASE + (RATING * n + USER * N) / 2
    held = HELD_DEALT if case.scattered else HELD
    worker = PROCESS + (held * n + KNOWN * N) / 2 / 2**30
    seconds = [(theirs / 1.25, theirs), (theirs, 1.1 * theirs), (theirs, 0.9 * theirs)]
    return Found(n, N, 27_000, 3.21, 8_400_000, 1_200_000, 0.19, worker, seconds)


def test_the_cluster_has_a_row_of_its_own_for_more_users_and_for_scattered_files() -> None:
    found = {case: invented(case) for case in CASES}
    table = read(cluster.rows(found))
    last = found[Case(16)]
    assert [*table] == [
        *("1,250,000", "5,000,000", "20,000,000"),
        *("20,000,000, 4 times the users", "20,000,000, scattered files"),
    ]
    assert table["20,000,000"] == {
        "ratings": "20,000,000",
        "users × films": "140,000 × 27,000",
        "loaded, s": "3.2",
        "a sweep, s": f"{last.sweep:.3f}",
        "one process, s": f"{last.sweep:.3f}",
        "ratio": "1.10",
        "sums sent by a worker, MB": "4.2",
        "U, c to each, MB": "1.2",
        "client and scheduler, GiB": "0.19",
        "a worker, GiB": f"{last.worker:.2f}",
    }


def test_a_billion_ratings_come_with_their_users() -> None:
    said = cluster.billion({case: invented(case) for case in CASES})
    N = 1e9 * 140_000 / 20_000_000
    gib, mixed = ((held * 1e9 + KNOWN * N) / 2**30 for held in (HELD, HELD_DEALT))
    sweep = BASE + (RATING * 1e9 + USER * N) / 32
    expected = [
        *(20.0, 600, 0.05),  # ns a rating and a user, s for films and messages
        *(50, 80, 120, 0.25),  # bytes a rating, one dealt out, a user; GiB a process
        *(7.0, round(gib), round(mixed), 0.25, round(sweep, 1), 32, 8),
    ]
    assert numbers(said) == pytest.approx(expected)
    assert round(sweep, 1) != round(BASE + RATING * 1e9 / 32, 1), "users are in it"


def test_files_hold_the_same_ratings_by_user_by_more_users_or_scattered(tmp_path: Path) -> None:
    data = generate.ensure(tmp_path, generate.Size(300, 60, 6_000))
    every: dict[Case, list[tuple[int, float]]] = {}
    files_of, users = {}, {}
    for case in (Case(16), Case(16, users=4), Case(16, scattered=True)):
        parts = [parquet.read_table(p).to_pandas() for p in sorted(cluster.ensure(data, case).iterdir())]
        assert len(parts) == cluster.FILES
        every[case] = sorted((m, r) for part in parts for m, r in zip(part.movieId, part.rating, strict=True))
        seen = [set(part.userId) for part in parts]
        users[case] = set.union(*seen)
        files_of[case] = np.mean([sum(u in own for own in seen) for u in users[case]])
    plain, more, scattered = every
    assert every[plain] == every[more] == every[scattered]
    assert files_of[plain] == files_of[more] == 1
    assert files_of[scattered] > 3
    assert users[plain] == users[scattered] == {u // 4 for u in users[more]}
    assert len(users[more]) > 2 * len(users[plain])


def test_make_bench_makes_every_table_of_the_readme() -> None:
    bench = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nbench:")[1].split("\n\n")[0]
    marks = re.findall(r"<!-- (?!end)(.+?) -->", (ROOT / "README.md").read_text(encoding="utf-8"))
    tables = {mark for mark in marks if not mark.startswith("peers ")}
    sizes, ranks = (re.search(rf"for {name} in (.+?);", bench)[1].split() for name in ("size", "k"))
    assert {f"peers {size} k={k}" for size in sizes for k in ranks} == set(marks) - tables
    assert tables | {"picture"} == {name for name in command.COMMANDS if re.search(rf"\b{name}\b", bench)}
