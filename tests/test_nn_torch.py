"""PyTorch as an authority: gradients by its autograd, steps by its optimizers, in float64 to 1e-10."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mfcore import Ratings, embedding, fit, nn
from mfcore.ratings import Floats
from tests import authority, oracles

torch = authority.torch()

RULES = [nn.Rule("sgd", 0.05), nn.Rule("momentum", 0.05, beta=0.7), nn.Rule("adam", 0.05, 0.8, 0.95, 1e-7)]
TERMS = [dict(), dict(weighted=True), dict(biases=False)]


def optimizer(rule: nn.Rule, tensors: list[Any]) -> Any:
    if rule.name == "adam":
        return torch.optim.Adam(tensors, rule.rate, (rule.beta, rule.beta2), rule.eps)
    return torch.optim.SGD(tensors, rule.rate, momentum=rule.beta if rule.name == "momentum" else 0.0)


def tensors(params: nn.Params) -> dict[str, Any]:
    return {name: torch.tensor(x, requires_grad=True) for name, x in params.items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_many_steps_of_any_arrays(rule: nn.Rule) -> None:
    rng = np.random.default_rng(0)
    params: nn.Params = {"A": rng.normal(size=(4, 3)), "a": rng.normal(size=5)}
    theirs = tensors(params)
    moments, descent = nn.at_rest(params), optimizer(rule, list(theirs.values()))
    for _ in range(7):
        grads = {name: rng.normal(size=x.shape) for name, x in params.items()}
        for name, x in theirs.items():
            x.grad = torch.tensor(grads[name])
        descent.step()
        params, moments = nn.step(params, grads, moments, rule)
        for name, x in theirs.items():
            np.testing.assert_allclose(params[name], x.detach().numpy(), rtol=0, atol=1e-10)


def problem(cfg: embedding.Config) -> tuple[Ratings, embedding.State, embedding.Batch]:
    R, rng = oracles.random_ratings(9, 7, 0.5, seed=3)
    s = fit(embedding, R, cfg, 0)
    s = replace(s, **{name: x + rng.normal(size=x.shape) for name, x in s.params.items()})
    return R, s, embedding.everything(R, cfg).at(rng.permutation(R.n)[:12])


def network(theirs: dict[str, Any], mu: float, x: embedding.Batch) -> Any:
    """The mean loss of a batch, out of PyTorch's own embeddings and products."""
    i, j, r, lam_i, lam_j = (torch.tensor(part) for part in x)
    table = torch.nn.functional.embedding
    p, q = table(i, theirs["W"]), table(j, theirs["U"])
    output, of_i, of_j = (p * q).sum(dim=1), (p**2).sum(dim=1), (q**2).sum(dim=1)
    if "b" in theirs:
        b, c = table(i, theirs["b"][:, None])[:, 0], table(j, theirs["c"][:, None])[:, 0]
        output, of_i, of_j = output + b + c, of_i + b**2, of_j + c**2
    return ((r - mu - output) ** 2 + lam_i * of_i + lam_j * of_j).mean()


def agree(found: Floats, expected: Any) -> None:
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("terms", TERMS)
def test_the_gradient_of_one_rating_and_of_a_batch_is_autograds(terms: dict[str, Any]) -> None:
    cfg = embedding.Config(k=3, lam=0.6, **terms)
    R, s, batch = problem(cfg)
    for x in (batch, batch.at([4])):
        theirs = tensors(s.params)
        network(theirs, s.mu, x).backward()
        for name, g in embedding.gradient(s, x, cfg.biases).items():
            agree(g, theirs[name].grad)
    i, j = int(x.i[0]), int(x.j[0])
    one = embedding.gradient_of_one(s, R, cfg, i, j)
    agree(one.w, theirs["W"].grad[i])
    agree(one.u, theirs["U"].grad[j])
    if cfg.biases:
        agree(np.array([one.b, one.c]), torch.stack([theirs["b"].grad[i], theirs["c"].grad[j]]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("terms", TERMS)
def test_a_step_of_the_tables(terms: dict[str, Any], rule: nn.Rule) -> None:
    cfg = embedding.Config(k=3, lam=0.6, rule=rule, **terms)
    _, s, x = problem(cfg)
    theirs = tensors(s.params)
    descent = optimizer(rule, list(theirs.values()))
    network(theirs, s.mu, x).backward()
    descent.step()
    for name, theta in embedding.step(s, x, cfg).params.items():
        agree(theta, theirs[name])


def test_many_steps_of_sparse_adam_which_leaves_alone_what_was_not_picked() -> None:
    rule = replace(RULES[2], eps=1e-20)  # it stands in another place there, and is to matter in neither
    cfg = embedding.Config(k=3, lam=0.6, rule=rule)
    R, s, _ = problem(cfg)
    theirs = tensors(s.params)
    descent = torch.optim.SparseAdam(list(theirs.values()), rule.rate, (rule.beta, rule.beta2), rule.eps)
    for places in nn.batches(R.n, 4, np.random.default_rng(1)):
        x = embedding.everything(R, cfg).at(places)
        descent.zero_grad()
        network(theirs, s.mu, x).backward()
        for name, theta in theirs.items():
            rows = torch.tensor(np.unique(x.i if name in "Wb" else x.j))
            theta.grad = torch.sparse_coo_tensor(rows[None], theta.grad[rows], theta.shape, check_invariants=True)
        descent.step()
        s = embedding.step(s, x, cfg)
    for name, theta in s.params.items():
        agree(theta, theirs[name])
