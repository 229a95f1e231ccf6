"""From sentences to vectors, and arithmetic with them: counts, PPMI, W C^T, king − man + woman (notes §13)."""

import numpy as np
import streamlit as st

from mfapp import controls, embeddings, frame, quiz, state
from mfapp.embeddings import Corpus
from mfcore import lowrank, words
from mfcore.data import corpus
from mfcore.ratings import Floats
from mfview.figures import arithmetic as drawn
from mfview.figures import embeddings as figures
from mfview.figures import shares

WHICH = state.Param("columns", "Columns")
PEOPLE, EVERY = "the eight people", "all words"
A, B, C = (state.Param(letter, f"{letter}") for letter in "abc")
KING = ("king", "man", "woman")
PICKED = (*corpus.PEOPLE, "he", "she", "his", "her")
KS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20)
SHOWN = 4  # sentences on the page
ANSWERS = 8


def table() -> None:
    """The view: a few sentences, the counts, PPMI, and how much of it two tables of k columns keep."""
    made, size, window, k, _ = embeddings.asked()
    st.markdown(
        f"{size:,} sentences from a small grammar with {len(made.ids)} words. Nobody tells the counts what a queen is. "
        "All they see is which words stand near each other."
    )
    st.markdown("\n".join(f"- {_marked(sentence, window)}" for sentence in _with_people(made)))
    frame.note(f"Bold: a person. Italic: the neighbours within {window} {'word' if window == 1 else 'words'} of it.")
    if quiz.ask("09-ppmi"):
        frame.note("Below, the same for every pair.")
    which = controls.choose(WHICH, (PEOPLE, EVERY), PEOPLE)
    _tables(made, which)
    s = _spectrum(made)
    kept = lowrank.energy(s, float((s**2).sum()))[k - 1]
    st.markdown(
        "The counts mostly say which words are frequent. **PPMI asks how much more often than by chance**: frequent "
        "words that go with everybody fade, and what tells people apart stays. It is a matrix, so factorize it: **two "
        f"tables of {k} columns keep {kept:.0%} of its energy**, and the rows of W are the words' vectors. No cell is "
        "missing here, since a 0 says something too (never together more than by chance), so unlike R with its holes "
        "(E9) it can be left to SVD. Levy and Goldberg (2014) showed that word2vec's network factorizes a table of "
        "this kind too."
    )
    with st.expander("The equations and the code"):
        frame.show_card(words.cooccurrences)
        frame.show_card(words.ppmi)
        frame.show_card(words.embedded)


def _tables(made: Corpus, which: str) -> None:
    names = made.names
    rows = [made.ids[name] for name in (_context(made) if which == PEOPLE else _ordered(made))]
    columns = [made.ids[name] for name in corpus.PEOPLE] if which == PEOPLE else rows
    left, right = st.columns(2)
    for column, X, title, what in (
        (left, made.n, "Counts n", "count"),
        (right, made.P, "PPMI", "PPMI"),
    ):
        with column:
            fig = figures.table(
                X[np.ix_(rows, columns)],
                [names[q] for q in rows],
                [names[q] for q in columns],
                frame.palette(),
                title=title,
                what=what,
            )
            frame.show(fig, title)
    frame.note(
        ("A dot: 0, or nearly. " if which == PEOPLE else "Columns are the same words in the same order as rows. ")
        + "The tables are symmetric; rows are neighbours, the most telling first."
    )


def _context(made: Corpus) -> list[str]:
    near = made.n[[made.ids[name] for name in corpus.PEOPLE]].sum(axis=0)
    return [name for name in _ordered(made) if name not in corpus.PEOPLE and near[made.ids[name]]]


def _ordered(made: Corpus) -> list[str]:
    """All words: the people, then those that tell them apart, then the rest by frequency."""
    telling = [name for kind in corpus.kinds().values() for name in kind if name in made.ids]
    return [*dict.fromkeys([*corpus.PEOPLE, *telling, *made.names])]


def _with_people(made: Corpus) -> list[corpus.Sentence]:
    seen = dict.fromkeys(sentence for sentence in made.sentences if set(sentence) & set(corpus.PEOPLE))
    return list(seen)[:SHOWN]


def _marked(sentence: corpus.Sentence, window: int) -> str:
    at = next(t for t, word in enumerate(sentence) if word in corpus.PEOPLE)
    return " ".join(
        f"**{word}**" if t == at else f"*{word}*" if abs(t - at) <= window else word for t, word in enumerate(sentence)
    )


def _spectrum(made: Corpus) -> Floats:
    """The singular values of PPMI: the squared lengths of W's columns."""
    s: Floats = (made.tables.W**2).sum(axis=0)
    return s


def arithmetic() -> None:
    """The view: a − b + c drawn, the nearest words with the given ones and without, and all planted analogies."""
    made, size, window, k, seed = embeddings.asked()
    a, b, c = three()
    W = made.tables.W[:, :k]
    i, j, m = (made.ids[word] for word in (a, b, c))
    found, cosines = words.analogy(W, i, j, m, ANSWERS, exclude=False)
    answer, at = words.analogy(W, i, j, m, 1)
    names = made.names
    best = names[answer[0]]
    winner = names[found[0]]
    st.markdown(
        f"**{a} − {b} + {c} = {best}**, at a cosine of {at[0]:.2f}, with the three given words left out. "
        + (
            "Left in, it would still have won."
            if winner == best
            else f"Left in, **{winner}** would have won: the sum moved, but not far enough from where it began. "
            "Leaving the three out is a rule of the game, and should always be stated."
        )
    )
    left, right = st.columns([3, 2])
    with left:
        seen = words.seen_from(W, i, j, m)
        people = [made.ids[name] for name in corpus.PEOPLE]
        fig = drawn.parallelogram(seen, drawn.Corners(i, j, m, int(answer[0])), names, people, frame.palette())
        frame.show(fig, "parallelogram")
    with right:
        given = [int(q) in (i, j, m) for q in found]
        fig = drawn.ranked(
            [names[q] for q in found], cosines, given, frame.palette(), title="Nearest to a − b + c, nobody left out"
        )
        frame.show(fig, "ranked")
    target = words.target(W, i, j, m)
    frame.note(
        f"Three points always lie in a plane, and so does a − b + c. {best.capitalize()} need not: it is "
        f"{np.linalg.norm(W[answer[0]] - target):.2f} from the orange tip and {seen.off[answer[0]]:.2f} out of the "
        f"plane; the arrow is {np.linalg.norm(W[i] - W[j]):.2f} long."
    )
    _all(made, size, window, k, seed)
    with st.expander("The equations and the code"):
        frame.show_card(words.target)
        frame.show_card(words.analogy)


def three() -> tuple[str, str, str]:
    """The words a, b and c that the reader picked."""
    a, b, c = (_word(*of) for of in zip((A, B, C), KING, st.columns(3), strict=True))
    return a, b, c


def _word(param: state.Param, default: str, column: "st.delta_generator.DeltaGenerator") -> str:
    with column:
        return controls.choose(param, PICKED, default, "list")


def _all(made: Corpus, size: int, window: int, k: int, seed: int) -> None:
    st.header("All of them", anchor=False)
    planted = made.quadruples()
    W = made.tables.W[:, :k]
    out, inside = (words.share_right(W, planted, exclude) for exclude in (True, False))
    st.markdown(
        f"The grammar planted {len(planted)} analogies. At k = {k} and a window of {window}, **{out:.0%} come out "
        f"right** if the three given words are left out, and {1 / (len(made.ids) - 3):.0%} by picking a word at random."
    )
    defaults = (embeddings.START, embeddings.REACH, embeddings.K, 0)
    told = quiz.told("09-left-in", at_start=(size, window, k, seed) == defaults)
    p = frame.palette()
    left, right = st.columns(2)
    by_k = [_shares(size, window, seed, q) for q in KS]
    by_window = [_shares(size, h, seed, k) for h in range(1, embeddings.FARTHEST + 1)]
    for column, x, found, title, along, here in (
        (left, KS, by_k, "More dimensions", "k", k),
        (right, range(1, embeddings.FARTHEST + 1), by_window, "A wider window", "h", window),
    ):
        curves = [
            shares.Curve("given words left out", [share[0] for share in found], p.highlight),
            shares.Curve("left in", [share[1] for share in found], p.neutral, "dot", "square"),
        ]
        with column:
            shown = curves if told else curves[:1]
            fig = shares.shares(list(x), shown, p, title=title, along=along, y="% of analogies right", at=here)
            frame.show(fig, title)
    if told:
        st.markdown(f"If the given words may be the answer, **{inside:.0%}** come out right.")
    st.markdown(
        "Three features would fit into three dimensions. But the first singular vectors go to what is loudest in the "
        "table, the slots of the sentences and the weather; royal, female and young come later. And with a window of 1 "
        "a name sees only its adjective and its verb: it learns its age, and the other analogies are right only where "
        "the rule excludes every other word."
    )


@st.cache_data(show_spinner=False, max_entries=512)
def _shares(size: int, window: int, seed: int, k: int) -> tuple[float, float]:
    made = embeddings.build(size, window, seed)
    W, planted = made.tables.W[:, :k], made.quadruples()
    return words.share_right(W, planted), words.share_right(W, planted, exclude=False)
