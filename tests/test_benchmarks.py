"""The comparison of libraries: its turns and table on invented fits, its processes on short ones of our own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import choose, compare, generate, measure, peers, readme, real
from benchmarks.curves import ALIKE, Point, below, lowest
from benchmarks.peers import RUNNERS, Failed, Fit, Runner
from benchmarks.turns import Found, counts
from benchmarks.turns import measure as take_turns
from mfcore import Ratings, als, data, metrics, steps
from tests.conftest import ROOT

SMALL = generate.Size(60, 40, 1_000)

curves = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 30)).map(lambda p: Point(p[0] / 4, 0.7 + p[1] / 1000)), min_size=1
).map(sorted)


def staircase(curve: list[Point], t: float) -> float:
    """The lowest RMSE of all points until t, one point at a time."""
    least = float("inf")
    for seconds, rmse in curve:
        if seconds <= t and rmse < least:
            least = rmse
    return least


@given(curves, curves)
def test_a_curve_is_below_ours_if_it_is_at_any_moment_after_our_first_sweep(
    theirs: list[Point], ours: list[Point]
) -> None:
    moments = [t for t in np.arange(0, 12, 0.125) if t >= ours[0].seconds]
    depths = [staircase(ours, t) - staircase(theirs, t) for t in moments]
    assert [lowest(theirs, t) for t in moments] == [staircase(theirs, t) for t in moments]
    found = below(theirs, ours)
    if max(depths) <= ALIKE:
        assert found is None
    else:
        assert found is not None
        assert found.rmse == pytest.approx(max(depths))
        assert found.seconds == moments[int(np.argmax(np.isclose(depths, max(depths))))]


def test_before_our_first_sweep_a_faster_start_is_no_lead() -> None:
    ours = [Point(1.0, 0.8), Point(2.0, 0.7)]
    assert below([Point(0.5, 0.75)], [Point(1.0, 0.74)]) is None
    assert below([Point(0.5, 0.75)], ours) == Point(1.0, pytest.approx(0.05))
    assert below([Point(9.0, 0.69)], ours) == Point(9.0, pytest.approx(0.01))
    assert below(ours, ours) is None


def fake(asked: list[tuple[str, int]]) -> Callable[..., Fit | Failed]:
    """Fits that took what their names say: 3 s of conversion, then 1/4 s a sweep (ours) or 1/2 s."""

    def run(name: str, sweeps: int, look: bool = False, until: float = 0.0) -> Fit | Failed:
        asked.append((name, sweeps))
        if name == "surprise" and sweeps > 5:
            return Failed("took longer than 9 s")
        if name == "implicit":
            return Failed("could not be installed: no wheel")
        pace = 0.25 if name == "numba" else 0.5
        done = max(sweeps, int((until - 3) / pace)) if look else sweeps
        ends = [3 + pace * (t + 1) for t in range(done)]
        rmse = {t: 0.7 + 0.1 / t for t in (range(1, done + 1) if look else [sweeps])}
        return Fit([] if RUNNERS[name].opaque else ends, ends[-1], sweeps / 100, rmse, "1.0")

    return run


def test_libraries_take_turns_and_one_that_failed_is_not_asked_again() -> None:
    asked: list[tuple[str, int]] = []
    names = ["numba", "lenskit", "implicit", "cmfrec", "surprise"]
    found = take_turns(fake(asked), names, sweeps=10, rounds=2, large=False)
    assert asked == [
        *(("numba", 10), ("lenskit", 10), ("implicit", 10)),
        *(("cmfrec", t) for t in (1, 2, 3, 5, 10)),
        *(("surprise", t) for t in (1, 2, 3, 5, 10)),
        *(("numba", 10), ("lenskit", 10), ("cmfrec", 1), ("cmfrec", 10)),
        *(("lenskit", 10), ("numba", 10)),  # their curves, ours last
    ]
    assert [found[name].sweep for name in names if name != "implicit"] == pytest.approx([0.25, 0.5, 0.5, 0.5])
    assert (found["cmfrec"].total, found["cmfrec"].peak, found["cmfrec"].rmse) == (8.0, 0.1, 0.71)
    assert found["cmfrec"].curve == [Point(3 + 0.5 * t, 0.7 + 0.1 / t) for t in (1, 2, 3, 5, 10)]
    assert found["lenskit"].curve == [Point(3 + 0.5 * t, 0.7 + 0.1 / t) for t in range(1, 11)]
    assert found["numba"].curve[-1].seconds == 8.0, "ours goes on for as long as the slowest took"
    assert found["surprise"].sweeps == 5
    assert found["surprise"].failed == "10 sweeps: took longer than 9 s"
    assert found["implicit"] == Found({}, [], "could not be installed: no wheel")


def test_the_table_has_a_row_for_each_and_every_row_has_every_cell() -> None:
    names = ["numba", "implicit", "cmfrec", "surprise"]
    lines = compare.rows(take_turns(fake([]), names, sweeps=10, rounds=1, large=False))
    head, rule, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in (head, rule, *body)} == {len(head)}
    ours, implicit, cmfrec, surprise = (dict(zip(head, row, strict=True)) for row in body)
    assert head[3:6] == ["÷ cmfrec", "whole fit, s", "÷ cmfrec"]
    assert body[0][2:6] == ["0.25", "0.50", "5.5", "0.69"], "a sweep's ratio, then the whole fit's"
    assert ours["test RMSE"] == "0.7100"
    assert implicit["library"] == "implicit, ALS: could not be installed: no wheel"
    assert set(implicit.values()) - {implicit["library"]} == {""}
    assert (cmfrec["test RMSE"], cmfrec["below ours"]) == ("0.7100", "nowhere")
    assert surprise["below ours"] == "nowhere (10 sweeps: took longer than 9 s)"
    assert "÷ lenskit" not in head


def test_how_many_sweeps_a_library_is_asked_for() -> None:
    assert counts(RUNNERS["numba"], 7, large=True) == (7,)
    assert counts(RUNNERS["cmfrec"], 10, large=True) == (1, 2, 3, 5, 10)
    assert counts(RUNNERS["cmfrec"], 4, large=False) == (1, 2, 3, 4)
    assert counts(RUNNERS["cornac"], 10, large=True) == (1, 2, 3, 5, 10, 20, 40)
    assert counts(RUNNERS["surprise"], 10, large=True) == (1, 3)


def test_a_table_goes_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("λ\n<!-- peers 20m k=10 -->\nold\n<!-- end -->\nb\n<!-- small -->\nkept\n<!-- end -->\n")
    for _ in range(2):  # and the second time changes nothing
        readme.put("peers 20m k=10", r"| new \1 |", path)
        assert path.read_text() == (
            "λ\n<!-- peers 20m k=10 -->\n| new \\1 |\n<!-- end -->\nb\n<!-- small -->\nkept\n<!-- end -->\n"
        )
    with pytest.raises(LookupError, match="<!-- app -->"):
        readme.put("app", "x", path)


def python(code: str, timeout: float = 60) -> Fit | Failed:
    return peers.measured([sys.executable, "-c", code], dict(os.environ), timeout)


def test_a_process_that_fails_gives_its_reason(tmp_path: Path) -> None:
    line = json.dumps({"ends": [1.0], "total": 2.0, "peak": 0.5, "rmse": {"1": 0.9}, "version": "3"})
    assert python(f"print('noise'); print({line!r})") == Fit([1.0], 2.0, 0.5, {1: 0.9}, "3")
    assert python("raise ValueError('no such λ')") == Failed("ValueError: no such λ")
    assert python("raise MemoryError") == Failed("ran out of memory")
    assert python(f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})") == Failed("ran out of memory")
    assert python("raise SystemExit(3)") == Failed("it said nothing")


def test_at_the_timeout_the_process_ends_with_what_it_started(tmp_path: Path) -> None:
    child = "import time; time.sleep(60)"
    code = f"""
import pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}])
pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(child.pid))
child.wait()
"""
    began = time.monotonic()
    assert python(code, timeout=4) == Failed("took longer than 4 s")
    assert time.monotonic() - began < 30
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):  # the system takes a moment to forget it
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.1)
    raise AssertionError("the process that was started goes on")


def test_what_cannot_be_installed_or_lacks_a_program_has_its_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(RUNNERS, "none", Runner("none", "run_mfcore.py", packages=("none-1-py3-none-any.whl",)))
    failed = peers.run("none", tmp_path, 1, 60)
    assert isinstance(failed, Failed)
    assert failed.why.startswith("could not be installed: ERROR")
    assert "none-1-py3" in failed.why
    assert not list(tmp_path.iterdir()), "half an environment would pass for a whole one next time"
    monkeypatch.setitem(RUNNERS, "none", Runner("none", "run_mfcore.py", needs="no-such-program"))
    assert peers.run("none", tmp_path, 1, 60) == Failed("there is no no-such-program on this machine")
    assert RUNNERS["cmfrec"].environment == RUNNERS["cmfrec-cg"].environment == "cmfrec"


def test_our_runner_charges_lambda_per_rating_and_reports_every_sweep(tmp_path: Path) -> None:
    folder = generate.ensure(tmp_path, SMALL)
    fit = peers.run("numpy", tmp_path, 1, 120, data=str(folder), k=3, lam=0.05, sweeps=6, look=True)
    assert isinstance(fit, Fit), fit
    R = Ratings.from_arrays(*measure.load(str(folder)))
    i, j, r = measure.load(str(folder), "test_")
    cfg = als.Config(k=3, lam=0.05, joint=True, weighted=True, dtype="float32")
    s = als.init(R, cfg, np.random.default_rng(0))
    b, c = np.zeros(R.N), np.zeros(R.M)
    for own, at in ((c, R.j), (b, R.i), (c, R.j)):  # biases alone: means of what is left, shrunk by λ a rating
        own[:] = 0
        left = R.r - R.mu - b[R.i] - c[R.j]
        own[:] = np.bincount(at, left, len(own)) / np.bincount(at, minlength=len(own)).clip(1) / 1.05
    start = replace(s, W=s.W / 20, U=s.U / 20, b=b.astype("float32"), c=c.astype("float32"))
    states = islice(steps(als, R, cfg, start=start), 1, 7)
    expected = [metrics.rmse(np.clip(als.predict(s, i, j), 0.5, 5), r) for s in states]
    assert list(fit.rmse) == [1, 2, 3, 4, 5, 6]
    assert list(fit.rmse.values()) == pytest.approx(expected, rel=1e-4)
    assert fit.ends == sorted(fit.ends)
    assert len(fit.ends) == 6
    assert fit.total >= fit.ends[-1]
    assert 0.01 < fit.peak < 4


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what a program alone held")
def test_the_peak_of_memory_does_not_begin_with_what_the_parent_held() -> None:
    look = "from benchmarks.measure import peak_gib; print(peak_gib())"
    parent = (
        "import subprocess, sys; held = b'x' * (1 << 29); "
        f"print(subprocess.run([sys.executable, '-c', {look!r}], capture_output=True, text=True).stdout)"
    )
    found = [
        float(subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout)
        for code in (look, parent)
    ]
    assert found[1] == pytest.approx(found[0], rel=0.3)
    assert found[1] < 0.4


def test_the_watch_stands_still_while_predictions_are_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = generate.ensure(tmp_path, SMALL)
    watch = measure.Watch({"data": str(folder), "sweeps": 3, "look": True, "until": 0.0})

    def predict(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        time.sleep(0.3)
        return np.full(len(i), 9.0)

    while watch.going():
        watch.swept(predict)
    watch.report(predict, "1")
    told = Fit.read(capsys.readouterr().out)
    assert len(told.ends) == 3
    assert told.total < 0.3
    r = measure.load(str(folder), "test_")[2]
    assert list(told.rmse.values()) == pytest.approx([np.sqrt(np.mean((5.0 - r) ** 2))] * 3)


def test_ours_goes_on_until_the_others_are_done_but_not_without_end(tmp_path: Path) -> None:
    asked = {"data": "", "sweeps": 2, "look": False}
    patient, brief = measure.Watch(asked | {"until": 60.0}), measure.Watch(asked | {"until": 0.0})
    for watch, most in ((patient, 20), (brief, 2)):
        while watch.going():
            watch.swept(lambda i, j: None)
        assert len(watch.ends) == most


def test_predictions_from_vectors_are_the_literal_sum() -> None:
    rng = np.random.default_rng(0)
    W, U, b, c = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)), rng.normal(size=5), rng.normal(size=4)
    i, j = rng.integers(5, size=30), rng.integers(4, size=30)
    literal = [sum(W[a, f] * U[q, f] for f in range(3)) + b[a] + c[q] + 3.5 for a, q in zip(i, j, strict=True)]
    before = b.copy()
    assert measure.from_vectors(W, U, b, c, 3.5)(i, j) == pytest.approx(np.array(literal))
    assert np.array_equal(b, before)


def test_generated_ratings_have_no_pair_twice_and_everyone_in_training() -> None:
    i, j, r, a, q, y = generate.make(SMALL)
    assert len({*zip(i, j, strict=True), *zip(a, q, strict=True)}) == SMALL.n
    assert (set(i), set(j)) == (set(range(SMALL.N)), set(range(SMALL.M)))
    assert len(y) == 200
    assert set(np.concatenate([r, y]) * 2) <= set(range(1, 11))


def test_real_ratings_are_split_into_what_every_library_can_take() -> None:
    R = data.load("ml-small")[0]
    i, j, r, a, q, y = real.split(R)
    assert (set(i), set(j)) == (set(range(i.max() + 1)), set(range(j.max() + 1)))
    assert (a.max() <= i.max(), q.max() <= j.max()) == (True, True)
    train, test = R.split(generate.TEST, seed=0)
    users, items = np.unique(train.i), np.unique(train.j)
    assert set(zip(users[i], items[j], r, strict=True)) == set(zip(train.i, train.j, train.r, strict=True))
    every, held = set(zip(test.i, test.j, test.r, strict=True)), set(zip(users[a], items[q], y, strict=True))
    assert held <= every
    assert all(column not in items for _, column, _ in every - held), "only films that nobody else rated are missing"
    assert np.any(np.diff(i) < 0), "in random order"


def test_without_movielens_the_smallest_size_is_generated(tmp_path: Path) -> None:
    folder, called = real.ensure(tmp_path, "100k", movielens=tmp_path / "none.zip")
    assert called == "generated ratings"
    assert np.load(folder / "users.npy").shape == (80_000,)


def test_lambda_is_chosen_on_training_ratings_alone(tmp_path: Path) -> None:
    folder = generate.ensure(tmp_path, SMALL)
    for name in generate.ARRAYS[3:]:
        (folder / f"{name}.npy").unlink()  # the test part is not even there
    inner = choose.ensure(folder)
    i, j, r = (np.load(folder / f"{name}.npy") for name in generate.ARRAYS[:3])
    a, q, y, held_i, held_j, held_y = (np.load(inner / f"{name}.npy") for name in generate.ARRAYS)
    users, items = np.unique(i[:720]), np.unique(j[:720])
    assert [list(part) for part in (users[a], items[q], y)] == [list(part[:720]) for part in (i, j, r)]
    last = zip(i[720:], j[720:], r[720:], strict=True)
    held = list(zip(users[held_i], items[held_j], held_y, strict=True))
    assert held == [one for one in last if one[0] in users and one[1] in items]
    assert len(held) > 60
