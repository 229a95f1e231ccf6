"""Every page at its defaults and at links that ask for what cannot be: a message, never a traceback."""

import pytest
from streamlit.testing.v1 import AppTest

from mfapp import state
from mfview.chapters import CHAPTERS
from tests.conftest import ROOT

ODD = {
    "k": "999",
    "lam": "abc",
    "sweeps": "-3",
    "seed": "1e9",
    "data": "nothing",
    "user": "<script>alert(1)</script>",
    "item": "`**x**`[a](http://b)",
    "step": "99999999",
    "view": "zzz",
}

# The controls that hold a number, on whichever page.
NUMBERS = (
    *("k", "lam", "sweeps", "epochs", "seed", "step", "degree", "n", "noise", "point", "height", "draw"),
    *("window", "id", "rate", "sigma", "prior", "hidden", "rho"),
    *(f"{side}{f}" for side in "wu" for f in range(1, 6)),
)


def run(page: str, **params: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page(page)
    for name, value in params.items():
        at.query_params[name] = value
    return at.run()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_a_page_opens_at_its_defaults(chapter) -> None:
    at = run(chapter.page)
    assert not at.exception
    assert at.title[0].value == chapter.title
    assert at.header[0].value == chapter.question
    assert not at.warning


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_a_link_that_asks_for_the_impossible_is_told_so(chapter) -> None:
    at = run(chapter.page, **ODD)
    assert not at.exception
    said = [w.value for w in at.warning]
    assert any("`view=zzz`" in text and "Showing" in text for text in said), said
    assert not any("<script>" in m.value for m in at.markdown)


@pytest.mark.parametrize("asked", ["inf", "1e400", "nan"])
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_a_number_that_is_none_is_told_so_by_every_control(chapter, asked) -> None:
    at = run(chapter.page, **dict.fromkeys(NUMBERS, asked))
    assert not at.exception
    shown = {box.key for box in [*at.number_input, *at.slider, *at.select_slider] if not box.key.startswith("_")}
    assert shown <= set(NUMBERS)
    said = " ".join(w.value for w in at.warning)
    assert not {key for key in shown if f"`{key}={asked}`" not in said}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_every_scenario_is_a_link_that_its_page_takes(chapter) -> None:
    for scenario in chapter.scenarios:
        at = run(chapter.page, **scenario.params)
        assert not at.exception
        assert not [w.value for w in at.warning if "The link" in w.value]


def test_home_leads_to_every_chapter() -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not at.exception
    shown = " ".join(m.value for m in at.markdown)
    for chapter in CHAPTERS:
        assert chapter.question in shown


def test_a_page_that_reserves_no_place_for_messages_is_told_what_it_lacks() -> None:
    with pytest.raises(RuntimeError, match=r"frame\.start"):
        state.notices()
