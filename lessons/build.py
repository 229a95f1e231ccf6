"""Make the notebooks: lessons/NN_slug.py, run from top to bottom, becomes lessons/NN_slug.ipynb.

    python -m lessons.build [NN_slug …]

Figures are stored twice, as Plotly draws them and as a picture, because previews run no JavaScript. What changes from
run to run (times, random cell ids) is left out, so that building again changes little or nothing.
"""

import base64
import os
import sys
from pathlib import Path
from typing import Any

import jupytext
import kaleido
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
PLOTLY, PNG = "application/vnd.plotly.v1+json", "image/png"
WIDTH, SCALE = 860, 1.5
SECONDS = 60  # what a lesson may take


def sources() -> list[Path]:
    """The lessons in their order."""
    return sorted(HERE.glob("[0-9][0-9]_*.py"))


def read(source: Path) -> Any:
    """The notebook of a source, not run, with ids that are the same every time."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def run(notebook: Any) -> Any:
    """Execute a notebook as a reader would, in the folder of the lessons. Raises CellExecutionError on an error."""
    environment = {**os.environ, "PLOTLY_RENDERER": "plotly_mimetype"}
    client = NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(HERE)}},
    )
    client.execute(env=environment)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def add_pictures(notebook: Any) -> None:
    """Give every figure its picture. Needs `kaleido.start_sync_server()` and a Chrome or Chromium."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            figure = output.get("data", {}).get(PLOTLY)
            if figure is not None:
                size = {"width": WIDTH, "height": figure["layout"]["height"], "scale": SCALE}
                picture = kaleido.calc_fig_sync(
                    {k: figure[k] for k in ("data", "layout")}, opts={"format": "png", **size}
                )
                output["data"][PNG] = base64.b64encode(picture).decode() + "\n"


def build(source: Path) -> Path:
    """Run one lesson and write its notebook."""
    notebook = run(read(source))
    add_pictures(notebook)
    target = source.with_suffix(".ipynb")
    nbformat.validate(notebook)
    target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return target


def main(names: list[str]) -> None:
    """Build the lessons of these names, or all."""
    known = {source.stem: source for source in sources()}
    if unknown := set(names) - set(known):
        raise SystemExit(f"no lesson is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    kaleido.start_sync_server(silence_warnings=True)
    try:
        for name in names or known:
            print(build(known[name]).name)
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


if __name__ == "__main__":
    main(sys.argv[1:])
