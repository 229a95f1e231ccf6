"""Chapter 15's fifth rung, on worker processes that are really started: measured, the same result, and gone after."""

import time
from collections.abc import Sequence

import psutil
import pytest

pytest.importorskip("distributed")
from streamlit.testing.v1 import AppTest

from mfapp import at_scale, at_scale_cluster, jobs, runs
from mfview import measured, rungs
from mfview.figures import full_size
from tests.pages import alts, drawn, open_page, press, text
from tests.test_page_15 import SAME, measure, titles

MEASURE, SWEEP = (f"{at_scale_cluster.START} {what}" for what in ("measure", "sweep there too"))
SIZES = (200, 400, 800, 1600)  # of which the larger ones are asked of it
TWO = rungs.NAMES[at_scale_cluster.NAME]


def workers() -> int:
    """How many worker processes this one has."""
    return sum("distributed.Worker" in " ".join(p.cmdline()) for p in psutil.Process().children(recursive=True))


@pytest.mark.parametrize("data", ["tiny", "planted"])
def test_the_same_result_holds_the_cluster_to_the_first_rung(data) -> None:
    at = open_page("at_scale", view=SAME, data=data)
    shipped = measured.apart(runs.dataset(data).R, measured.SAME_K)
    assert bool(shipped) == (data == "planted") == (TWO in alts(at)) == (measured.shipped().machine in text(at))
    measure(at, SWEEP)
    assert not at.error
    assert measured.shipped().machine not in text(at)
    found = dict(zip(measured.DTYPES, at.session_state["_jobs"]["same"].found, strict=True))
    assert 0 < found["float64"] < 1e-12
    assert found["float64"] < found["float32"] < 1e-4
    for dtype, value in found.items():
        assert f"{TWO} in {dtype} {full_size.short(value)}" in alts(at)
        assert value < 10 * shipped.get(dtype, value)
    assert workers() == 0


def test_the_fifth_rung_is_there_when_the_page_opens_and_gives_way_to_what_is_measured(monkeypatch) -> None:
    monkeypatch.setattr(at_scale, "SIZES", SIZES)
    at = open_page("at_scale")
    before = [p for p in measured.shipped().of(at_scale.K) if p.rung == at_scale_cluster.NAME]
    assert list(seconds(at)) == [p.seconds for p in before]
    points = measure(at, MEASURE).session_state["_jobs"][at_scale_cluster.NAME].found
    assert [p.size.n for p in points] == [800, 1600]
    assert list(seconds(at)) == [p.seconds for p in points]
    assert all(p.beside > 0 and p.kept > 0 for p in points)
    assert workers() == 0


def seconds(at: AppTest) -> Sequence[float]:
    """What the picture of times shows of the fifth rung."""
    return next(own["y"] for own in drawn(at, "Time of one")["data"] if own.get("name", "").startswith(TWO))


def test_cancelled_its_workers_end_and_others_start_should_it_go_on(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = press(open_page("at_scale", view=SAME, data="tiny"), SWEEP)
    assert workers() == at_scale_cluster.WORKERS
    press(at, "Cancel")
    assert "what was found is kept" in text(at)
    assert workers() == 0
    measure(at, "Go on")
    assert len(at.session_state["_jobs"]["same"].found) == len(measured.DTYPES)
    assert workers() == 0


@pytest.mark.parametrize("left", ["view", "page"])
def test_its_workers_end_when_it_is_left(left, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = press(open_page("at_scale", view=SAME, data="tiny"), SWEEP)
    assert workers() == at_scale_cluster.WORKERS
    if left == "view":
        at.session_state["view"] = "Code"
    else:
        at.switch_page("pages/home.py")
    at.run()
    assert not at.exception
    assert workers() == 0


def test_workers_that_ended_by_themselves_are_a_sentence_and_others_can_be_started(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    monkeypatch.setattr(at_scale_cluster, "IDLE", "1 second")
    at = press(open_page("at_scale", view=SAME, data="tiny"), SWEEP)
    while workers():
        time.sleep(0.1)
    at.run()
    assert not at.exception
    found = len(at.session_state["_jobs"]["same"].found)  # a slow machine has ended them before the first
    assert f"Stopped after {found} of 2: the workers did not answer" in at.error[0].value
    monkeypatch.setattr(at_scale_cluster, "IDLE", "5 minutes")
    measure(at, "Try again")
    assert not at.error
    assert len(at.session_state["_jobs"]["same"].found) == len(measured.DTYPES)
    assert workers() == 0


def test_workers_that_are_killed_are_a_sentence(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = press(open_page("at_scale", view=SAME, data="tiny"), SWEEP)
    for process in psutil.Process().children(recursive=True):
        if "distributed.Worker" in " ".join(process.cmdline()):
            process.kill()
    at.run()
    assert not at.exception
    assert "Stopped after 1 of 2: the workers did not answer" in at.error[0].value
    assert workers() == 0


def test_workers_that_do_not_start_are_a_sentence(monkeypatch) -> None:
    from distributed.deploy import subprocess as started

    def refuse(**options):
        raise RuntimeError("no process can be made")

    monkeypatch.setattr(started, "SubprocessCluster", refuse)
    at = press(open_page("at_scale", view=SAME, data="tiny"), SWEEP)
    assert "the workers did not answer: no process can be made" in at.error[0].value
    assert not at.exception
    assert "Cancel" not in titles(at)
