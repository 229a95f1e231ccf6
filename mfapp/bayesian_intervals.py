"""How sure the model is, of whom, and whether it is right to be: a user's films, coverage, and width by ratings."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import bayesian, controls, frame, quiz, state
from mfapp.bayesian import Asked
from mfcore import Ratings, als, calibration, chain, metrics, pmf
from mfcore.chain import Draw, Plan
from mfcore.predictive import Predictive
from mfview import labels
from mfview.figures import calibrated
from mfview.figures import posterior as figures

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TOLD = (0.5, 0.8, 0.95)
SHARE = state.Param("share", "Interval", "With what probability a rating should lie inside.")
CLEAR = 1.1  # how many times as large a doubt must be to be called larger
HELD_OUT, UNSEEN = 8, 4  # films shown of those held out; of the busiest and of the sparsest that were not rated
FILMS = state.Param(
    "films", "Films of your choice", "Show these films instead of the default mix of held-out and other films."
)
MOST = 20


def films() -> None:
    """The view: intervals of one user's films, held-out ones with their ratings."""
    ask = bayesian.asked()
    st.markdown(
        "The same user, many films. Blue is doubt about r̂, which more ratings of the film or of the user would reduce. "
        "Orange adds the noise, which is the same for all. Crosses are ratings that were held out."
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
    known = [*dict.fromkeys(name for name in asked if name in number)]
    if len(known) > MOST:
        state.refuse(FILMS, known[MOST], f"no more than {MOST} films are shown at a time", f"the first {MOST}")
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
        placeholder="A default mix",
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
        "An 80% interval makes a promise: of ten ratings, eight will lie inside. Held-out ratings show whether they "
        "do. A single prediction can be given an interval too, from its training error. But it was fitted to those "
        "ratings, so the interval is too narrow."
    )
    bayesian.follow(ask, lambda plan, draws: _kept_word(ask, plan, draws))
    quiz.ask("08-noise-stays")
    quiz.ask("08-interval")
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
            "A rating counts as inside if its number lies between the two ends. Stars come in steps, which the "
            "Gaussian does not know; the curve shows what that costs."
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
    return (
        f"**Who is uncertain, and why?** {_of_films(films[0], films[-1])} {_of_users(users, alike)} Noise does not "
        "shrink: the same film rated on two evenings would differ by as much."
    )


def _of_films(few: calibration.Group, many: calibration.Group) -> str:
    """Doubt about the films with fewest and with most ratings, and whether ratings seem to reduce it."""
    if few == many:
        return f"The films' numbers of ratings are too much alike to be told apart: doubt is ±{few.doubt:.2f} stars."
    less = "ratings reduce it" if few.doubt > CLEAR * many.doubt else "here more ratings go with hardly less doubt"
    return (
        f"Doubt about films with at most {few.most} ratings is ±{few.doubt:.2f} stars, about those with "
        f"{many.least:,} or more ±{many.doubt:.2f}: {less}."
    )


def _of_users(users: Sequence[calibration.Group], alike: float) -> str:
    """Doubt from the users with fewest ratings to the busiest, and what the busiest users' films have to do with it."""
    first, lowest, last = users[0], min(users, key=lambda g: g.doubt), users[-1]
    if first == last:
        return f"The users' numbers of ratings are too much alike to be told apart: doubt is ±{last.doubt:.2f}."
    falls, rises = (end.doubt > CLEAR * lowest.doubt for end in (first, last))
    told = (
        f"Among users it falls from ±{first.doubt:.2f} to ±{lowest.doubt:.2f}."
        if falls
        else f"Among users with few ratings and with many it is ±{first.doubt:.2f} and ±{last.doubt:.2f}."
    )
    if not rises:
        return told
    told += f" Predictions for the busiest users, {last.least:,} ratings and more, are more uncertain "
    told += f"{'again ' if falls else ''}(±{last.doubt:.2f})."
    if np.isnan(alike):
        return told
    theirs = (
        "so it is the films"
        if alike > 0.95 * last.doubt
        else "so the films are part of it; the rest is theirs alone"
        if alike > lowest.doubt
        else "so it is not the films"
    )
    return f"{told} For films as rare as theirs, all other users' doubt is ±{alike:.2f}, {theirs}."


def promised(s: als.State, train: Ratings, test: Ratings) -> Predictive:
    """A point as if it knew its own error: one draw, and the mean squared training error for noise.

    No less noise than `pmf.least_sigma` allows: a fit may miss no training rating at all.
    """
    missed = max(metrics.mse(als.predict(s, train.i, train.j), train.r), pmf.least_sigma(train) ** 2)
    return Predictive.of(test.i, test.j).add(als.predict(s, test.i, test.j), 1 / missed)
