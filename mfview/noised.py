"""AutoRec with more and more noise on the default data, which comes with the package so that the page opens on it.

    python -m mfview.noised

fits it again (half a minute) and writes noised.json beside this file.
"""

import json
from pathlib import Path

from mfcore import autorec, data, trials
from mfcore.trials import Noise

FILE = Path(__file__).with_suffix(".json")
DATA, SEED, T = "ml-small", 0, 20
RHOS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
CFG = autorec.Config(hidden=20, lam=1.0, by="items", dtype="float32")


def find(digest: str, cfg: autorec.Config, epochs: int, seed: int) -> tuple[Noise, ...] | None:
    """A run for each of RHOS, where they are shipped for the ratings of that digest and these settings."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    if (digest, cfg, epochs, seed) != (held["digest"], CFG, T, SEED):
        return None
    return tuple(Noise(*row) for row in held["runs"])


def build() -> str:
    """What is shipped, as JSON."""
    R, _ = data.load(DATA)
    train, test = R.split(test=0.1, seed=SEED)
    runs = [[round(x, 5) for x in run] for run in trials.by_noise(train, test, CFG, RHOS, T, SEED)]
    return json.dumps({"digest": R.digest, "runs": runs}) + "\n"


if __name__ == "__main__":
    FILE.write_text(build(), encoding="utf-8")
