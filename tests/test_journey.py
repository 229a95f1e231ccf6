"""A visitor's way through chapters 1 to 3 in the browser: what they press and read, and what a link brings back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from mfcore import als, data, run
from mfview.chapters import CHAPTERS, by_slug
from tests.conftest import Visit, settle

pytestmark = pytest.mark.browser


def text(page: Page) -> str:
    return page.locator("[data-testid='stMain']").inner_text()


def J(page: Page) -> Locator:
    return page.locator("[data-testid='stMetricValue']").first


def asked(page: Page, what: str) -> None:
    """The page's address says so, as soon as Streamlit has had time to write it."""
    expect(page).to_have_url(re.compile(rf"[?&]{what}(&|$)"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_timeout(150)
    settle(page)


def expected_J(step: int) -> str:
    """J after so many rows of the tiny table, by the library: what the page must show."""
    R, _ = data.load("tiny")
    cfg = als.Config(k=2, lam=0, biases=False)
    s = next(run.steps(als, R, cfg, seed=0))
    done = 0
    while True:
        for taken in als.row_steps(s, R, cfg):
            s, done = taken.after, done + 1
            if done == step:
                return f"{als.objective(s, R, cfg):.4g}"


def test_the_microscope_steps_goes_back_and_its_link_shows_the_same(visit: Visit) -> None:
    page = visit("/plain_mf")
    expect(page.get_by_text("Sweep 1, user 1: Ana")).to_be_visible()
    expect(J(page)).to_have_text(expected_J(1))
    press(page, "Step")
    expect(page.get_by_text("Sweep 1, user 2: Bo")).to_be_visible()
    expect(J(page)).to_have_text(expected_J(2))
    asked(page, "step=2")
    press(page, "Back")
    expect(page.get_by_text("Sweep 1, user 1: Ana")).to_be_visible()
    expect(J(page)).to_have_text(expected_J(1))

    page.get_by_role("radio", name="Half sweep").or_(page.get_by_role("button", name="Half sweep")).first.click()
    settle(page)
    press(page, "Step")
    asked(page, "step=6")
    expect(J(page)).to_have_text(expected_J(6))
    press(page, "Step")
    asked(page, "step=14")
    expect(J(page)).to_have_text(expected_J(14))

    link = page.url.removeprefix(page.url.split("/plain_mf")[0])
    other = visit(link)
    expect(J(other)).to_have_text(J(page).inner_text())
    cells = ".js-plotly-plot .heatmaplayer text, .js-plotly-plot .hm text"
    expect(other.locator(cells)).to_have_text(page.locator(cells).all_text_contents())
    assert text(other) == text(page)


def test_play_moves_by_itself_pause_stops_it_and_reset_starts_over(visit: Visit) -> None:
    page = visit("/plain_mf")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_url(re.compile(r"step=[3-9]"), timeout=20_000)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    settle(page)
    stood = page.url
    page.wait_for_timeout(2500)
    assert page.url == stood
    press(page, "Reset")
    expect(page.get_by_text("The start.")).to_be_visible()
    asked(page, "step=0")


def test_a_visitor_walks_through_the_chapters_in_the_dark_on_a_phone_and_each_opens_at_its_defaults(
    visit: Visit,
) -> None:
    page = visit("/", width=390, dark=True)
    page.locator("[data-testid='stMain']").get_by_role("link", name=CHAPTERS[0].title).click()
    page.wait_for_url(f"**/{CHAPTERS[0].slug}*")
    page.goto(f"{page.url}?view=Two+thin+tables&k=200&data=planted")  # a k further than other pages go
    asked_too_much = "[data-testid='stException'], [data-testid='stAlert'] >> text=The link asks"
    for n, chapter in enumerate(CHAPTERS):
        page.wait_for_url(f"**/{chapter.slug}*")
        settle(page)
        expect(page.get_by_role("heading", name=chapter.title, level=1)).to_be_visible()
        page.locator(".js-plotly-plot .main-svg").first.wait_for()
        assert page.locator(asked_too_much).count() == 0
        if n == 0:
            asked(page, "k=200")
        else:
            expect(page).not_to_have_url(re.compile("[?&]k="))
        if chapter.slug == "plain_mf":
            page.get_by_role("tab", name="Real films").click()
            settle(page)
            asked(page, "data=planted")
        if n + 1 < len(CHAPTERS):
            page.get_by_role("link", name=f"Next: {CHAPTERS[n + 1].title}").click()


def test_the_notes_examples_are_predicted_first_and_then_shown(visit: Visit) -> None:
    page = visit("/dot_product")
    expect(page.locator("[data-testid='stMain']")).to_contain_text("4.7")
    answer = page.get_by_label("Your answer")
    answer.fill("3.8")
    page.get_by_role("button", name="Check").first.click()
    settle(page)
    expect(page.locator("[data-testid='stMain']")).to_contain_text("sign", ignore_case=True)
    answer.fill("-3.8")
    page.get_by_role("button", name="Check").first.click()
    settle(page)
    expect(page.get_by_text(re.compile("Right|Yes|Correct", re.I)).first).to_be_visible()


def test_a_new_lambda_is_a_new_curve_and_the_link_keeps_it(visit: Visit) -> None:
    page = visit("/plain_mf?view=Real+films")
    curve = page.locator(".js-plotly-plot").first.locator(".scatterlayer .js-line").first
    curve.wait_for()
    before = curve.get_attribute("d")
    slider = page.get_by_role("slider", name=re.compile("^k")).first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    settle(page)
    asked(page, "k=6")
    expect(curve).not_to_have_attribute("d", str(before))
    after = curve.get_attribute("d")
    again = visit(page.url.removeprefix(page.url.split("/plain_mf")[0]))
    drawn = again.locator(".js-plotly-plot").first.locator(".scatterlayer .js-line").first
    drawn.wait_for()
    expect(drawn).to_have_attribute("d", str(after))


def test_every_scenario_opens_from_its_chapter(visit: Visit) -> None:
    for chapter in (by_slug("ratings_matrix"), by_slug("plain_mf")):
        scenario = chapter.scenarios[0]
        start = visit(f"/{chapter.slug}")
        with start.expect_popup() as opened:
            start.get_by_role("link", name=scenario.title).click()
        page = opened.value
        settle(page)
        wanted = {f"{name}={value.replace(' ', '+')}" for name, value in scenario.params.items()}
        assert wanted & set(page.url.partition("?")[2].split("&")), (scenario.title, page.url)  # defaults are left out
        assert page.locator("[data-testid='stAlert']").get_by_text("The link asks for").count() == 0
        assert page.locator("[data-testid='stException']").count() == 0
