"""Dask, which only clusters need, or what to install to have it."""

from importlib import import_module
from typing import Any

try:
    dask: Any = import_module("dask")
    distributed: Any = import_module("distributed")
    for part in ("array", "dataframe"):
        import_module(f"dask.{part}")
except ImportError as e:
    raise ImportError('mfcore.cluster needs Dask: pip install "dask[array,dataframe,distributed]"') from e
