"""The libraries compared: each in a virtual environment and a process of its own, on the same number of threads."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Runner(NamedTuple):
    """title: as in the table.  script: beside this file.  form: passed on.  packages: to install; none for mfcore."""

    title: str
    script: str
    form: str = ""
    packages: tuple[str, ...] = ()


RUNNERS = {
    "numba": Runner("mfcore, compiled", "run_mfcore.py", "numba"),
    "numpy": Runner("mfcore, numpy", "run_mfcore.py", "numpy"),
    "cmfrec": Runner(
        "cmfrec, ALS by Cholesky",
        "run_cmfrec.py",
        packages=("numpy", "scipy", "pandas", "cython", "setuptools", "findblas", "threadpoolctl", "cmfrec"),
    ),
    "lenskit": Runner("lenskit, BiasedMF", "run_lenskit.py", packages=("lenskit",)),
}


def python_of(name: str, envs: Path) -> str:
    """The interpreter that has this library, its environment made and filled first if it is not there."""
    packages = RUNNERS[name].packages
    if not packages:
        return sys.executable
    python = envs / name / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        print(f"installing {packages[-1]} into {envs / name}; cmfrec takes minutes to build", file=sys.stderr)
        venv.create(envs / name, with_pip=True)
        for step in (packages[:-1], packages[-1:]):
            if step:
                subprocess.run([python, "-m", "pip", "install", "--quiet", *step], check=True)
    return str(python)


def run(name: str, envs: Path, threads: int, **arguments: Any) -> dict[str, Any]:
    """One fit in a process of its own: what its runner reports."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
    environment = (
        os.environ | dict.fromkeys((*counts, "LK_NUM_THREADS"), str(threads)) | {"PYTHONPATH": str(HERE.parent)}
    )
    if RUNNERS[name].packages:
        del environment["PYTHONPATH"]
    given = json.dumps(arguments | {"form": RUNNERS[name].form, "threads": threads})
    command = [python_of(name, envs), str(HERE / RUNNERS[name].script), given]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
