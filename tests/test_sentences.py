"""Sentences that pages choose by their numbers: on invented numbers, each of them where it is so and nowhere else."""

import numpy as np
import pytest

from mfapp import biases, regularization_curve, regularization_slip, runs
from mfcore import als
from mfcore.as_written import Losses
from mfcore.explained import Share
from mfcore.study import Lengths, Mean
from tests.pages import open_page, text

LOSE, SHARE, ALONE, NEITHER = (
    "the vectors lose",
    "needs no vector at all",
    "needs the vectors",
    "with or without vectors",
)


@pytest.mark.parametrize(
    ("both", "full", "said"),
    [
        (0.3, 0.2, LOSE),
        (0.3, -0.2, LOSE),
        (-0.1, -0.2, LOSE),
        (0.2, 0.25, f"**80%** of what the whole model explains of held-out ratings {SHARE}"),
        (0.2, 0.2, f"**100%** of what the whole model explains of held-out ratings {SHARE}"),
        (-1.54, 0.47, ALONE),
        (0.0, 0.47, ALONE),
        (-1.54, -0.1, NEITHER),
        (-1.54, 0.0, NEITHER),
        (-1.54, -1.54, NEITHER),
    ],
)
def test_what_vectors_add_to_biases(both, full, said) -> None:
    ds = runs.dataset("tiny")
    fit = biases.Fit(ds, als.Config(k=3), 0, als.init(ds.R, als.Config(k=3), np.random.default_rng(0)))
    found = biases._with_vectors(fit, Share(0.5, both), Share(0.6, full))
    assert found.startswith(f"With 3 more numbers for each it is {full:.1%} (training 60.0%).")
    assert said in found
    assert sum(one in found for one in (LOSE, SHARE, ALONE, NEITHER)) == 1


def test_biases_that_are_worse_than_mu_need_the_vectors_on_their_page() -> None:
    said = text(open_page("biases", data="tiny", k="1", lam="0.1"))
    assert ALONE in said
    assert LOSE not in said


def rows(*tests: float, spread: float = 0.1, folds: int = 3) -> list[Mean]:
    """Of λ = 0, 1, 2, … with these test errors."""
    return [Mean(1, float(n), folds, 0.5, test, spread, Lengths(1, 1, 1, 1)) for n, test in enumerate(tests)]


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ((2, 1, 1.05, 2), "Every λ from 1 to 2 lies within one spread of the lowest mean:"),
        ((1, 1.05, 1.1, 2), "Every λ from 0 to 2 lies within one spread of the lowest mean:"),
        ((2, 2, 1.05, 1), "Every λ from 2 to 3 lies within one spread of the lowest mean:"),
        ((1.05, 1, 2, 1.05), "Every λ from 0 to 1 lies within one spread of the lowest mean, and so does λ = 3:"),
        (
            (1.05, 1.05, 2, 1, 1.05),
            "Every λ from 3 to 4 lies within one spread of the lowest mean, and so do λ = 0 and",
        ),
        ((1.05, 2, 1, 2, 1.05), "λ = 0 and 4 lie within one spread of the lowest mean as well:"),
        ((1.05, 2, 1, 2), "λ = 0 lies within one spread of the lowest mean as well:"),
        ((2, 1, 2), "No other λ lies within one spread of the lowest mean."),
    ],
)
def test_every_lambda_is_said_only_of_those_without_a_gap(tests, said) -> None:
    found = regularization_curve._within_one_spread(rows(*tests))
    assert found.startswith(said)
    assert ("luck of the split" in found) == ("No other" not in said)


def test_a_gap_is_told_on_the_page_too() -> None:
    page = {"view": "λ on real films", "data": "tiny", "k": "1", "folds": "3 folds"}
    at = open_page("regularization", **page)
    while any(b.label == "Cancel" for b in at.button):
        at.run()
    assert ", and so do λ = " in text(at)


@pytest.mark.parametrize(("tests", "learnt"), [((2, 1, 3), True), ((1, 2, 3), False)])
def test_learnt_by_heart_is_said_only_where_a_larger_lambda_helps(tests, learnt) -> None:
    found = regularization_curve._summed_up(rows(*tests))
    assert f"predicted best at **λ = {1 if learnt else 0}**: RMSE **1.0000**, spread 0.1000 over 3 folds." in found
    assert "At λ = 0 the error on training ratings is 0.500 stars" in found
    assert ("by heart" in found) == learnt
    assert found.endswith(".")


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        (Losses(10, 15), Losses(12, 13), "On J the exact rule ends at **10.00** and the written one at 12.00."),
        (Losses(12, 13), Losses(10, 15), "different valleys"),
        (Losses(10, 13), Losses(12, 15), "different valleys"),
        (Losses(10, 15), Losses(10, 13), "different valleys"),
        (Losses(10, 13), Losses(10, 13), "Both rules end at the same numbers"),
        (Losses(10, 13), Losses(10 + 1e-10, 13 - 1e-10), "Both rules end at the same numbers"),
        (Losses(0, 0), Losses(1e-20, 0), "Both rules end at the same numbers"),
    ],
)
def test_rules_that_tie_are_in_no_different_valleys(own, other, said) -> None:
    found = regularization_slip._told_apart(own, other)
    assert said in found
    assert ("valleys" in found) == (said == "different valleys")
