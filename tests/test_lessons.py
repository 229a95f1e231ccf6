"""Lessons: source and notebook say the same, the notebook was run, and the lesson still runs."""

import base64
import importlib.util
import re
from urllib.parse import parse_qsl, urlsplit

import nbformat
import pytest
from streamlit.testing.v1 import AppTest

from mfcore import scaling
from mfview import chapters, lesson, questions, rungs
from tests.conftest import ROOT

PNG = b"\x89PNG\r\n\x1a\n"
PLOTLY = "application/vnd.plotly.v1+json"
APP = re.compile(r"http://localhost:8501/[^\s)]*")
NAMES = [chapter.name for chapter in chapters.CHAPTERS]

spec = importlib.util.spec_from_file_location("lessons_build", ROOT / "lessons" / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


def source(name):
    return ROOT / "lessons" / f"{name}.py"


def notebook(name):
    return nbformat.read(source(name).with_suffix(".ipynb"), as_version=4)


def outputs(name):
    return [output for cell in notebook(name).cells for output in cell.get("outputs", ())]


def links(name):
    return APP.findall(source(name).read_text(encoding="utf-8"))


def test_every_chapter_has_its_lesson_notebook_and_page_and_no_lesson_is_without_a_chapter():
    assert [path.stem for path in build.sources()] == NAMES
    for chapter in chapters.CHAPTERS:
        assert (ROOT / chapter.lesson).is_file()
        assert (ROOT / chapter.page).is_file()


@pytest.mark.parametrize("chapter", chapters.CHAPTERS, ids=NAMES)
def test_a_lesson_asks_its_chapters_question(chapter):
    heading = f"# # {chapter.number} · {chapter.title}\n#\n# *{chapter.question}*\n"
    assert heading in source(chapter.name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_source_and_notebook_agree(name):
    def content(book):
        return [(cell.id, cell.cell_type, cell.source) for cell in book.cells]

    assert content(notebook(name)) == content(build.read(source(name))), "run make lessons"


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_valid_was_run_in_order_and_holds_nothing_that_changes_by_itself(name):
    book = notebook(name)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(set(cell.metadata) <= {"tags"} for cell in book.cells)
    assert book.metadata.language_info == {"name": "python"}
    assert len({cell.id for cell in book.cells}) == len(book.cells)


@pytest.mark.parametrize("name", NAMES)
def test_no_output_is_an_error_or_a_complaint(name):
    for output in outputs(name):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.get("text")


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_stored_twice_and_said_in_words(name):
    cells = [cell for cell in notebook(name).cells if "lesson.show(" in cell.source]
    shown = [cell for cell in cells if any(PLOTLY in output.get("data", {}) for output in cell.get("outputs", ()))]
    assert len(shown) >= 3
    for cell in shown:
        for at, output in enumerate(cell.outputs):
            if PLOTLY in output.get("data", {}):
                assert base64.b64decode(output.data["image/png"]).startswith(PNG)
                alt = output.data[PLOTLY]["layout"]["meta"]["alt"]
                assert cell.outputs[at + 1].data["text/markdown"] == f"*{alt}*"


@pytest.mark.lesson
@pytest.mark.parametrize("name", NAMES)
def test_the_lesson_runs(name):
    """Each cell within `build.SECONDS`; its own asserts compare the loops it writes out with the library."""
    build.run(build.read(source(name)))


def test_the_lesson_that_measures_says_which_rung_it_leaves_out(monkeypatch, capsys):
    for silent in ("show", "ask", "check"):
        monkeypatch.setattr(lesson, silent, lambda *given: None)
    cells = [cell.source for cell in build.read(source("15_at_scale")).cells if cell.cell_type == "code"]
    at = next(n for n, cell in enumerate(cells) if cell.startswith("here = False\n"))
    names = {}
    for cell in cells[: at + 1]:
        exec(cell, names)
    assert "not measured here" not in capsys.readouterr().out
    climb = scaling.climb
    monkeypatch.setattr(scaling, "climb", lambda climbed, sizes, *given: climb(climbed, (200, 400), *given))
    exec(cells[at].replace("here = False", "here = True"), names)
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "measured on this machine"
    missing = {*rungs.NAMES} - {point.rung for point in names["points"]}
    assert "cluster" in missing
    assert {*others} == {f"not measured here: {rungs.NAMES[rung]}" for rung in missing}


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_has_all_its_parts(name):
    text = source(name).read_text(encoding="utf-8")
    for part in ("NOTATION.md", "**You will**", "**Time:**", "**You need**", "**Predict", "assert_allclose", "for "):
        assert part in text
    assert links(name)
    asked = re.findall(r'lesson\.ask\("([^"]+)"\)', text)
    assert len(asked) >= 3
    assert asked == re.findall(r'lesson\.check\("([^"]+)"', text)
    assert {questions.by_key(key).chapter for key in asked} == {name[3:]}


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_imports_only_what_lessons_may(name):
    roots = set(re.findall(r"^(?:from|import) (\w+)", source(name).read_text(encoding="utf-8"), re.MULTILINE))
    assert roots <= {"mfcore", "mfview", "numpy", "scipy", "warnings", "itertools", "sys"}


@pytest.mark.parametrize("name", NAMES)
def test_links_between_files_lead_somewhere(name):
    for target in re.findall(r"\]\((?!http)([^)]+)\)", source(name).read_text(encoding="utf-8")):
        assert (ROOT / "lessons" / target).exists(), target


@pytest.mark.parametrize("link", sorted({link for name in NAMES for link in links(name)}))
def test_links_into_the_app_are_understood_there(link):
    parts = urlsplit(link)
    chapter = chapters.by_slug(parts.path.strip("/"))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page(chapter.page)
    asked = dict(parse_qsl(parts.query))
    for key, value in asked.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    assert not [warning.value for warning in at.warning]
    for key, value in asked.items():
        shown = at.session_state[key]
        assert shown == float(value) if isinstance(shown, float) else str(shown) == value


def displayed(monkeypatch, call):
    shown = []
    monkeypatch.setattr(lesson, "display", shown.append)
    call()
    return "\n".join(part.data for part in shown)


def test_a_question_shows_its_prompt_and_folds_the_rest(monkeypatch):
    text = displayed(monkeypatch, lambda: lesson.ask("02-doubled"))
    question = questions.by_key("02-doubled")
    assert question.prompt in text
    assert text.count("<details>") == text.count("</details>") == 4
    assert "- `'both'`: Both double" in text
    assert text.index("<summary>Answer</summary>") < text.index(question.solution)


def test_an_answer_is_checked_and_three_dots_are_no_answer(monkeypatch):
    assert "three dots" in displayed(monkeypatch, lambda: lesson.check("02-second-example", ...))
    assert displayed(monkeypatch, lambda: lesson.check("02-second-example", -3.8)).startswith("Yes.")
    assert "sign" in displayed(monkeypatch, lambda: lesson.check("02-second-example", 3.8))


def test_a_line_that_does_not_hold_stops_the_lesson(monkeypatch, capsys):
    import numpy as np

    from mfcore import als, data
    from mfview.derivations import plain, regression

    R, _ = data.load("tiny")
    cfg = als.Config(k=2, lam=0, biases=False)
    s = als.init(R, cfg, np.random.default_rng(0))
    lines, here = plain.of("W", cfg), plain.at("W", s, R, cfg, 0)
    lesson.holds(lines, "Gradient", here)
    assert "= holds, to a relative 1e-12" in capsys.readouterr().out
    monkeypatch.setattr(regression, "gradient_formula", lambda Z, r, lam, w: w)
    with pytest.raises(AssertionError, match="Gradient does not hold"):
        lesson.holds(lines, "Gradient", here)
