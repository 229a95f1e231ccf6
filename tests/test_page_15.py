"""Chapter 15's page: it opens on a measurement, measures when asked, stops when told, and shows the code that runs."""

import inspect
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mfapp import at_scale, at_scale_cluster, at_scale_code, at_scale_same, controls, jobs, runs
from mfcore import Ratings, als, ladder, scaling, storage
from mfcore.kernels import sums
from mfcore.scaling import Bound
from mfcore.storage import Size
from mfview import cards, labels, measured, rungs
from mfview.chapters import by_slug
from tests import pages
from tests.pages import alts, latex, press, text

open_page = partial(pages.open_page, "at_scale")
FULL, SAME, CODE = "3.38 billion cells", "The same result", "Code"
START = "Measure it here"
SMALL = (200, 400, 800)


def titles(at: AppTest) -> list[str]:
    return [b.label for b in at.button]


def measure(at: AppTest, label: str = START) -> AppTest:
    """Press the button and let the clock tick until all is measured."""
    press(at, label)
    while "Cancel" in titles(at):
        at.run()
    assert not at.exception
    return at


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes that are measured in no time."""
    monkeypatch.setattr(at_scale, "SIZES", SMALL)


def test_it_opens_on_what_was_measured_before() -> None:
    at = open_page()
    points = measured.shipped().of(at_scale.K)
    slow, fast = (rungs.by_rung(points)[key] for key in ("number", "compiled"))
    last = slow[-1]
    same = next(p for p in fast if p.size == last.size)
    said = text(at)
    assert f"**{rungs.duration(last.seconds)}** one number at a time" in said
    assert f"**{last.seconds / same.seconds:,.0f} times** faster" in said
    assert measured.shipped().machine in said
    for rung, own in rungs.by_rung(points).items():
        line = rungs.growth(own)
        assert line is not None
        assert f"slope {labels.decimal(line.slope)}" in alts(at)
        here = next(p for p in own if p.size.n == last.size.n)
        told = f"{rungs.duration(here.seconds)} | {labels.amount(last.seconds / here.seconds)}× |"
        assert f"| {rungs.NAMES[rung]} | {told} {labels.decimal(line.slope)} |" in said
    assert START in titles(at)
    assert not at.warning


def test_the_bound_is_said() -> None:
    said = text(open_page())
    assert f"{at_scale.SIZES[-1]:,} ratings" in said
    assert f"{at_scale.BOUND.sweep:g} s" in said
    assert f"{at_scale.BOUND.total:g} s of work" in said


def test_a_k_that_was_not_measured_says_so() -> None:
    said = text(open_page(k="7"))
    assert "For k = 7 nothing was measured there" in said
    assert "nothing was measured" not in text(open_page(k="20"))


@pytest.mark.usefixtures("small")
def test_measuring_shows_every_rung_and_the_equal_speed_up() -> None:
    at = measure(open_page(k="3"))
    assert "Measured here and now" in text(at)
    assert "k = 3" in alts(at)
    for rung in at_scale.available():
        assert f"{rungs.NAMES[rung.key]} " in alts(at)
        assert f"| {rungs.NAMES[rung.key]} | " in text(at)
    assert f"sweep, {SMALL[-1]} ratings" in text(at)
    assert START not in titles(at)


@pytest.mark.usefixtures("small")
def test_cancel_keeps_what_was_found_and_it_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = press(open_page(k="3"), START)
    assert "Cancel" in titles(at)
    press(at, "Cancel")
    total = len(SMALL) * len(at_scale.available())
    assert f"of {total}; what was found is kept" in text(at)
    assert "Measured here and now" in text(at)
    measure(at, "Go on")
    assert f"sweep, {SMALL[-1]} ratings" in text(at)


@pytest.mark.usefixtures("small")
def test_what_is_left_out_is_said_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_scale, "BOUND", Bound(sweep=0.0, total=1e9))
    said = text(measure(open_page(k="3")))
    assert f"Left out: one number at a time from {SMALL[1]} on, which should take" in said
    monkeypatch.setattr(at_scale, "BOUND", Bound(sweep=1e9, total=0.0))
    said = text(measure(open_page(k="3")))
    assert "time was up" in said


@pytest.mark.usefixtures("small")
def test_another_k_is_another_measurement() -> None:
    at = press(open_page(k="3"), START)
    at.slider(key="k").set_value(4).run()
    assert START in titles(at)
    assert "Measured here and now" not in text(at)


def test_the_page_says_what_each_worker_sends() -> None:
    whole = 4 * storage.NOTES.M * sums.width(10, als.Config(k=10, biases=False))
    said = text(open_page())
    assert f"each of 2 workers sends the other {labels.size(whole / 2)} in a sweep" in said
    assert f"never more than {labels.size(whole)}" in said


def test_without_dask_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_scale_cluster, "installed", lambda: False)
    at = open_page()
    assert "pip install" in text(at)
    assert not any("worker" in title for title in titles(at))


def test_full_size_counts_cells_and_bytes() -> None:
    at = open_page(view=FULL)
    books = rungs.by_rung(measured.shipped().of(10))["number"][-1]
    kept = {s.name: s.bytes for s in scaling.stores(storage.NOTES, books)}
    said = text(at)
    for name in ("dense", "dense32", "twice", "thin"):
        assert labels.size(kept[name]) in said
    assert f"about {labels.size(kept['books'])} (scaled)" in alts(at)
    told = rungs.by_rung(measured.shipped().of(10))
    assert told.pop(rungs.CLUSTER)
    assert f"{rungs.NAMES[rungs.CLUSTER]}, the 20 million" not in alts(at)
    every = replace(storage.NOTES, n=storage.cells(storage.NOTES))
    for rung, own in told.items():
        for size, amount in ((storage.NOTES, "20 million ratings"), (every, "3.38 billion cells")):
            _, expected, _ = scaling.foreseen(own[-rungs.LAST :], size)
            assert f"{rungs.NAMES[rung]}, the {amount}, {rungs.duration(expected)}" in alts(at)
        paid = scaling.prices(own[-rungs.LAST :])
        assert f"{rungs.NAMES[rung]} {rungs.duration(paid.rating)} and {rungs.duration(paid.row)}" in said
    assert f"all but {storage.NOTES.n / storage.cells(storage.NOTES):.2%} of it is holes" in said
    assert f"**{labels.amount(storage.cells(storage.NOTES))} cells**" in said
    assert latex(at).count(r"p_{\text{rating}}") == 1


def test_what_the_chapter_says_of_its_times_is_what_was_measured() -> None:
    own = rungs.by_rung(measured.shipped().of(10))
    every = replace(storage.NOTES, n=storage.cells(storage.NOTES))
    of = {rung: [scaling.foreseen(p[-rungs.LAST :], s)[1] for s in (storage.NOTES, every)] for rung, p in own.items()}
    chapter = by_slug("at_scale")
    assert "a fraction of a second, and not minutes" in chapter.question
    assert of["compiled"][0] < 1
    assert 60 < of["number"][0] < 3600
    assert "about a hundred times" in chapter.scenarios[0].notice
    assert 50 < of["compiled"][1] / of["compiled"][0] < 200
    ds = runs.dataset("ml-small")
    keys = tuple(rung.key for rung in at_scale.available())
    _, apart = at_scale_same.differences(ds, ds.key, at_scale_same.K, keys)
    assert "a few times what the dotted line marks" in chapter.scenarios[1].notice
    for dtype, own in apart.items():
        assert 2 < max(own.values()) / np.finfo(dtype).eps < 20


@pytest.mark.parametrize("view", [FULL, SAME, CODE])
@pytest.mark.parametrize(
    ("i", "j", "r"),
    [
        (np.arange(40) % 6, np.arange(40), np.full(40, 3.0)),
        (np.zeros(12, int), np.arange(12), np.arange(12) % 5 + 1.0),
        (np.arange(12), np.zeros(12, int), np.arange(12) % 5 + 1.0),
    ],
    ids=["constant ratings", "one user", "one film"],
)
def test_odd_data_of_one_s_own_open_in_every_view(view, i, j, r, monkeypatch: pytest.MonkeyPatch) -> None:
    R = Ratings.from_arrays(i, j, r)
    ds = runs.Dataset(R.digest, R, runs.dataset("tiny").films, tuple(f"film {x}" for x in R.item_ids))
    monkeypatch.setattr(controls, "data", lambda *default: ds)
    at = open_page(view=view)
    assert not at.error
    assert "nan" not in text(at) + alts(at)


def test_full_size_is_foreseen_from_the_reader_s_own_machine_once_it_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at_scale, "SIZES", (200, 400, 800, 1600))
    at = measure(open_page())
    at.session_state["view"] = FULL
    at.run()
    assert not at.exception
    assert "measured here" in text(at)
    assert measured.shipped().machine not in text(at)


@pytest.mark.parametrize("name", ["planted", "tiny", "ml-small"])
def test_the_rungs_agree_on_any_data(name: str) -> None:
    at = open_page(view=SAME, data=name)
    ds = runs.dataset(name)
    keys = tuple(rung.key for rung in at_scale.available())
    reference, apart = at_scale_same.differences(ds, ds.key, at_scale_same.K, keys)
    assert list(apart["float64"]) == list(keys[1:])
    assert (reference.t, reference.W.shape) == (1, (ds.R.N, at_scale_same.K))
    assert max(apart["float64"].values()) < 1e-9
    assert max(apart["float32"].values()) < 1e-3
    assert f"{ds.R.n:,} ratings" in text(at)
    assert "differs from those of *one number at a time*" in text(at)


def test_where_the_loop_would_take_too_long_the_second_rung_is_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_scale_same, "MOST", 1000.0)
    at = open_page(view=SAME, data="tiny", k="6")
    assert "would keep the loop busy" in at.info[0].value
    assert "differs from those of *one row at a time*" in text(at)
    size = Size(10, 10, 5, 2)
    assert [r.key for r in at_scale_same.rungs(size)] == [r.key for r in at_scale.available()]


@pytest.mark.parametrize(("word", "rung"), at_scale_code.RUNGS.items())
def test_the_code_shown_is_the_code_that_runs(word: str, rung: str) -> None:
    at = open_page(view=CODE, rung=word)
    shown = "\n".join(block.value for block in at.code)
    sweeps = [r.sweep for r in ladder.RUNGS if r.key == rung]
    two = (sums.partial, sums.solve) if rung == "cluster" else ()
    for function in (*sweeps, *two, *at_scale_code.inner(rung)):
        source = inspect.getsource(getattr(function, "py_func", function))
        assert source[source.index("def ") :].strip() in shown
    for function in (*sweeps, *two):
        assert cards.card(function).latex in latex(at)


def test_odd_links_get_a_message() -> None:
    said = " ".join(w.value for w in open_page(view="zzz", k="999").warning)
    assert "`view=zzz`" in said
    assert "`k=999`" in said
    assert "`rung=zzz`" in " ".join(w.value for w in open_page(view=CODE, rung="zzz").warning)
