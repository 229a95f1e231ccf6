"""Why sums of words work, line by line on the counts in view (notes §13)."""

import streamlit as st

from mfapp import derivation, embeddings, embeddings_words
from mfcore import words
from mfview import derivations
from mfview.derivations import words as lines


def view() -> None:
    """The view: three words, what they add up to, and every line with its check."""
    made, _, _, k, _ = embeddings.asked()
    a, b, c = embeddings_words.three()
    i, j, m = (made.ids[word] for word in (a, b, c))
    answer = int(words.analogy(made.tables.W[:, :k], i, j, m, 1)[0][0])
    st.markdown(
        f"Each line follows from those above it and is checked on the counts in view, with a = {a}, b = {b}, c = {c} "
        f"and d = {made.names[answer]}, which is the answer at k = {k}."
    )
    derivation.show(derivations.check(lines.LINES, lines.at(made.n, k, (i, j, m, answer))))
