"""AutoRec beside PyTorch, which is told the model as the notes have it, dense and with a mask: slopes, steps, J."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import autorec, fit, nn
from tests import authority, oracles

torch = authority.torch()

F = {"identity": lambda x: x, "sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh}
OPTIMIZERS = {
    "sgd": lambda params, rate: torch.optim.SGD(params, lr=rate),
    "momentum": lambda params, rate: torch.optim.SGD(params, lr=rate, momentum=0.9),
    "adam": lambda params, rate: torch.optim.Adam(params, lr=rate),
}


class Dense:
    """The batch as a dense input beside its mask; params are tensors."""

    def __init__(self, params, X, keep, counts, cfg: autorec.Config) -> None:
        self.params = params
        self.x, self.noise, self.mask = (torch.zeros(X.shape, dtype=torch.float64) for _ in range(3))
        b, j = nn.rows_of(X), X.indices
        self.x[b, j], self.noise[b, j] = torch.tensor(X.data), torch.tensor(keep)
        self.mask[b, j] = 1.0
        self.share, self.cfg = self.mask.sum(dim=0) / torch.tensor(counts), cfg

    def loss(self):
        A, a, U, c = (self.params[name] for name in ("A", "a", "U", "c"))
        y = F[self.cfg.activation](self.x * self.noise @ A + a) @ U.T + c
        where = self.mask if self.cfg.masked else torch.ones_like(self.mask)
        charged = self.share @ ((A**2).sum(dim=1) + (U**2).sum(dim=1))
        return (where * (self.x - y) ** 2).sum() + self.cfg.lam * charged


def followed(params: nn.Params):
    """As tensors whose gradients torch keeps."""
    return {name: torch.tensor(x, requires_grad=True) for name, x in params.items()}


def started(N: int, M: int, density: float, **settings):
    R, rng = oracles.random_ratings(N, M, density, seed=8)
    cfg = autorec.Config(hidden=4, lam=0.6, **settings)
    return R, cfg, fit(autorec, R, replace(cfg, rule=nn.Rule("adam", 0.1), rho=0), T=2), rng


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
@pytest.mark.parametrize("activation", F)
def test_loss_and_gradient_are_torchs(activation, masked) -> None:
    R, cfg, s, rng = started(12, 10, 0.4, activation=activation, masked=masked)
    X, params = autorec.centred(R, s.mu, cfg)[:6], autorec.parameters(s, cfg)
    keep = nn.dropout(X.nnz, 0.3, rng)
    dense = Dense(followed(params), X, keep, R.items_counts, cfg)
    J = dense.loss()
    J.backward()
    assert autorec.loss(params, X, R.items_counts, cfg, keep) == pytest.approx(J.item(), rel=1e-12)
    for name, g in autorec.gradient(params, X, R.items_counts, cfg, keep).items():
        theirs = dense.params[name].grad.numpy()
        assert np.abs(g - theirs).max() < 1e-10 * max(1.0, np.abs(theirs).max()), name


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_epochs_of_whole_batches_are_torchs_steps(name, kernel) -> None:
    """Every film is in the batch, so that lazy steps are dense ones; the optimizer's memory counts from step two."""
    rule = nn.Rule(name, 0.01)
    R, cfg, s, _ = started(9, 6, 1.0, rule=rule, batch=9, rho=0.25, kernel=kernel)
    s = replace(s, moments=nn.at_rest(autorec.parameters(s, cfg)))
    X, theirs = autorec.centred(R, s.mu, cfg), followed(autorec.parameters(s, cfg))
    optimizer = OPTIMIZERS[name](list(theirs.values()), rule.rate)
    for t in range(1, 4):
        rng = np.random.default_rng([5, t])
        (rows,) = nn.batches(R.N, cfg.batch, rng)
        batch, keep = X[rows], nn.dropout(X.nnz, cfg.rho, rng)
        optimizer.zero_grad()
        (Dense(theirs, batch, keep, R.items_counts, cfg).loss() / R.n).backward()
        optimizer.step()
        s = autorec.sweep(s, R, cfg, np.random.default_rng([5, t]))
        for part, x in autorec.parameters(s, cfg).items():
            np.testing.assert_allclose(x, theirs[part].detach().numpy(), rtol=0, atol=1e-10, err_msg=part)
