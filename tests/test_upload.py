"""A visitor's own file: what is read, and what is refused with a reason."""

import io

import pytest

from mfapp import upload
from mfcore import DataError


def table(pairs: int, name: str = "mine.csv") -> io.BytesIO:
    """A csv of that many ratings by users who rate ten films each."""
    rows = [f"{t // 10},{t % 10},{1 + t % 5}" for t in range(pairs)]
    file = io.BytesIO("\n".join(["user,film,stars", *rows]).encode())
    file.name = name
    return file


def test_a_table_is_read_whole() -> None:
    ds = upload._read(table(45), "", "error")
    assert (ds.R.n, ds.R.N, ds.R.M) == (45, 5, 10)
    assert len(set(ds.labels)) == 10


def test_the_fewest_ratings_that_are_taken_can_be_split_on_every_page() -> None:
    R = upload._read(table(upload.LEAST_RATINGS), "", "error").R
    assert all(part.n for part in R.split(test=0.1, seed=0))
    assert all(part.n for fold in R.folds(10) for part in fold)
    with pytest.raises(DataError, match=f"holds {upload.LEAST_RATINGS - 1} ratings.*need {upload.LEAST_RATINGS}"):
        upload._read(table(upload.LEAST_RATINGS - 1), "", "error")


def test_more_than_the_pages_can_show_is_refused_with_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_RATINGS", 50)
    assert upload._read(table(50), "", "error").R.n == 50
    with pytest.raises(DataError, match=r"holds 51 ratings.*up to 50 ratings"):
        upload._read(table(51), "", "error")


def test_columns_are_named_three_at_a_time() -> None:
    assert upload._read(table(30), "user, film, stars", "error").R.n == 30
    with pytest.raises(DataError, match="names 2"):
        upload._read(table(30), "user, film", "error")
