"""How sure the model is, of whom, and whether it is right to be: a user's films, coverage, and width by ratings."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import bayesian, controls, frame, quiz, state
from mfapp.bayesian import Asked
from mfcore import Ratings, als, calibration, chain, metrics
from mfcore.chain import Draw, Plan
from mfcore.predictive import Predictive
from mfview import labels
from mfview.figures import calibrated
from mfview.figures import posterior as figures

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TOLD = (0.5, 0.8, 0.95)
SHARE = state.Param("share", "Interval", "With what probability a rating should lie inside.")
HELD_OUT, UNSEEN = 8, 4  # films shown of those held out; of the busiest and of the sparsest that were not rated
FILMS = state.Param(
    "films", "Films of your choice", "These in place of some that were held out and some that were not."
)
MOST = 20


def films() -> None:
    """The view: intervals of one user's films, held-out ones with their ratings."""
    ask = bayesian.asked()
    st.markdown(
        "The same user, many films. Blue is doubt about r̂: wide where the film, or the user, has few ratings. Orange "
        "adds the noise, which is the same for all. Crosses are ratings that were held out."
    )
    words = {f"{each:.0%}": each for each in TOLD}
    share = words[controls.choose(SHARE, list(words), "80%")]
    own = _choice(ask)
    bayesian.follow(ask, lambda plan, draws: _films(ask, share, own, plan, draws), own)
    quiz.ask("08-which-wider")


def _choice(ask: Asked) -> list[int]:
    """The films chosen by name, the most rated offered first; none, and the view chooses."""
    counts, titles = ask.ds.R.items_counts, ask.ds.labels
    number = {label: j for j, label in enumerate(titles)}
    asked = st.query_params.get_all(FILMS.key)
    unknown = [name for name in asked if name not in number]
    if unknown:
        state.refuse(FILMS, unknown[0], "no film of these data has that name", "the others")
    frequent = [titles[j] for j in np.argsort(-counts, kind="stable")[: controls.MOST_OPTIONS]]
    held = st.session_state.get(FILMS.key) or []
    options = [*dict.fromkeys([*frequent, *(name for name in [*asked, *held, ask.film] if name in number)])]
    if FILMS.key in st.session_state:
        st.session_state[FILMS.key] = [name for name in held if name in number]
    chosen = st.multiselect(
        FILMS.label,
        options,
        key=FILMS.key,
        help=FILMS.help,
        max_selections=MOST,
        placeholder="The view chooses some",
        bind="query-params",
    )
    return [number[name] for name in chosen]


def _films(ask: Asked, share: float, own: Sequence[int], plan: Plan, draws: Sequence[Draw]) -> None:
    counted = bayesian.after_burn_in(plan, draws)
    if not counted:
        return
    train, test = ask.parts
    items = np.array(plan.items)
    held, given = test.of_user(ask.i)
    order = items[np.argsort(-train.items_counts[items], kind="stable")]
    unseen = order[~np.isin(order, np.append(train.Psi(ask.i), held))]
    some = [*held[np.isin(held, items)][:HELD_OUT], *unseen[:UNSEEN], *unseen[-UNSEEN:], ask.j]
    chosen = list(dict.fromkeys(int(j) for j in own or some))
    seen = chain.predictive(counted, plan.users.index(ask.i), [plan.items.index(j) for j in chosen])
    rated = dict(zip(held.tolist(), given.tolist(), strict=True))
    ratings = np.array([rated.get(j, np.nan) for j in chosen])
    names = [f"{labels.short(ask.ds.labels[j], 20)} · {train.items_counts[j]}" for j in chosen]
    ends = seen.interval(share)
    fig = figures.intervals(names, seen.mean, seen.doubt, ends, ratings, share, frame.palette())
    frame.show(fig, "intervals")
    sure, unsure = chosen[int(np.argmin(seen.doubt))], chosen[int(np.argmax(seen.doubt))]
    st.markdown(
        f"User {labels.markdown(ask.ds.R.user_ids[ask.i])} gave "
        f"{labels.counted(int(train.users_counts[ask.i]), 'training rating')}. Least doubt, ±{seen.doubt.min():.2f} "
        f"stars, is about **{labels.markdown(ask.ds.labels[sure])}** "
        f"({labels.counted(int(train.items_counts[sure]), 'rating')}); most, ±{seen.doubt.max():.2f}, about "
        f"**{labels.markdown(ask.ds.labels[unsure])}** ({labels.counted(int(train.items_counts[unsure]), 'rating')})."
    )
    frame.note(
        "Beside each title: how many training ratings the film has. A film without a cross was not rated, or was "
        "learnt from."
    )


def word() -> None:
    """The view: coverage of intervals on test ratings, and widths by the number of training ratings."""
    ask = bayesian.asked(pair=False)
    st.markdown(
        "An 80% interval makes a promise: of ten ratings, eight will lie inside. Held-out ratings can be counted. "
        "A model that gives one number can promise too, by its training error; it has learnt those ratings, and "
        "promises too much."
    )
    bayesian.follow(ask, lambda plan, draws: _kept_word(ask, plan, draws))
    quiz.ask("08-noise-stays")
    with st.expander("The equation and the code"):
        frame.show_card(calibration.covered)


def _kept_word(ask: Asked, plan: Plan, draws: Sequence[Draw]) -> None:
    seen = chain.last_look(bayesian.after_burn_in(plan, draws))
    if seen is None:
        return
    train, test = ask.parts
    by_map = promised(ask.point, train, test)
    bayes, point = calibration.curve(seen, test.r, SHARES), calibration.curve(by_map, test.r, SHARES)
    told = [
        f"{share:.0%} intervals hold **{bayes[n]:.1%}** of {test.n:,} test ratings (MAP's {point[n]:.1%})"
        for n, share in ((SHARES.index(share), share) for share in TOLD)
    ]
    st.markdown(f"{'; '.join(told)}.")
    left, right = st.columns(2)
    with left:
        frame.show(calibrated.coverage(SHARES, bayes, point, frame.palette()), "coverage")
    with right:
        of_films = calibration.by_count(seen, train.items_counts[test.j])
        frame.show(calibrated.widths(of_films, "film", frame.palette()), "by_film")
    of_users = calibration.by_count(seen, train.users_counts[test.i])
    left, right = st.columns(2)
    with left:
        frame.show(calibrated.widths(of_users, "user", frame.palette()), "by_user")
    with right:
        st.markdown(_who(of_users, of_films, _alike(seen, train, test)))
        frame.note(
            "A rating counts as held where its number lies between the two ends. Stars come in steps, the Gaussian "
            "does not know that; the curve says what it costs."
        )


def _alike(seen: Predictive, train: Ratings, test: Ratings) -> float:
    """The doubt, in stars, of all users but the busiest group about films as rarely rated as those that group rates."""
    users, films = train.users_counts[test.i], train.items_counts[test.j]
    busiest = users >= calibration.by_count(seen, users)[-1].least
    squares, weights = [], []
    for group in calibration.by_count(seen, films):
        inside = (films >= group.least) & (films <= group.most)
        if (inside & ~busiest).any():
            squares.append(float(np.mean(seen.doubt[inside & ~busiest] ** 2)))
            weights.append(int(np.sum(inside & busiest)))
    return float(np.sqrt(np.average(squares, weights=weights))) if sum(weights) else float("nan")


def _who(users: Sequence[calibration.Group], films: Sequence[calibration.Group], alike: float) -> str:
    """Who is uncertain: in words, from the two sets of groups. alike: as `_alike`."""
    lowest, last = min(users, key=lambda g: g.doubt), users[-1]
    busiest = ""
    if last.doubt > 1.1 * lowest.doubt:
        theirs = (
            "so it is the films" if alike > 0.95 * last.doubt else "so that is part of it; the rest is theirs alone"
        )
        busiest = (
            f" Predictions for the busiest users, {last.least:,} ratings and more, are in doubt again "
            f"(±{last.doubt:.2f}). They rate films that hardly anybody else has seen: about films as rarely rated, the "
            f"doubt of all others is ±{alike:.2f}, {theirs}."
        )
    return (
        f"**Who is uncertain, and why?** Doubt about films with at most {films[0].most} ratings is "
        f"±{films[0].doubt:.2f} stars, about those with {films[-1].least:,} or more ±{films[-1].doubt:.2f}. Among "
        f"users it falls from ±{users[0].doubt:.2f} to ±{lowest.doubt:.2f}.{busiest} Noise does not shrink: "
        "two evenings with the same film would differ by as much."
    )


def promised(s: als.State, train: Ratings, test: Ratings) -> Predictive:
    """A point as if it knew its own error: one draw, and the mean squared training error for noise."""
    missed = metrics.mse(als.predict(s, train.i, train.j), train.r)
    return Predictive.of(test.i, test.j).add(als.predict(s, test.i, test.j), 1 / missed)
