"""Chapter 9: an id picks a row; words from a factorized table of counts; king − man + woman; films near films."""

import streamlit as st

from mfapp import embeddings, embeddings_films, embeddings_proof, embeddings_sums, embeddings_words, frame, views

chapter = frame.start("embeddings")
st.latex(
    r"\begin{aligned} \mathrm{onehot}(i)\, W &= W_i \\"
    r"w_{\text{king}} - w_{\text{man}} + w_{\text{woman}} &\approx w_{\text{queen}} \end{aligned}\,"
)
WORDS = {"k": embeddings.K}
FILMS = {"k": embeddings_films.K, "lam": embeddings_films.LAM}
views.show(
    {
        "An id and its row": views.View(embeddings.row),
        "Words from sentences": views.View(embeddings_words.table, WORDS),
        "King − man + woman": views.View(embeddings_words.arithmetic, WORDS),
        "Films near films": views.View(embeddings_films.near, FILMS),
        "Film − film + film": views.View(embeddings_sums.view, FILMS),
        "Derivation": views.View(embeddings_proof.view, WORDS),
    }
)
frame.end(chapter)
