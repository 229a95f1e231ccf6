"""Sentences from a small grammar (notes §13): who is royal, female or young shows only in the words around the name."""

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple, TypeVar

import numpy as np

Sentence = tuple[str, ...]
T = TypeVar("T")


class Person(NamedTuple):
    """The three features that decide which words a sentence puts around a name."""

    royal: bool
    female: bool
    young: bool


PEOPLE = {
    "king": Person(True, False, False),
    "queen": Person(True, True, False),
    "prince": Person(True, False, True),
    "princess": Person(True, True, True),
    "man": Person(False, False, False),
    "woman": Person(False, True, False),
    "boy": Person(False, False, True),
    "girl": Person(False, True, True),
}
FEATURES = Person._fields

# What a placeholder may become: (feature, words without it, words with it).
CHOICES: dict[str, tuple[str, Sentence, Sentence]] = {
    "PLACE": ("royal", ("market", "cottage", "workshop", "farm"), ("palace", "throne", "court", "castle")),
    "OWN": ("female", ("his",), ("her",)),
    "ONE": ("female", ("he",), ("she",)),
    "SELF": ("female", ("himself",), ("herself",)),
    "KIN": ("female", ("father", "brother", "uncle"), ("mother", "sister", "aunt")),
    "LOOK": ("young", ("grown", "wise", "grey"), ("little", "young", "small")),
    "DOES": ("young", ("works", "votes", "travels"), ("plays", "grows", "learns")),
}
PATTERNS = tuple(
    tuple(pattern.split())
    for pattern in (
        "the LOOK NAME DOES in OWN PLACE",
        "in OWN PLACE the NAME DOES",
        "ONE is the NAME of the PLACE and a KIN",
        "the LOOK NAME says that ONE DOES",
        "the KIN and NAME DOES by SELF",
    )
)
# Sentences about nobody, so that not every word has to do with people.
ASIDES = tuple(
    tuple(text.split())
    for text in (
        "the river runs near the hill",
        "the rain falls and the river grows",
        "that hill is small and grey",
        "in the rain the river runs",
    )
)
_ASIDE, _SLIP = 0.15, 0.08


def sentences(n: int = 2000, seed: int = 0) -> tuple[Sentence, ...]:
    """n sentences, each a tuple of words, drawn independently from the grammar above.

    One in seven speaks of nobody. In the others one placeholder in twelve is filled as if the person's feature were
    the opposite: a queen may have her market. Raises ValueError unless n ≥ 1.
    """
    if n < 1:
        raise ValueError(f"a corpus has at least one sentence, not {n}")
    rng = np.random.default_rng([seed, n])
    return tuple(_aside(rng) if rng.random() < _ASIDE else _about(_one(tuple(PEOPLE), rng), rng) for _ in range(n))


def analogies() -> tuple[tuple[str, str, str, str], ...]:
    """All (a, b, c, d) in which a differs from b in one feature, and d from c in the same one: a − b + c should be d.

    c differs from b in one other feature, as in king − man + woman = queen.
    """
    name = {person: word for word, person in PEOPLE.items()}

    def flipped(person: Person, feature: str) -> Person:
        return person._replace(**{feature: not getattr(person, feature)})

    return tuple(
        (word, name[flipped(person, f)], name[flipped(flipped(person, f), g)], name[flipped(person, g)])
        for word, person in PEOPLE.items()
        for f, g in permutations(FEATURES, 2)
    )


def kinds() -> dict[str, Sentence]:
    """The words that tell the people apart, by what they tell: {feature: words}."""
    found: dict[str, Sentence] = dict.fromkeys(FEATURES, ())
    for feature, without, with_it in CHOICES.values():
        found[feature] += without + with_it
    return found


def _about(name: str, rng: np.random.Generator) -> Sentence:
    return tuple(name if part == "NAME" else _filled(part, PEOPLE[name], rng) for part in _one(PATTERNS, rng))


def _aside(rng: np.random.Generator) -> Sentence:
    return _one(ASIDES, rng)


def _filled(part: str, person: Person, rng: np.random.Generator) -> str:
    if part not in CHOICES:
        return part
    feature, without, with_it = CHOICES[part]
    has = bool(getattr(person, feature)) != (rng.random() < _SLIP)
    return _one(with_it if has else without, rng)


def _one(options: Sequence[T], rng: np.random.Generator) -> T:
    return options[int(rng.integers(len(options)))]
