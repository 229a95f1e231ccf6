"""PyTorch as an authority to agree with: where it is not installed its tests skip, unless MF_REQUIRE_TORCH is set."""

import importlib
import os
from typing import Any

import pytest


def torch() -> Any:
    """The module. Raises ImportError where it has to be there and is not; skips the test where it may be missing."""
    return importlib.import_module("torch") if os.environ.get("MF_REQUIRE_TORCH") else pytest.importorskip("torch")
