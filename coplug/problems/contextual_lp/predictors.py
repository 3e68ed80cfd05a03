"""Predictors of costs, as they are learned and as they are kept: arrays in a weights directory, no pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, WeightsError
from coplug.inference.architecture import Tensors
from coplug.inference.weights import load_network, new_config, save_weights
from coplug.problems.contextual_lp.features import (
    Features,
    Monomials,
    Radial,
    Scale,
    monomials,
    radial_kernel,
)
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]

PROBLEM = "contextual-lp"


class CostPredictor(Protocol):
    """Predicts costs."""

    def costs(self, contexts: Float) -> Float:
        """Return predicted costs of contexts of shape (n, p), float64, shape (n, n_columns)."""
        ...


@dataclass(frozen=True, eq=False)
class LinearInFeatures:
    """``theta f(z) + known``.

    Attributes
    ----------
    features : Features
    theta : float64, shape (n_predicted, d)
    known : float64, shape (n_columns,)
        What is added: the costs in the file where these are known, else 0.
    predicted : int64, shape (n_predicted,)
        Which variables' costs are predicted.
    """

    features: Features
    theta: Float
    known: Float
    predicted: NDArray[np.int64]

    def costs(self, contexts: Float) -> Float:
        """See :class:`CostPredictor`."""
        costs = np.tile(self.known, (len(contexts), 1))
        costs[:, self.predicted] += self.features.of(contexts) @ self.theta.T
        return costs


@dataclass(frozen=True, eq=False)
class KeptPolynomial:
    """What ``polynomial-costs`` builds: monomials of scaled contexts, times a matrix.

    Attributes
    ----------
    tensors : mapping of str to float64 arrays
    degree : int
    """

    tensors: Mapping[str, Float]
    degree: int

    def costs(self, contexts: Float) -> Float:
        """See :class:`CostPredictor`."""
        scaled = Scale(self.tensors["centre"], self.tensors["spread"]).of(contexts)
        return monomials(scaled, self.degree) @ self.tensors["weight"].T + self.tensors["known"]


@dataclass(frozen=True, eq=False)
class KeptRadial:
    """What ``radial-costs`` builds: kernels of scaled contexts and landmarks, times a matrix."""

    tensors: Mapping[str, Float]

    def costs(self, contexts: Float) -> Float:
        """See :class:`CostPredictor`."""
        scaled = Scale(self.tensors["centre"], self.tensors["spread"]).of(contexts)
        kernel = radial_kernel(scaled, self.tensors["landmarks"], float(self.tensors["gamma"]))
        return kernel @ self.tensors["weight"].T + self.tensors["known"]


@dataclass(frozen=True, eq=False)
class KeptNetwork:
    """What ``network-costs`` builds: layers of scaled contexts with ReLU between them."""

    tensors: Mapping[str, Float]
    depth: int

    def costs(self, contexts: Float) -> Float:
        """See :class:`CostPredictor`."""
        values = Scale(self.tensors["centre"], self.tensors["spread"]).of(contexts)
        for layer in range(self.depth + 1):
            values = values @ self.tensors[f"layers.{layer}.weight"].T + self.tensors[f"layers.{layer}.bias"]
            if layer < self.depth:
                values = np.maximum(values, 0.0)
        return values + self.tensors["known"]


def _wide(tensors: Tensors) -> dict[str, Float]:
    return {name: tensor.astype(np.float64) for name, tensor in tensors.items()}


def build_polynomial(tensors: Tensors, config: Mapping[str, Any]) -> KeptPolynomial:
    """Return the predictor of weights of ``polynomial-costs``."""
    return KeptPolynomial(_wide(tensors), config["degree"])


def build_radial(tensors: Tensors, config: Mapping[str, Any]) -> KeptRadial:
    """Return the predictor of weights of ``radial-costs``."""
    return KeptRadial(_wide(tensors))


def build_network(tensors: Tensors, config: Mapping[str, Any]) -> KeptNetwork:
    """Return the predictor of weights of ``network-costs``."""
    return KeptNetwork(_wide(tensors), config["depth"])


def save_predictor(
    directory: Path,
    predictor: LinearInFeatures,
    program: LinearProgram,
    context_names: tuple[str, ...],
    **more: Any,
) -> None:
    """Write a predictor as weights, with the names of variables and contexts it is for.

    Raises
    ------
    WeightsError, OutputError
        If it cannot be written.
    """
    features = predictor.features
    weight = np.zeros((program.n_columns, predictor.theta.shape[1]))
    weight[predictor.predicted] = predictor.theta
    known = predictor.known.copy()
    if isinstance(features, Monomials):
        name, sizes = "polynomial-costs", {"degree": features.degree}
        tensors = {"weight": weight, "known": known}
    elif isinstance(features, Radial):
        name, sizes = "radial-costs", {"n_landmarks": len(features.landmarks)}
        known += weight[:, 0]
        tensors = {
            "weight": weight[:, 1:] @ features.whitening,
            "known": known,
            "landmarks": features.landmarks,
            "gamma": np.array(features.gamma),
        }
    else:
        raise WeightsError(f"features of type {type(features).__name__} cannot be kept")
    tensors |= {"centre": features.scale.centre, "spread": features.scale.spread}
    config = new_config(
        name,
        {"n_contexts": len(features.scale.centre), "n_costs": program.n_columns, **sizes},
        **names_of(program, context_names),
        **more,
    )
    save_weights(directory, {key: np.asarray(value, np.float32) for key, value in tensors.items()}, config)


def names_of(program: LinearProgram, context_names: tuple[str, ...]) -> dict[str, list[str]]:
    """Return what a configuration keeps to see whether files fit the predictor."""
    return {"contexts": list(context_names), "variables": list(program.variable_names)}


@dataclass(frozen=True, eq=False)
class LoadedPredictor:
    """A predictor from a weights directory.

    Attributes
    ----------
    name : str
        Of the directory.
    predictor : CostPredictor
    context_names, variable_names : tuple of str
    method : str
        How it was learned.
    """

    name: str
    predictor: CostPredictor
    context_names: tuple[str, ...]
    variable_names: tuple[str, ...]
    method: str

    def costs_for(self, program: LinearProgram, contexts: Float, names: tuple[str, ...], what: str) -> Float:
        """Return predicted costs, once program and contexts are seen to fit.

        Raises
        ------
        InstanceError
            If they do not.
        """
        if self.variable_names != program.variable_names:
            raise InstanceError(
                f"{program.name} has {program.n_columns} variables "
                f"({', '.join(program.variable_names[:3])}, ...), the predictor {self.name} is for "
                f"{len(self.variable_names)} ({', '.join(self.variable_names[:3])}, ...); take its own model"
            )
        if contexts.shape[1] != len(self.context_names):
            raise InstanceError(
                f"{what} has {contexts.shape[1]} contexts ({', '.join(names[:5])}), the predictor {self.name} needs "
                f"{len(self.context_names)} ({', '.join(self.context_names[:5])})"
            )
        return self.predictor.costs(contexts)


def load_predictor(directory: Path) -> LoadedPredictor:
    """Load a predictor.

    Raises
    ------
    WeightsError
        If the directory does not hold one that this coplug can use.
    """
    network, config = load_network(directory, PROBLEM)
    names = {key: config.get(key) for key in ("contexts", "variables")}
    for key, found in names.items():
        size = config["n_contexts" if key == "contexts" else "n_costs"]
        if (
            not isinstance(found, list)
            or len(found) != size
            or not all(isinstance(name, str) for name in found)
        ):
            raise WeightsError(f"{directory}: {key} are no list of {size} names; train again")
    training = config.get("training")
    method = str(training.get("method", "")) if isinstance(training, Mapping) else ""
    return LoadedPredictor(
        directory.absolute().name,
        network,
        tuple(names["contexts"] or ()),
        tuple(names["variables"] or ()),
        method,
    )
