"""Activations: what bends a layer's output, each forward and backward beside its equation (notes §15–17).

Forward y = f(x), number by number. Backward takes g = ∂J/∂y and gives ∂J/∂x = g ⊙ f′(x), where f′ is written as a
function of y, so that x need not be kept. Arrays are (B, p), or any shape, which is the result's.
Source: Goodfellow, Bengio and Courville (2016), Deep learning, sections 6.2 and 6.3.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats

Activated = Literal["identity", "sigmoid", "relu", "tanh"]


@equation(r"y = x", notes="16")
def identity(x: Floats) -> Floats:
    """y = x: nothing is bent, and the whole network stays linear."""
    return x  # (B, p)


@equation(r"\frac{\partial J}{\partial x} = g", notes="16")
def identity_back(g: Floats, y: Floats) -> Floats:
    """∂J/∂x = g, since y′ = 1."""
    return g  # (B, p)


@equation(r"y = \frac{1}{1 + e^{-x}}", notes="16")
def sigmoid(x: Floats) -> Floats:
    """y = 1/(1 + e⁻ˣ), without overflow on either side."""
    e = np.exp(-np.abs(x))
    y: Floats = np.where(x >= 0, 1.0, e) / (1.0 + e)  # (B, p)
    return y


@equation(r"\frac{\partial J}{\partial x} = g\, y\,(1 - y)", notes="16")
def sigmoid_back(g: Floats, y: Floats) -> Floats:
    """∂J/∂x = g y(1 − y): the slope is ¼ in the middle, and 0 far out."""
    return g * (y * (1 - y))  # (B, p)


@equation(r"y = \max(x, 0)", notes="15, 16")
def relu(x: Floats) -> Floats:
    """y = max(x, 0)."""
    y: Floats = np.maximum(x, 0)  # (B, p)
    return y


@equation(r"\frac{\partial J}{\partial x} = g\,[\,y > 0\,]", notes="15, 16")
def relu_back(g: Floats, y: Floats) -> Floats:
    """∂J/∂x = g where y > 0, else 0; where x is 0 either slope would do, and 0 is taken."""
    gx: Floats = g * (y > 0)  # (B, p)
    return gx


@equation(r"y = \tanh x", notes="15, 16")
def tanh(x: Floats) -> Floats:
    """y = tanh x."""
    y: Floats = np.tanh(x)  # (B, p)
    return y


@equation(r"\frac{\partial J}{\partial x} = g\,(1 - y^2)", notes="15, 16")
def tanh_back(g: Floats, y: Floats) -> Floats:
    """∂J/∂x = g(1 − y²)."""
    gx: Floats = g * (1 - y**2)  # (B, p)
    return gx


class Activation(NamedTuple):
    """y = f(x), and back(g, y) = g ⊙ f′(x)."""

    f: Callable[[Floats], Floats]
    back: Callable[[Floats, Floats], Floats]


ACTIVATIONS: Mapping[Activated, Activation] = {
    "identity": Activation(identity, identity_back),
    "sigmoid": Activation(sigmoid, sigmoid_back),
    "relu": Activation(relu, relu_back),
    "tanh": Activation(tanh, tanh_back),
}
