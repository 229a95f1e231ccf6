"""One rating as a distribution: draws arriving one by one, their histogram, and the one number of MAP beside it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import bayesian, frame, quiz
from mfapp.bayesian import Asked
from mfcore import als, bpmf, chain, diagnostics
from mfcore.chain import Draw, Plan
from mfcore.ratings import Floats
from mfview import labels
from mfview.figures import posterior as figures

SHARE = 0.8
EARLY, GROUP = 10, 10  # draws after which a first look is taken; users in a group


def view() -> None:
    """The view: the picture of one pair, what it says in words, and the equations behind it."""
    ask = bayesian.asked()
    st.markdown(
        "A fit gives one number. Bayes gives as many as you ask for: each sweep draws all vectors, all biases, their "
        "priors and the noise afresh, from what the ratings leave possible. **Press ▶ and watch them arrive, the first "
        "twenty one by one.**"
    )
    bayesian.follow(ask, lambda plan, draws: _picture(ask, plan, draws))
    quiz.ask("08-more-draws")
    with st.expander("One sweep: the equations and the code"):
        st.markdown("Every block is drawn given all others. For films, exchange the two sides of the table.")
        for update in (bpmf.update_prior_W, bpmf.update_W, bpmf.update_alpha):
            frame.show_card(update)


def _picture(ask: Asked, plan: Plan, draws: Sequence[Draw]) -> None:
    counted = bayesian.after_burn_in(plan, draws)
    if not counted:
        return
    user, film = plan.users.index(ask.i), plan.items.index(ask.j)
    r = chain.predicted(counted, user, [film])[:, 0]
    seen = chain.predictive(counted, user, [film])
    sigma = np.array([draw.alpha for draw in counted]) ** -0.5
    point, (given, where) = float(als.predict(ask.point, ask.i, ask.j)), _given(ask)
    low, high = (float(end[0]) for end in seen.interval(SHARE))
    train, _ = ask.parts
    st.markdown(
        f"**r̂ = {seen.mean[0]:.2f} ± {seen.doubt[0]:.2f} stars** after {labels.counted(seen.draws, 'draw')}: that is "
        f"doubt, which more ratings would reduce. Ratings also scatter, by σ = {seen.noise**0.5:.2f}, whatever is "
        f"known. Together: with probability {SHARE:.0%} the rating lies **between {low:.1f} and {high:.1f}**. {where} "
        f"MAP at λ = {ask.lam:g} says {point:.2f}, and no more."
    )
    whose = f"User {ask.ds.R.user_ids[ask.i]} and {labels.short(ask.film, 34)}"
    frame.show(figures.one_rating(r, sigma, point, given, frame.palette(), whose=whose), "one_rating")
    frame.note(
        f"Learnt from {labels.counted(int(train.users_counts[ask.i]), 'rating')} of this user and "
        f"{int(train.items_counts[ask.j]):,} of this film. Blue is the prediction, orange a rating: as many of them as "
        "there will be draws. The mean's error is its standard error, at the draws' effective number (view *Chains*)."
    )
    _sharpening(ask, plan, counted, r)


def _sharpening(ask: Asked, plan: Plan, counted: Sequence[Draw], r: Floats) -> None:
    """What becomes sharper with draws, and what with ratings."""
    if len(r) < 2 * EARLY:
        return
    train, _ = ask.parts
    users = [place for place, i in enumerate(plan.users) if train.users_counts[i]]
    if len(users) < 2 * GROUP or plan.users.index(ask.i) not in users:
        return
    film = plan.items.index(ask.j)
    counts = train.users_counts[[plan.users[place] for place in users]]
    doubt = chain.predicted_to_all(counted, film).std(axis=0)[users]
    order = np.argsort(counts, kind="stable")
    few, many = (float(doubt[part].mean()) for part in (order[:GROUP], order[-GROUP:]))
    then, now = (diagnostics.mc_error(part[None]) for part in (r[:EARLY], r))
    wide, told = f"±{r[:EARLY].std():.2f} then, ±{r.std():.2f} now", f"; {EARLY} draws tell their width only roughly"
    scatter = f"as before: {wide}" if np.isclose(r[:EARLY].std(), r.std(), rtol=0.25) else f"by {wide}{told}"
    st.header("What makes it sharper?", anchor=False)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        at = users.index(plan.users.index(ask.i))
        fig = figures.by_count(counts, doubt, at, labels.short(ask.film, 24), frame.palette())
        frame.show(fig, "by_count")
    with right:
        st.markdown(
            f"**Draws sharpen the estimate.** The mean of {EARLY} draws may be off by ±{then:.3f} stars, that of "
            f"{len(r)} by ±{now:.3f}. The draws themselves scatter {scatter}. That is the posterior, and no number of "
            "draws makes it narrower.\n\n"
            f"**Ratings {'sharpen' if many < few else 'need not sharpen'} the posterior.** The same film, of "
            f"{labels.counted(int(train.items_counts[ask.j]), 'rating')}, and other users of the same chain: "
            f"±{few:.2f} on average for the {GROUP} with fewest ratings "
            f"({counts[order[0]]:,}–{counts[order[GROUP - 1]]:,}), ±{many:.2f} for the {GROUP} with most "
            f"({counts[order[-GROUP]]:,}–{counts[order[-1]]:,}). No two users are alike: the points scatter."
        )


def _given(ask: Asked) -> tuple[float | None, str]:
    """The pair's rating, if there is one, and where it stands."""
    for part, said in zip(ask.parts, ("was learnt from", "was held out"), strict=True):
        j, r = part.of_user(ask.i)
        if ask.j in j:
            rating = float(r[j == ask.j][0])
            return rating, f"The rating is {rating:g}; it {said}."
    return None, "This film was not rated."
