"""The README says what is so: its Python runs as it stands, in about as many lines as it promises."""

import re
import subprocess
import sys

from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_fifteen_lines_run_and_learn() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 15
    command = [sys.executable, "-W", "error", "-c", code]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert float(out[0]) < 0.95, "test RMSE on MovieLens small, in stars"
    J = [float(value) for value in out[2::2]]
    assert len(J) == 16
    assert sorted(J, reverse=True) == J


def test_its_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!http)([^)]+)\)", README)
    assert len(targets) > 6
    for target in targets:
        assert (ROOT / target).exists(), target
