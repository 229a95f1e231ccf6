"""The libraries compared: each in a virtual environment and a process of its own, on the same number of threads."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
# Everything that a library might take its number of threads from.
COUNTS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"),
    *("LK_NUM_THREADS",),
)


class Runner(NamedTuple):
    """How a library is run.

    title: as in the table.
    script: beside this file.
    form: passed on to the script.
    packages: to install, the library last; none for mfcore.
    opaque: it reports no time for each sweep, so that fits of different lengths have to show them.
    sweep_factor: how many times the sweeps of ALS it is given, because a descent needs more.
    slow: it takes minutes on 20 million ratings and gets few sweeps there.
    needs: a program that has to be there.
    """

    title: str
    script: str
    form: str = ""
    packages: tuple[str, ...] = ()
    opaque: bool = False
    sweep_factor: int = 1
    slow: bool = False
    needs: str = ""

    @property
    def environment(self) -> str:
        """The library's name, without the versions asked for: the folder of its environment."""
        return re.split("[~=<>!]", self.packages[-1])[0]


# cmfrec is built from source; the pip of a new environment brings no compiler's helpers along.
CMFREC = ("numpy", "scipy", "pandas", "cython", "setuptools", "findblas", "threadpoolctl", "cmfrec~=3.5")
SPARK = ("numpy", "pandas", "pyarrow", "pyspark~=4.0")
RUNNERS = {
    "numba": Runner("mfcore, compiled", "run_mfcore.py", "numba"),
    "numpy": Runner("mfcore, numpy", "run_mfcore.py", "numpy"),
    "cmfrec": Runner("cmfrec, ALS by Cholesky", "run_cmfrec.py", "cholesky", CMFREC, opaque=True),
    "cmfrec-cg": Runner("cmfrec, ALS by CG", "run_cmfrec.py", "cg", CMFREC, opaque=True),
    "lenskit": Runner("lenskit, BiasedMF", "run_lenskit.py", packages=("lenskit~=2025.8",)),
    "implicit": Runner("implicit, ALS", "run_implicit.py", packages=("implicit~=0.7",)),
    "cornac": Runner("cornac, MF by SGD", "run_cornac.py", packages=("cornac~=3.0",), opaque=True, sweep_factor=4),
    "surprise": Runner(
        "Surprise, SVD by SGD",
        "run_surprise.py",
        packages=("pandas", "scikit-surprise~=1.1"),
        opaque=True,
        sweep_factor=4,
        slow=True,
    ),
    "spark": Runner("Spark, ALS without biases", "run_spark.py", packages=SPARK, opaque=True, needs="java"),
}


class Fit(NamedTuple):
    """What a runner reports of one fit, in seconds from the arrays of ids on, GiB and stars.

    ends: when each sweep was done; none where the library does not show them.  total: until the model was ready.
    peak: the most memory held until then.  rmse: of the test ratings, by the sweep after which they were looked at.
    """

    ends: list[float]
    total: float
    peak: float
    rmse: dict[int, float]
    version: str

    @classmethod
    def read(cls, line: str) -> "Fit":
        found = json.loads(line)
        return cls(**(found | {"rmse": {int(t): float(value) for t, value in found["rmse"].items()}}))


class Failed(NamedTuple):
    """Why there is no Fit: a row of the table like any other."""

    why: str


def run(name: str, envs: Path, threads: int, timeout: float, **arguments: Any) -> Fit | Failed:
    """One fit of one of the RUNNERS in a process of its own."""
    return fit(RUNNERS[name], envs, threads, timeout, **arguments)


def fit(runner: Runner, envs: Path, threads: int, timeout: float, **arguments: Any) -> Fit | Failed:
    """One fit in a process of its own."""
    if runner.needs and not shutil.which(runner.needs):
        return Failed(f"there is no {runner.needs} on this machine")
    try:
        python = python_of(runner, envs)
    except subprocess.CalledProcessError as e:
        return Failed(f"could not be installed: {_last_line(e.stderr)}")
    environment = os.environ | dict.fromkeys(COUNTS, str(threads)) | {"PYTHONPATH": str(HERE.parent)}
    if runner.packages:
        del environment["PYTHONPATH"]
    given = json.dumps(arguments | {"form": runner.form, "threads": threads})
    return measured([python, str(HERE / runner.script), given], environment, timeout)


def measured(command: list[str], environment: dict[str, str], timeout: float) -> Fit | Failed:
    """The Fit in the last line that `command` prints. At the timeout it is ended, with whatever it started."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return Failed(f"took longer than {timeout:.0f} s")
    if process.returncode == 0:
        return Fit.read(out.splitlines()[-1])
    if process.returncode == -signal.SIGKILL or "MemoryError" in err:
        return Failed("ran out of memory")
    return Failed(_last_line(err))


def python_of(runner: Runner, envs: Path) -> str:
    """The interpreter that has this library, its environment made and filled first if it is not there.

    Raises CalledProcessError, with what pip said in it, where that fails; the environment is then taken away.
    """
    if not runner.packages:
        return sys.executable
    folder = envs / runner.environment
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        print(f"installing {runner.environment}; cmfrec takes minutes to build", file=sys.stderr)
        venv.create(folder, with_pip=True)
        try:
            for step in (runner.packages[:-1], runner.packages[-1:]):
                if step:
                    command = [str(python), "-m", "pip", "install", "--quiet", *step]
                    subprocess.run(command, check=True, text=True, stderr=subprocess.PIPE)
        except subprocess.CalledProcessError:
            shutil.rmtree(folder)
            raise
    return str(python)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:120] if lines else "it said nothing"
