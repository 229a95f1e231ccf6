"""Plain matrix factorization (notes §6, 9): w_i and u_j from J, with λ's terms or without."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mfcore import als
from mfview.derivations import als_row, regression
from mfview.derivations.als_row import At, at
from mfview.derivations.step import Sides, Step

__all__ = ["at", "of"]


@dataclass(frozen=True, slots=True)
class _Letters:
    """What the two derivations call things: w_i over Ψ_i for a user, u_j over Ω_j for a film."""

    own: str
    other: str
    over: str
    who: str
    others: str
    table: str
    e1: str


_USER = _Letters(
    "w_i", "u_j", r"j\in\Psi_i", "user i", "films this user rated", "W",
    "Both are rows, $w_i$ = `W[i]` and $u_j$ = `U[j]`: $U$ is $M \\times k$, so the column `U[:, j]` that the notes "
    "write has $M$ entries and cannot be what is meant (E1).",
)  # fmt: skip
_FILM = _Letters(
    "u_j", "w_i", r"i\in\Omega_j", "film j", "users who rated this film", "U",
    "Here too $u_j$ is the row `U[j]`, not a column (E1).",
)  # fmt: skip


def _lines(x: _Letters, ridge: bool) -> tuple[Step[At], ...]:
    """The lines from J to the solved row, in these letters, with the terms of λ or without."""
    own, other, film = x.own, x.other, x.table == "U"
    total = rf"\sum_{{{x.over}}}"
    e = r"(r_{ij} - w_i^\top u_j)"
    penalty = r" \\ &+ \lambda\big(\|W\|_F^2 + \|U\|_F^2\big)" if ridge else ""
    mine, slope, extra = (
        (rf" + \lambda\|{own}\|^2", rf" + 2\lambda {own}", rf" + \lambda {own}") if ridge else ("", "", "")
    )
    eye = r" + \lambda I" if ridge else ""
    A = rf"\Big({total} {other}{other}^\top{eye}\Big)"
    charge = ", and $\\lambda$ for every squared entry of $W$ and $U$" if ridge else ""
    turned = "" if film else f", and $w_i^\\top u_j = {other}^\\top {own}$"

    def line(name: str, latex: str, reason: str, compare: Callable[[At], Sides]) -> Step[At]:
        return Step(name, latex, reason, compare)

    opening = (
        line(
            "Symmetry",
            r"J(R, W, U) = J(R^\top, U, W)",
            "The loss is symmetric: exchange users and films and it is the same sum. So the lines for $w_i$ hold "
            f"for $u_j$ with the letters exchanged and $\\Omega_j$ for $\\Psi_i$. {x.e1}",
            als_row.symmetry,
        )
        if film
        else line(
            "Prediction", r"\hat r_{ij} = w_i^\top u_j = \sum_{f=1}^{k} w_{if}\,u_{jf}",
            f"One rating is a dot product. {x.e1}", als_row.prediction,
        )
    )  # fmt: skip
    return (
        opening,
        line(
            "Objective",
            rf"\begin{{aligned}} J ={{}} &\sum_{{(i,j)\in\Omega}} {e}^2{penalty} \end{{aligned}}",
            f"The squared error over the observed pairs $\\Omega$ and no others{charge}.",
            als_row.objective,
        ),
        line(
            "Own terms",
            rf"\begin{{aligned}} J &= J_{{{own[-1]}}}({own}) + \text{{terms without }} {own} \\"
            rf"J_{{{own[-1]}}}({own}) &= {total} {e}^2{mine} \end{{aligned}}",
            f"${own}$ occurs only in the ratings of {x.who[:-1]}${x.who[-1]}$. With $"
            f"{'W' if film else 'U'}$ held fixed, every row of ${x.table}$ is a small problem of its own.",
            regression.own_terms,
        ),
        line(
            "Gradient",
            rf"\frac{{\partial J}}{{\partial {own}}} = 2{total} {e}(-{other}){slope}",
            f"The chain rule: the square gives $2(\\dots)$, and $-w_i^\\top u_j$ has the slope $-{other}$.",
            regression.gradient,
        ),
        line(
            "Set to zero",
            rf"2{total} {e}(-{other}){slope} = 0",
            f"$J$ is a quadratic in ${own}$ that opens upwards, so it is lowest where it is flat. This is true at the "
            f"solved ${own}$ and, in general, nowhere else.",
            regression.zero,
        ),
        line(
            "Rearranged",
            rf"{total} (w_i^\top u_j)\,{other}{extra} = {total} r_{{ij}}\,{other}",
            "Divide by 2 and move the terms without the unknown to the right.",
            regression.rearranged,
        ),
        line(
            "A matrix appears",
            rf"(w_i^\top u_j)\,{other} = {other}\,({other}^\top {own}) = ({other}{other}^\top)\,{own}",
            f"A number times a vector may be written in either order{turned}. "
            f"Regrouped, the number becomes a $k \\times k$ matrix ${other}{other}^\\top$ in front of ${own}$.",
            regression.reorder,
        ),
        line(
            "Normal equations",
            rf"{A}\,{own} = {total} r_{{ij}}\,{other}",
            f"Now ${own}$ is the same in every term and leaves the sum: $k$ equations in $k$ unknowns.",
            regression.system,
        ),
        line(
            "Solved",
            rf"{own} = {A}^{{-1}} {total} r_{{ij}}\,{other}",
            "With $\\lambda > 0$ the matrix always has an inverse."
            if ridge
            else f"If the {x.others} have vectors that span all $k$ directions, the matrix has an inverse; with fewer "
            "than $k$ ratings it has none (E11).",
            regression.solution,
        ),
        line(
            "A minimum",
            rf"J_{{{own[-1]}}}({own}) \le J_{{{own[-1]}}}({own} + d) \quad\text{{for every }} d",
            f"The curvature of $J$ in ${own}$ is twice that matrix, which bends down in no direction. So the flat "
            "point is the lowest one, and no update can raise $J$.",
            regression.minimum,
        ),
    )


_ALL = {(x.table, ridge): _lines(x, ridge) for x in (_USER, _FILM) for ridge in (False, True)}


def of(block: Literal["W", "U"], cfg: als.Config) -> tuple[Step[At], ...]:
    """The derivation of w_i (block "W") or u_j (block "U") from J (notes §6), with λ's terms where cfg.lam > 0 (§9).

    Raises ValueError with cfg.biases or cfg.weighted: this is plain matrix factorization's.
    """
    if cfg.biases or cfg.weighted:
        raise ValueError("this is the derivation of plain matrix factorization: set biases=False, weighted=False")
    return _ALL[block, cfg.lam > 0]
