"""The home page: what this is, a picture of it, and where to start."""

import numpy as np
import streamlit as st

from mfapp import frame, runs
from mfcore import als
from mfview.chapters import CHAPTERS
from mfview.figures import microscope

frame.start_home()
st.title("Matrix factorization, step by step", anchor=False)
st.header(
    "A table of ratings full of holes, written as the product of two thin tables. "
    "Here you can watch it happen, one small equation at a time, on numbers that you can check.",
    anchor=False,
)

tiny = runs.dataset("tiny")
s = runs.fitted(tiny, als.Config(k=2, lam=0.3, biases=False), T=20, seed=0)
every = als.predict(s, *np.ogrid[: tiny.R.N, : tiny.R.M])
widest = max(abs(s.W).max(), abs(s.U).max())
frame.show(microscope.tables(tiny.R, s.W, s.U, every, tiny.films.titles, widest, None, frame.palette()), "product")

frame.note(
    "Bold: a rating that somebody gave. Small: what the product W Uᵀ says of the same cell. Grey: a hole; "
    "the product fills it all the same, and that is a recommendation."
)
st.markdown(
    "The equation on the page, the code beside it and the code that trains 20 million ratings in seconds are the "
    "same thing, and every line of every derivation is checked on the numbers in view."
)
st.header("Where to start", anchor=False)
st.markdown(
    "Chapter 01, if ratings and holes are new to you. To see the tables above being solved, go to 03 and press Step."
)
cards = st.grid(min_column_width=240)
for chapter in CHAPTERS:
    with cards.container(border=True, height="stretch"):
        st.page_link(chapter.page, label=f"**{chapter.number:02d} · {chapter.title}**", icon=chapter.icon)
        st.markdown(chapter.question)

st.header("How to read a page", anchor=False)
st.markdown(
    """
- **From the top.** First the question, then a picture that answers it. Most of a page needs no click.
- **Then turn one thing.** k, λ, sweeps and seed have the same name and place on every page.
- **Send what you see.** The address of the page holds its whole state: whoever opens the link sees your picture.
- **Take it with you.** Each chapter has a lesson in Jupyter, with the same equations, figures and exercises.
"""
)
frame.note(runs.dataset("ml-small").films.credit)
