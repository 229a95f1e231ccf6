"""The app as its visitors meet it: in a browser, light and dark, wide and on a phone, by mouse and by link."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from mfview import style
from mfview.chapters import CHAPTERS
from tests.conftest import Visit, running_app, settle

pytestmark = pytest.mark.browser

PATHS = ["/", *(f"/{c.slug}" for c in CHAPTERS)]
GRAVE = {"serious", "critical"}
INK = {
    theme: "rgb({}, {}, {})".format(*bytes.fromhex(palette.ink[1:]))
    for theme, palette in (("light", style.LIGHT), ("dark", style.DARK))
}
COLOURS = ("color-contrast", "link-in-text-block")  # what axe says of a view that only changes its theme


def grave_findings(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds on the page as it stands; what a second look does not confirm was of a page still moving.

    rules: the only ones looked at, if there are any.
    """
    options = {"resultTypes": ["violations"], **({"runOnly": [*rules]} if rules else {})}
    for wait in (0, 1500):
        page.wait_for_timeout(wait)
        found = [v for v in Axe().run(page, options=options).response["violations"] if v["impact"] in GRAVE]
        if not found:
            break
    return [f"{v['id']} ({v['impact']}): {v['help']}: {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found]


def views(page: Page) -> Iterator[str]:
    """Open one view of a page after the other, expanders and all; what each is called."""
    names = page.get_by_role("tab").all_inner_texts() or [""]
    for n, name in enumerate(names):
        if n > 0:
            page.get_by_role("tab").nth(n).click()
            page.wait_for_timeout(200)
            settle(page)
        for chart in page.locator("[data-testid='stPlotlyChart']").all():
            chart.locator(".main-svg").first.wait_for()
        expanders = page.locator("[data-testid='stExpander'] summary").all()
        for expander in expanders:
            expander.click()
        page.wait_for_timeout(900 if expanders else 100)  # an expander opens in steps, and its mathematics after it
        yield name


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    main = page.locator("[data-testid='stMain']").evaluate("e => e.scrollWidth - e.clientWidth")
    return max(main, page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def paper(page: Page) -> str:
    """The colour of the page behind everything."""
    return page.locator("[data-testid='stApp']").evaluate("e => getComputedStyle(e).backgroundColor")


def turn(page: Page, theme: Literal["light", "dark"]) -> None:
    """The system's theme changes: the page follows, and draws its charts anew in the other ink."""
    before = paper(page)
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "before => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor != before",
        arg=before,
    )
    page.wait_for_function(
        "ink => [...document.querySelectorAll('.js-plotly-plot .gtitle')].every(t => getComputedStyle(t).fill == ink)",
        arg=INK[theme],
    )
    page.wait_for_timeout(300)
    settle(page)


@pytest.mark.parametrize("path", PATHS)
def test_every_view_is_accessible_light_and_dark_and_fits_a_phone(path: str, visit: Visit) -> None:
    page = visit(path)
    wider, grave = {}, {}
    theme: Literal["light", "dark"] = "light"
    for name in views(page):
        grave[name, theme] = grave_findings(page)
        theme = "dark" if theme == "light" else "light"  # the next view begins in the theme that this one ends in
        turn(page, theme)
        grave[name, theme] = grave_findings(page, COLOURS)
        page.set_viewport_size({"width": 390, "height": 900})
        page.wait_for_timeout(400)
        wider[name] = overflow(page)
        page.set_viewport_size({"width": 1440, "height": 900})
    assert max(wider.values()) <= 1, wider
    assert not any(grave.values()), grave


def test_a_link_to_a_late_view_shows_its_tab_on_a_phone(visit: Visit) -> None:
    page = visit("/embeddings?view=Film+−+film+%2B+film")
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_timeout(400)
    tab = page.get_by_role("tab", selected=True)
    expect(tab).to_have_text("Film − film + film")
    box = tab.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_a_link_to_a_page_works_on_a_server_that_nobody_has_used(visit: Visit, tmp_path: Path) -> None:
    with running_app(tmp_path) as url:
        page = visit(PATHS[-1], base=url)
        page.get_by_role("link", name="Start here").wait_for()
        expect(page.locator("[data-testid='stSidebar'] [data-testid='stPageLink']")).to_have_count(len(PATHS))
        expect(page.locator("h1")).to_have_text(CHAPTERS[-1].title)
        page.close()


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.wait_for_timeout(500)
    settle(page)


def test_own_ratings_are_shown_and_bad_ones_are_explained_with_nothing_lost(visit: Visit) -> None:
    page = visit("/ratings_matrix?data=yours")
    main = page.locator("[data-testid='stMain']")
    expect(main).to_contain_text("Choose a file of ratings")
    rows = [(u, f"<b>Film</b> *{m}*", (u * m) % 5 + 1) for u in range(7) for m in range(9) if (u + m) % 3]
    upload(page, "mine.csv", "\n".join(["user,film,stars", *(f"{u},{m},{r}" for u, m, r in rows)]).encode())
    page.get_by_text("7 users × 9 films").first.wait_for()
    expect(main).to_contain_text("63 cells")
    upload(page, "bad.csv", b"user,film,stars\n1,2,good\n1,3,4\n")
    page.locator("[data-testid='stSidebar']").get_by_text("good").first.wait_for()
    expect(main).to_contain_text("7 users × 9 films")
    assert page.locator("[data-testid='stException']").count() == 0


def test_the_home_page_has_cards_wide_enough_to_read(visit: Visit) -> None:
    page = visit("/")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)
        for chapter in CHAPTERS:
            question = page.locator("[data-testid='stMain']").get_by_text(chapter.question, exact=True).bounding_box()
            assert question is not None
            assert question["width"] >= 180, chapter.title
