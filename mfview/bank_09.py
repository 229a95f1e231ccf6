"""Questions of chapter 9: what a look-up costs and learns, what PPMI says, what arithmetic proves (notes §13)."""

from functools import cache

import numpy as np

from mfcore import als, data, fit, nearness, nn, words
from mfcore.data import corpus
from mfview.question import Mistake, Question

V, K = 1000, 10
BATCH = (3, 1, 3, 7)
TOGETHER, FIRST, SECOND, ALL = 20, 100, 200, 4000
SENTENCES, WINDOW, WIDTH = 2000, 4, 10


@cache
def _rows() -> float:
    """How many rows of a table get a slope other than 0 from a batch of look-ups."""
    slopes = nn.lookup_back(np.ones((len(BATCH), K)), np.array(BATCH), V)
    return float(np.count_nonzero(slopes.any(axis=1)))


@cache
def _together() -> float:
    """PPMI of two words, out of a table of counts with these sums."""
    n = np.zeros((3, 3), np.int64)
    n[0, 1] = n[1, 0] = TOGETHER
    n[0, 2] = n[2, 0] = FIRST - TOGETHER
    n[1, 2] = n[2, 1] = SECOND - TOGETHER
    n[2, 2] = ALL - n.sum()
    return float(words.ppmi(n)[0, 1])


@cache
def _shares() -> tuple[float, float]:
    """Planted analogies that come out right: without the given words, and with them."""
    said = corpus.sentences(SENTENCES)
    ids = words.vocabulary(said)
    W = words.embedded(words.ppmi(words.cooccurrences(said, ids, WINDOW)), WIDTH).W
    planted = [(ids[a], ids[b], ids[c], ids[d]) for a, b, c, d in corpus.analogies()]
    return words.share_right(W, planted), words.share_right(W, planted, exclude=False)


@cache
def _left_in() -> str:
    out, inside = _shares()
    return "fewer" if inside < out else "same" if inside == out else "more"


@cache
def _films() -> nearness.Score:
    """Sums of real films, scored."""
    R, films = data.load("ml-small")
    j = np.flatnonzero(R.items_counts >= 20)
    genres = sorted({name for q in j for name in films.genres[q]})
    has = np.array([[name in films.genres[q] for name in genres] for q in j], bool)
    U = fit(als, R, als.Config(k=K, lam=10.0, joint=True), T=10).U[j]
    return nearness.scored(U, has, nearness.analogies(has, 150, np.random.default_rng(0)))


def _answer_films() -> str:
    score = _films()
    return "hardly" if score.arithmetic < 0.25 else "half" if score.arithmetic < 0.7 else "nearly-all"


QUESTIONS = (
    Question(
        "09-one-hot",
        "embeddings",
        f"A table has $V = {V}$ rows and $k = {K}$ columns. How many multiplications does a one-hot row times this "
        "table take, if the zeros are multiplied like any other number?",
        lambda: float(V * K),
        lambda: (
            f"Each of the {V:,} entries meets a row of {K} numbers: {V:,} · {K} = {V * K:,}, all but {K} of them by 0. "
            "The look-up takes none."
        ),
        (
            "The one-hot row has one entry for every row of the table.",
            f"Each entry is multiplied by all {K} numbers of its row.",
            f"${V} \\cdot {K}$.",
        ),
        (
            Mistake(lambda: float(K), "Those are the ones that matter. The product does not know which they are."),
            Mistake(lambda: float(V), f"One for every row would do if rows were single numbers. They have {K}."),
            Mistake(lambda: 0.0, "That is the look-up. The product was asked for."),
        ),
        tolerance=0.0,
    ),
    Question(
        "09-rows-learn",
        "embeddings",
        f"A batch looks up the ids {', '.join(map(str, BATCH))} in a table of {V:,} rows. How many rows does the "
        "gradient step change?",
        _rows,
        lambda: f"The different ids: {_rows():.0f} rows. The one that was looked up twice gets the sum of both slopes.",
        (
            "A row that took no part in the prediction has no influence on J.",
            "One of the ids occurs twice.",
            "Count the different ids.",
        ),
        (
            Mistake(lambda: float(len(BATCH)), "One id occurs twice, and its two slopes go to the same row."),
            Mistake(lambda: float(V), "The other rows were multiplied by 0: J does not feel them."),
        ),
        tolerance=0.0,
    ),
    Question(
        "09-ppmi",
        "embeddings",
        f"A table of counts sums to {ALL:,}. The row of *queen* sums to {FIRST}, that of *palace* to {SECOND}, and "
        f"{TOGETHER} times the two words stood together. What is their PPMI, in natural logarithms?",
        _together,
        lambda: (
            f"By chance {FIRST}·{SECOND}/{ALL:,} = {FIRST * SECOND / ALL:g} meetings are expected; {TOGETHER} is "
            f"{TOGETHER * ALL / (FIRST * SECOND):g} times as many, and $\\log {TOGETHER * ALL / (FIRST * SECOND):g} = "
            f"{_together():.3f}$."
        ),
        (
            "How often would they meet if they had nothing to do with each other?",
            f"$p_i\\,p_j\\,n = {FIRST} \\cdot {SECOND} / {ALL}$ meetings are expected.",
            f"The logarithm of {TOGETHER} over that.",
        ),
        (
            Mistake(lambda: TOGETHER * ALL / (FIRST * SECOND), "That is the ratio. PPMI is its logarithm."),
            Mistake(lambda: float(np.log2(TOGETHER * ALL / (FIRST * SECOND))), "That is the logarithm of base 2."),
            Mistake(lambda: float(np.log10(TOGETHER * ALL / (FIRST * SECOND))), "That is the logarithm of base 10."),
            Mistake(
                lambda: float(np.log(TOGETHER / ALL)), "That is $\\log p_{ij}$. Divide by what chance gives, first."
            ),
        ),
    ),
    Question(
        "09-left-in",
        "embeddings",
        f"{SENTENCES:,} sentences, a window of {WINDOW}, k = {WIDTH}. The rule is that the three given words "
        "may not be the answer. If they may, how many of the planted analogies still come out right?",
        _left_in,
        lambda: (
            f"{_shares()[0]:.0%} come out right if they are left out, {_shares()[1]:.0%} if not. Where the step b → a "
            "is short, a − b + c stays nearest to c; where c − b is, to a."
        ),
        (
            "Where does the sum start, and how long is the step that is added?",
            "A word can only win if no other is nearer; now there are three more to beat.",
            "More rivals can never help.",
        ),
        (
            Mistake(lambda: "same", "The given words are close to the sum. Some of them win."),
            Mistake(lambda: "more", "More rivals cannot help the right answer."),
        ),
        {"fewer": "Fewer than with the rule", "same": "Exactly as many", "more": "More than with the rule"},
    ),
    Question(
        "09-films",
        "embeddings",
        "Vectors of real films, trained on ratings. Film a has one more genre than b, and c lacks it. How often does "
        "a − b + c find a film with that genre and one of c's?",
        _answer_films,
        lambda: (
            f"In {_films().arithmetic:.0%} of 150 random sums; a random answer would be right in "
            f"{_films().chance:.0%}. With words from our grammar it works because the grammar put the features in."
        ),
        (
            "What would have to be true of tastes for genres to be directions?",
            "Planted films are sums of genres. Who says that real ones are?",
            "Chance alone finds about one in ten.",
        ),
        (
            Mistake(lambda: "nearly-all", "That is true of words whose features were planted, not of real films."),
            Mistake(lambda: "half", "Not even that: planted films get about that far."),
        ),
        {
            "hardly": "Hardly more often than by chance",
            "half": "About half of the time",
            "nearly-all": "Nearly always",
        },
    ),
)
