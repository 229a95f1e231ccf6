"""Chapter 3's page: the numbers shown are the library's, every button moves as it says, odd links get a message."""

import time
from functools import partial

import pytest

from mfapp import microscope, player, runs
from mfcore import als, data, metrics, run, undetermined
from mfview import cards
from tests import pages
from tests.pages import latex, press

open_page = partial(pages.open_page, "plain_mf")

VIEWS = ["Microscope", "Real films", "Too few ratings", "Derivation"]


def steps(sweeps: int = 1, **cfg: object) -> list[als.RowStep]:
    """Row steps by the library alone, as the page must show them."""
    R, _ = data.load("tiny")
    settings = als.Config(**{"k": 2, "lam": 0.0, "biases": False} | cfg)
    s, taken = next(run.steps(als, R, settings, 0)), []
    for _ in range(sweeps):
        taken += als.row_steps(s, R, settings)
        s = taken[-1].after
    return taken


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_without_a_warning(view) -> None:
    at = open_page(view=view)
    assert not at.error
    assert not [w for w in at.warning if "link" in w.value]


@pytest.mark.parametrize("n", [1, 4, 9, 14])
def test_the_numbers_at_a_step_are_those_of_the_library(n) -> None:
    at, step = open_page(step=str(n)), steps()[n - 1]
    R, cfg = data.load("tiny")[0], als.Config(k=2, lam=0.0, biases=False)
    before, after = (als.objective(s, R, cfg) for s in (step.before, step.after))
    assert at.metric[0].value == f"{after:.4g}"
    assert at.metric[0].delta == f"{after - before:.4g}"
    for part in (step.row.A, step.row.v, step.row.x):
        assert cards.matrix(part.round(2) + 0.0) in latex(at)


def test_with_lambda_the_equation_has_it_and_A_contains_it() -> None:
    at, step = open_page(lam="3"), steps(lam=3.0)[0]
    assert "+ 3 I" in latex(at)
    assert cards.matrix(step.row.A.round(2) + 0.0) in latex(at)


def test_step_back_and_reset_move_by_the_stride() -> None:
    at = open_page(step="0")
    places = []
    for stride, label in [("Row", "Step"), ("Half sweep", "Step"), ("Half sweep", "Step"), ("Sweep", "Step")]:
        at.segmented_control(key="stride").set_value(stride).run()
        places.append(press(at, label).session_state["step"])
    for stride in ("Row", "Half sweep", "Sweep"):
        at.segmented_control(key="stride").set_value(stride).run()
        places.append(press(at, "Back").session_state["step"])
    assert places == [1, 6, 14, 28, 27, 20, 14]
    assert press(at, "Reset").session_state["step"] == 0
    disabled = {b.label: b.disabled for b in at.button}
    assert disabled["Back"]
    assert disabled["Reset"]
    assert not disabled["Step"]


def test_at_the_last_step_nothing_goes_further() -> None:
    at = open_page(step="280")
    disabled = {b.label: b.disabled for b in at.button}
    assert disabled["Step"]
    assert disabled["Play"]
    assert not disabled["Back"]


def test_play_advances_with_its_clock_and_pause_stops_it() -> None:
    at = open_page()
    press(at, "Play")
    assert at.session_state["step"] == 1
    time.sleep(player.TICK)
    at.run()
    assert at.session_state["step"] == 2
    at.run()
    assert at.session_state["step"] == 2  # a rerun between two ticks moves nothing
    press(at, "Pause")
    time.sleep(player.TICK)
    assert at.run().session_state["step"] == 2


def test_play_ends_at_the_last_step() -> None:
    at = open_page(step="279")
    press(at, "Play")
    time.sleep(player.TICK)
    at.run()
    assert at.session_state["step"] == 280
    assert "Play" in [b.label for b in at.button]


def test_the_history_ends_where_the_training_loop_does() -> None:
    h = microscope.history(3, 0.1, 1)
    R, _ = data.load("tiny")
    s = run.fit(als, R, h.cfg, microscope.SWEEPS, seed=1)
    assert abs(h.states[-1].W - s.W).max() < 1e-8
    assert len(h.steps) == microscope.SWEEPS * (R.N + R.M)
    assert all(b <= a * (1 + 1e-9) for a, b in zip(h.J, h.J[1:], strict=False))


def test_a_singular_row_says_so() -> None:
    at = open_page(k="4", step="6")
    step = steps(k=4)[5]
    assert not step.row.unique
    assert any(f"rank {step.row.rank}" in w.value for w in at.warning)


def test_real_films_report_the_rmse_of_the_split() -> None:
    at = open_page(view="Real films", data="planted", k="3", sweeps="4", lam="1")
    train, test = runs.dataset("planted").R.split(test=0.1, seed=0)
    s = run.fit(als, train, als.Config(k=3, lam=1.0, biases=False), 4)
    said = " ".join(m.value for m in at.markdown)
    for part in (train, test):
        assert f"{metrics.rmse(als.predict(s, part.i, part.j), part.r):.3f}" in said


def test_each_view_keeps_its_own_k_and_lambda() -> None:
    at = open_page()
    at.slider(key="k").set_value(3).run()
    at.session_state["view"] = "Real films"
    at.run()
    assert at.slider(key="k").max == 20


@pytest.mark.parametrize("k", ["3", "4", "6"])
def test_too_few_ratings_says_what_is_free(k) -> None:
    at = open_page(view="Too few ratings", k=k)
    said = " ".join(m.value for m in at.markdown)
    assert (any("full rank" in i.value for i in at.info)) == (k == "3")
    assert ("free directions" in said) == (k == "6")
    short = undetermined.short_rows(data.load("ml-small")[0].split(test=0.1, seed=0)[0], 5)
    assert f"{short.items:,} of" in said


def test_the_derivation_holds_for_a_user_and_a_film() -> None:
    for row in ("w6 Fatou", "u8 Grey Tuesday"):
        at = open_page(view="Derivation", row=row)
        assert at.selectbox(key="row").value == row
        assert any("lines hold" in m.value for m in at.markdown)


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(
        k="999",
        lam="abc",
        step="99999",
        stride="mile",
        seed="-1",
        sweeps="x",
        item="zzz",
        axis="0",
        row="w9",
        log="maybe",
    )
    at = open_page(view=view, **odd)
    said = " ".join(w.value for w in at.warning)
    assert "`k=999`" in said
    assert ("`view=zzz`" in said) == (view == "zzz")
    if view in ("Microscope", "zzz"):
        assert "`step=99999`" in said
        assert "`stride=mile`" in said
        assert at.session_state["step"] == 1
    if view == "Real films":
        assert "`item=zzz`" in said
        assert "`axis=0`" in said
    if view == "Derivation":
        assert "`row=w9`" in said
