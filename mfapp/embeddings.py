"""Chapter 9: an id and its row, what the look-up costs; and the corpus that the views on words share.

A view on words names its sentences, window, k and seed in the sidebar; everything drawn follows from these four.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import nn, storage, words
from mfcore.data import corpus
from mfcore.ratings import Floats, Ints
from mfview.figures import embeddings as figures

K, MOST = 12, 20
SENTENCES = state.Param("sentences", "Sentences", "How many sentences the grammar produces.")
WINDOW = state.Param("window", "h · window", "Two words are neighbours if they are at most this far apart.")
ROW = state.Param("id", "id i", "Row i of the table belongs to word i.")
SIZES = (200, 500, 1000, 2000, 5000)
START, REACH, FARTHEST = 2000, 4, 8
WIDTH = 4  # columns of the table in the first view


class Corpus(NamedTuple):
    """Sentences, the id of every word, counts, PPMI, and W, C with a column for every word there is."""

    sentences: tuple[corpus.Sentence, ...]
    ids: dict[str, int]
    n: Ints
    P: Floats
    tables: words.Tables

    @property
    def names(self) -> list[str]:
        return list(self.ids)

    def quadruples(self) -> list[tuple[int, int, int, int]]:
        """The ids of all analogies that the grammar planted."""
        return [(self.ids[a], self.ids[b], self.ids[c], self.ids[d]) for a, b, c, d in corpus.analogies()]


@st.cache_resource(show_spinner="Writing …", max_entries=16)
def _said(sentences: int, seed: int) -> tuple[corpus.Sentence, ...]:
    return corpus.sentences(sentences, seed)


@st.cache_resource(show_spinner="Counting …", max_entries=128)
def build(sentences: int, window: int, seed: int) -> Corpus:
    """Everything that k does not change, kept for all visitors."""
    said = _said(sentences, seed)
    ids = words.vocabulary(said)
    n = words.cooccurrences(said, ids, window)
    P = words.ppmi(n)
    return Corpus(said, ids, n, P, words.embedded(P, len(ids)))


def asked() -> tuple[Corpus, int, int, int, int]:
    """The sidebar of a view on words: the corpus, its size, the window, k and the seed."""
    size = controls.one_of(SENTENCES, START, SIZES)
    window = controls.whole(WINDOW, 1, FARTHEST, REACH)
    k, seed = controls.k(K, MOST), controls.seed()
    return build(size, window, seed), size, window, k, seed


def row() -> None:
    """The view: the table, an id, the product with its one-hot row, and what each way costs."""
    people = list(corpus.PEOPLE)
    made = build(START, REACH, 0)
    trained = made.tables.W[[made.ids[name] for name in people], :K]
    W = trained[:, np.sort(np.argsort(trained.std(axis=0))[-WIDTH:])]
    st.markdown(
        "A network cannot multiply by *king*. So every word, user or film gets a number, its id, and the id picks a "
        "row of a table: **its embedding**. On paper the row is picked by a product: a vector of zeros with a single "
        "1, times the table. These are the four columns in which eight trained words differ most."
    )
    left, right = st.columns([3, 2], gap="large")
    with right:
        i = controls.whole(ROW, 0, len(people) - 1, 0, sidebar=False)
        hot = nn.one_hot(np.array([i]), len(people))
        same = np.array_equal(hot @ W, nn.lookup(W, np.array([i])))
        st.markdown(
            f"**{people[i]}** is word {i}. All rows but one are multiplied by 0, so the sum is row {i}, "
            + ("**the same to the last bit**." if same else "but not to the last bit.")
        )
        frame.show_card(nn.lookup)
    with left:
        frame.show(figures.lookup(W, i, people, frame.palette()), "lookup")
    if quiz.ask("09-one-hot"):
        _costs()
    if quiz.ask("09-rows-learn"):
        st.markdown(
            "Learning is as cheap as looking up: the gradient of J goes to the rows that were picked, and to no "
            "others. Fit W by these steps alone and you have chapter 10's network; solve for a row at a time and you "
            "have ALS. **W and U of matrix factorization are two embedding tables.**"
        )
        frame.show_card(nn.lookup_back)
    with st.expander("The one-hot row in code"):
        frame.show_card(nn.one_hot, "a csr row stores its single 1, not its zeros")


def _costs() -> None:
    st.subheader("What the product costs, in multiplications", anchor=False)
    films = runs.dataset("ml-small").R
    k = 10
    tables = {
        f"These people, k = {WIDTH}": (len(corpus.PEOPLE), WIDTH),
        f"The films of MovieLens small, k = {k}": (films.M, k),
        f"The users of the notes' data, k = {k}": (storage.NOTES.N, k),
    }
    st.table(
        pd.DataFrame(
            {
                "Table": list(tables),
                "One-hot row times W": [f"{V * width:,}" for V, width in tables.values()],
                "Look-up": ["0"] * len(tables),
            }
        ),
        border="horizontal",
        hide_index=True,
    )
