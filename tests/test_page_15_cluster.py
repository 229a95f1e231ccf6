"""Chapter 15's fifth rung, on worker processes that are really started: measured, the same result, and gone after."""

import psutil
import pytest

pytest.importorskip("distributed")
from mfapp import at_scale, at_scale_cluster, at_scale_same, jobs
from mfview import rungs
from tests.pages import alts, open_page, press, text
from tests.test_page_15 import SAME, SMALL, measure, titles

MEASURE, SWEEP = (f"{at_scale_cluster.START} {what}" for what in ("measure", "sweep there too"))
TWO = rungs.NAMES[at_scale_cluster.NAME]


def workers() -> int:
    """How many worker processes this one has."""
    return sum("distributed.Worker" in " ".join(p.cmdline()) for p in psutil.Process().children(recursive=True))


def test_two_processes_are_measured_and_drawn_beside_the_others_and_end(monkeypatch) -> None:
    monkeypatch.setattr(at_scale, "SIZES", SMALL * 2)
    at = measure(open_page("at_scale", k="3"), MEASURE)
    assert not at.error
    assert f"{TWO} " in alts(at)
    assert f"{SMALL[-1]} ratings" in text(at)
    assert workers() == 0


def test_the_same_result_holds_the_cluster_to_the_first_rung() -> None:
    at = open_page("at_scale", view=SAME, data="tiny")
    assert TWO not in alts(at)
    measure(at, SWEEP)
    assert not at.error
    found = at.session_state["_jobs"]["same"].found
    assert len(found) == len(at_scale_same.DTYPES)
    assert 0 < found[0] < 1e-12
    assert found[0] < found[1] < 1e-4
    assert all(f"{TWO} in {dtype}" in alts(at) for dtype in at_scale_same.DTYPES)
    assert workers() == 0


def test_cancelled_its_workers_end_and_others_start_should_it_go_on(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = press(open_page("at_scale", view=SAME, data="tiny"), SWEEP)
    assert workers() == at_scale_cluster.WORKERS
    press(at, "Cancel")
    assert "what was found is kept" in text(at)
    assert workers() == 0
    measure(at, "Go on")
    assert len(at.session_state["_jobs"]["same"].found) == len(at_scale_same.DTYPES)
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
