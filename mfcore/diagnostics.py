"""Whether chains have found the posterior, and what their draws are worth (notes §12).

Every function takes one quantity followed over chains: (chains, draws), all chains equally long, burn-in left out.

Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Rank-normalization, folding, and localization: an
improved R̂ for assessing convergence of MCMC; the sum of autocorrelations is cut as in Geyer (1992).
"""

import numpy as np
from scipy.special import ndtri

from mfcore.notation import equation
from mfcore.ratings import Floats


@equation(
    r"\hat R = \sqrt{\frac{\frac{n-1}{n}\,V_{\text{within}} + V_{\text{between}}}{V_{\text{within}}}}", notes="12"
)
def rhat(chains: Floats) -> float:
    """R̂ = √((V_within·(n−1)/n + V_between) / V_within): how much wider all chains together are than each alone.

    Each chain counts as two, its halves, so that one chain that drifts is found too. The larger of R̂ of the draws'
    ranks and of the ranks of their distances from the median, so that neither heavy tails nor chains that differ only
    in width escape. At convergence 1; below 1.01 is the usual demand. NaN where nothing varies.

    Raises ValueError unless there are 4 draws a chain.
    """
    halves = _halves(chains)
    return max(_rhat(_normal_scores(part)) for part in (halves, abs(halves - np.median(halves))))


@equation(r"n_{\text{eff}} = \frac{mn}{1 + 2\sum_{t\ge 1}\rho_t}", notes="12")
def ess(chains: Floats) -> float:
    """n_eff = m·n / (1 + 2 Σ ρ_t): how many independent draws would know the mean as well as these m·n do.

    ρ_t is the autocorrelation at distance t, over the halves of all chains; the sum ends where a pair of neighbours
    is no longer positive, and pairs may not grow. NaN where nothing varies.

    Raises ValueError unless there are 4 draws a chain.
    """
    halves = _halves(chains)
    m, n = halves.shape
    covariances = np.mean([autocovariance(chain) for chain in halves], axis=0)
    within = covariances[0] * n / (n - 1)
    total = within * (n - 1) / n + halves.mean(axis=1).var(ddof=1)
    if not total > 0:
        return float("nan")
    rho = 1 - (within - covariances) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    end = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    tau = -1 + 2 * float(np.minimum.accumulate(pairs[: max(end, 1)]).sum())
    return float(m * n / max(tau, 1 / np.log10(m * n)))


@equation(r"\frac{s}{\sqrt{n_{\text{eff}}}}", notes="12")
def mc_error(chains: Floats) -> float:
    """s/√n_eff: by how much the mean of these draws misses that of the posterior, as a standard deviation.

    s: of the draws, which more of them do not make smaller.  NaN where nothing varies. Raises ValueError as `ess`.
    """
    return float(np.std(chains) / np.sqrt(ess(chains)))


def autocovariance(x: Floats) -> Floats:
    """γ_t = Σ_s (x_s − x̄)(x_{s+t} − x̄)/n for t = 0 … n−1, by one Fourier transform. x: (n,)."""
    n = len(x)
    spectrum = np.fft.rfft(x - x.mean(), 2 * n)
    gamma: Floats = np.fft.irfft(spectrum * spectrum.conj())[:n] / n
    return gamma


def _halves(chains: Floats) -> Floats:
    """(2m, n // 2) of (m, n); the draw in the middle of an odd number is left out."""
    chains = np.asarray(chains, np.float64)
    if chains.ndim != 2 or chains.shape[1] < 4:
        raise ValueError(f"chains are rows of at least 4 draws, not an array of shape {chains.shape}")
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, -half:]])


def _rhat(chains: Floats) -> float:
    n = chains.shape[1]
    within, between = chains.var(axis=1, ddof=1).mean(), chains.mean(axis=1).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else float("nan")


def _normal_scores(x: Floats) -> Floats:
    """Φ⁻¹((rank − 3/8)/(S + 1/4)) of all S draws together, equal draws at their mean rank."""
    _, which, counts = np.unique(x, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    scores: Floats = ndtri((ranks[which].reshape(x.shape) - 0.375) / (x.size + 0.25))
    return scores
