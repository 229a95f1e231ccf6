"""Factorization with biases (notes §7, 9; E2, E7): b_i, c_j, w_i, u_j and the joint solve, from J line by line."""

from dataclasses import dataclass

import numpy as np

from mfcore import als
from mfview.derivations import als_row, regression
from mfview.derivations.als_row import FILMS, At, Block, at
from mfview.derivations.step import Sides, Step

__all__ = ["Block", "at", "of"]

MISS = r"(r_{ij} - w_i^\top u_j - b_i - c_j - \mu)"


@dataclass(frozen=True, slots=True)
class _Letters:
    """What a user's derivations call things, and a film's."""

    vector: str
    bias: str
    neighbour: str
    over: str
    count: str
    who: str
    other_bias: str

    @property
    def total(self) -> str:
        return rf"\sum_{{{self.over}}}"


_USER = _Letters("w_i", "b_i", "u_j", r"j\in\Psi_i", r"|\Psi_i|", "user $i$", "c_j")
_FILM = _Letters("u_j", "c_j", "w_i", r"i\in\Omega_j", r"|\Omega_j|", "film $j$", "b_i")


def of(block: Block, cfg: als.Config) -> tuple[Step[At], ...]:
    """The lines from J to one unknown (notes §7), with λ's terms where cfg.lam > 0 (§9).

    block: "b", "c", "W", "U", or "Wb", "Uc" for a vector and its bias in one system.
    Raises ValueError without cfg.biases, or with cfg.weighted.
    """
    if not cfg.biases or cfg.weighted:
        raise ValueError("this is the derivation with biases: set biases=True, weighted=False")
    film = block in FILMS
    x, kind = (_FILM, FILMS[block]) if film else (_USER, block)
    rest = {"b": _bias, "W": _vector, "Wb": _together}[kind]
    return (*_opening(x, film, cfg.lam > 0), *rest(x, cfg.lam > 0))


def _opening(x: _Letters, film: bool, ridge: bool) -> tuple[Step[At], ...]:
    first = (
        Step(
            "Symmetry",
            r"J(R, W, U, b, c) = J(R^\top, U, W, c, b)",
            "Exchange users and films, $W$ and $U$, $b$ and $c$: the sum is the same. So a film's lines are a user's "
            "with the letters exchanged.",
            als_row.symmetry,
        )
        if film
        else Step(
            "Prediction",
            r"\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu",
            "$\\mu$ is the mean training rating, known before anything is solved. $b_i$ says how much kinder than "
            "that user $i$ is, $c_j$ how much better liked film $j$ is; §9 of the notes also writes $\\theta_i$ for "
            "$b_i$ (E7).",
            als_row.prediction,
        )
    )
    penalty = r" \\ &+ \lambda\big(\|W\|_F^2 + \|U\|_F^2 + \|b\|^2 + \|c\|^2\big)" if ridge else ""
    charge = ", and $\\lambda$ for every squared entry of $W$, $U$, $b$ and $c$" if ridge else ""
    return (
        first,
        Step(
            "Objective",
            rf"\begin{{aligned}} J ={{}} &\sum_{{(i,j)\in\Omega}} {MISS}^2{penalty} \end{{aligned}}",
            f"The squared error over the observed pairs{charge}. $\\mu$ is not charged: it is not solved for.",
            als_row.objective,
        ),
    )


def _own_terms(x: _Letters, own: str, what: str, mine: str) -> Step[At]:
    name = rf"J_{{{x.vector[-1]}}}({own})"
    return Step(
        "Own terms",
        rf"\begin{{aligned}} J &= {name} + \text{{terms without }} {own} \\ {name} &= {what}{mine} \end{{aligned}}",
        f"${own}$ occurs only in the ratings of {x.who}; all other unknowns are held fixed.",
        regression.own_terms,
    )


def _bias(x: _Letters, ridge: bool) -> tuple[Step[At], ...]:
    own, total = x.bias, x.total
    left = rf"(r_{{ij}} - w_i^\top u_j - {x.other_bias} - \mu)"
    mine, slope, extra = (
        (rf" + \lambda {own}^2", rf" + 2\lambda {own}", rf" + \lambda {own}") if ridge else ("", "", "")
    )
    below = x.count + (r" + \lambda" if ridge else "")
    notes = rf"\frac{{1}}{{{x.count}(1 + \lambda)}} {total} {left}"
    slip = Step(
        "Not what is written",
        rf"J_{{{x.vector[-1]}}}({own}) \le J_{{{x.vector[-1]}}}\Big({notes}\Big)",
        f"The notes write $1/({x.count}(1+\\lambda))$ (E2). That value is no lower on this $J$: it charges $\\lambda$ "
        f"once for every rating, while $J$ charges each bias once. Chapter 5 runs both side by side.",
        _slip,
    )
    return (
        _own_terms(x, own, rf"{total} {MISS}^2", mine),
        Step(
            "Gradient",
            rf"\frac{{\partial J}}{{\partial {own}}} = 2{total} {MISS}(-1){slope}",
            f"The chain rule: the square gives $2(\\dots)$, and ${own}$ stands in it with the factor $-1$.",
            regression.gradient,
        ),
        Step(
            "Set to zero",
            rf"2{total} {MISS}(-1){slope} = 0",
            f"$J$ is a parabola in ${own}$ that opens upwards, lowest where it is flat.",
            regression.zero,
        ),
        Step(
            "Rearranged",
            rf"{total} {own}{extra} = {total} {left}",
            f"Divide by 2 and move the terms without ${own}$ to the right.",
            regression.rearranged,
        ),
        Step(
            "Counted",
            rf"({below})\,{own} = {total} {left}",
            f"${own}$ is the same in every term of the sum, and there are ${x.count}$ terms.",
            _counted,
        ),
        Step(
            "Solved",
            rf"{own} = \frac{{1}}{{{below}}} {total} {left}",
            "What the rest of the model leaves over, averaged"
            + (", as if there were $\\lambda$ more ratings that left nothing over." if ridge else "."),
            _averaged,
        ),
        *((slip,) if ridge else ()),
        _minimum(x, own),
    )


def _counted(at: At) -> Sides:
    """The count times the solved bias, and what the rest of the model leaves over, added up term by term."""
    left = (len(at.y) + at.lam) * at.solved.x
    return Sides(left, np.array([sum(at.y)]), "count times solved bias, and the sum", scale=at.size(at.solved.x))


def _averaged(at: At) -> Sides:
    """The bias as the library updates it, and what is left over divided by the count; 0 where there is no count."""
    below = len(at.y) + at.lam
    other = np.array([sum(at.y) / below if below else 0.0])
    compared = "the bias as the library updates it, and the sum divided"
    return Sides(
        at.solved.x,
        other,
        compared,
        scale=1e-6 * float(np.abs(at.y).sum() / below if below else 0.0),
        note=regression.empty(at),
    )


def _slip(at: At) -> Sides:
    notes = np.array([at.y.sum() / (max(len(at.y), 1) * (1 + at.lam))])
    return Sides(
        float(at.loss(at.solved.x)),
        float(at.loss(notes)),
        f"{at.share}: at the value that is solved for, and at the one in the notes",
        "≤",
        scale=float(at.loss(np.zeros(1))),
        tolerance=1e-10,
    )


def _vector(x: _Letters, ridge: bool) -> tuple[Step[At], ...]:
    own, other, total = x.vector, x.neighbour, x.total
    left = r"(r_{ij} - b_i - c_j - \mu)"
    mine, slope, extra = (
        (rf" + \lambda\|{own}\|^2", rf" + 2\lambda {own}", rf" + \lambda {own}") if ridge else ("", "", "")
    )
    eye = r" + \lambda I" if ridge else ""
    A = rf"\Big({total} {other}{other}^\top{eye}\Big)"
    return (
        _own_terms(x, own, rf"{total} {MISS}^2", mine),
        Step(
            "Gradient",
            rf"\frac{{\partial J}}{{\partial {own}}} = 2{total} {MISS}(-{other}){slope}",
            f"Of the five terms only $w_i^\\top u_j$ has ${own}$ in it, with the slope $-{other}$.",
            regression.gradient,
        ),
        Step(
            "Set to zero",
            rf"2{total} {MISS}(-{other}){slope} = 0",
            f"$J$ is a quadratic in ${own}$ that opens upwards, lowest where it is flat.",
            regression.zero,
        ),
        Step(
            "Rearranged",
            rf"{total} (w_i^\top u_j)\,{other}{extra} = {total} {left}\,{other}",
            "The biases and $\\mu$ contain no unknown and go to the right: from here on it is chapter 3 with $r_{ij} - "
            "b_i - c_j - \\mu$ in place of $r_{ij}$.",
            regression.rearranged,
        ),
        Step(
            "A matrix appears",
            rf"(w_i^\top u_j)\,{other} = ({other}{other}^\top)\,{own}",
            f"A number times a vector may be written in either order and regrouped, so a $k \\times k$ matrix "
            f"stands in front of ${own}$.",
            regression.reorder,
        ),
        Step(
            "Solved",
            rf"{own} = {A}^{{-1}} {total} {left}\,{other}",
            f"${own}$ leaves the sum. The matrix is that of chapter 3: biases change the right-hand side alone.",
            regression.solution,
        ),
        _minimum(x, own),
    )


def _together(x: _Letters, ridge: bool) -> tuple[Step[At], ...]:
    own, z = rf"x_{x.vector[-1]}", rf"z_{x.neighbour[-1]}"
    total = x.total
    left = rf"(r_{{ij}} - {x.other_bias} - \mu)"
    mine, slope = (rf" + \lambda\|{own}\|^2", rf" + 2\lambda {own}") if ridge else ("", "")
    eye = r" + \lambda I" if ridge else ""
    A = rf"\Big({total} {z}{z}^\top{eye}\Big)"
    column = r"\begin{{pmatrix}} {} \\ {} \end{{pmatrix}}"
    return (
        Step(
            "Stacked",
            rf"\begin{{aligned}} {own} = {column.format(x.vector, x.bias)}, \quad &{z} = "
            rf"{column.format(x.neighbour, 1)} \\ w_i^\top u_j + {x.bias} &= {own}^\top {z} \end{{aligned}}",
            f"A bias is a weight on a feature that is always 1, so ${x.bias}$ joins the vector and a 1 joins "
            f"${x.neighbour}$.",
            _stacked,
        ),
        _own_terms(x, own, rf"{total} \big(r_{{ij}} - {own}^\top {z} - {x.other_bias} - \mu\big)^2", mine),
        Step(
            "Gradient",
            rf"\frac{{\partial J}}{{\partial {own}}} = 2{total} (r_{{ij}} - {own}^\top {z} - {x.other_bias} - \mu)"
            rf"(-{z}){slope}",
            "The vector's own line, with one more entry.",
            regression.gradient,
        ),
        Step(
            "Normal equations",
            rf"{A}\,{own} = {total} {left}\,{z}",
            "Set to zero and rearranged as before: $k + 1$ equations in $k + 1$ unknowns.",
            regression.system,
        ),
        Step(
            "Solved",
            rf"{own} = {A}^{{-1}} {total} {left}\,{z}",
            f"${x.vector}$ and ${x.bias}$ come out of one system, each taking the other into account.",
            regression.solution,
        ),
        Step(
            "Not above in turn",
            rf"J(\text{{{x.vector[0]}, {x.bias[0]} together}}) \le J(\text{{first {x.vector[0]}, then {x.bias[0]}}})",
            "The joint minimum is over both, so it is no higher than what two steps in turn reach from the same "
            "State. This holds for one block; two whole runs go different ways.",
            _in_turn,
        ),
        _minimum(x, own),
    )


def _stacked(at: At) -> Sides:
    s, i = at.s, at.i
    apart = s.U[at.R.Psi(i)] @ s.W[i] + s.b[i]
    return Sides(apart, at.Z @ at.x, "both sides for every rating of this row", note=regression.empty(at))


def _in_turn(at: At) -> Sides:
    """J after the whole block, both ways, from this State."""
    updates = ((True, (als.update_W,)), (False, (als.update_W, als.update_b)))
    J = []
    for joint, blocks in updates:
        cfg = als.Config(len(at.x) - 1, at.lam, joint=joint)
        s = at.s
        for update in blocks:
            s = update(s, at.R, cfg)
        J.append(als.objective(s, at.R, cfg))
    compared = "J after all rows of the block, jointly and in turn, from this State"
    return Sides(J[0], J[1], compared, "≤", scale=als_row.fitted_exactly(at.R))


def _minimum(x: _Letters, own: str) -> Step[At]:
    name = rf"J_{{{x.vector[-1]}}}"
    return Step(
        "A minimum",
        rf"{name}({own}) \le {name}({own} + d) \quad\text{{for every }} d",
        "The curvature bends down in no direction, so the flat point is the lowest one, and no update can raise $J$.",
        regression.minimum,
    )
