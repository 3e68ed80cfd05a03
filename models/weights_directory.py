"""Networks in torch from and to weights directories, see :mod:`coplug.inference.weights`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from coplug.errors import WeightsError
from coplug.inference.architecture import ARCHITECTURES
from coplug.inference.checks import ask
from coplug.inference.weights import load_weights, new_config, save_weights


def arrays_of(network: nn.Module) -> dict[str, NDArray[np.float32]]:
    """Return copies of a network's tensors by name."""
    state = network.state_dict()
    return {name: tensor.detach().float().cpu().numpy().copy() for name, tensor in state.items()}


def export_network(
    network: nn.Module, directory: str | Path, architecture: str, sizes: Mapping[str, int | bool], **more: Any
) -> None:
    """Write a network's weights.

    Parameters
    ----------
    network : nn.Module
        Of the architecture.
    directory : path
        Created if missing; weights in it are replaced.
    architecture, sizes, **more
        See :func:`coplug.inference.weights.new_config`.

    Raises
    ------
    WeightsError
        If names, shapes or values are not the architecture's, such as one that is not finite.
    OutputError
        If the files cannot be written.
    """
    save_weights(directory, arrays_of(network), new_config(architecture, sizes, **more))


def load_module(directory: str | Path, architecture: str = "") -> tuple[nn.Module, dict[str, Any]]:
    """Read weights as the network to train.

    Parameters
    ----------
    directory : path
    architecture : str
        The one that is expected; any if empty.

    Returns
    -------
    network : nn.Module
        Of the class that the architecture names, on the CPU.
    config : dict
        All of ``config.json``.

    Raises
    ------
    WeightsError
        As :func:`coplug.inference.weights.load_weights`.
    """
    tensors, config = load_weights(directory, architecture)
    found = ARCHITECTURES.load(config["architecture"])
    if not found.module:
        raise WeightsError(f"{directory}: architecture {found.name!r} names no module to train")

    def made() -> nn.Module:
        network: nn.Module = resolve_name(found.module)(**found.arguments(config))
        take_over(network, tensors)
        return network

    return ask(Path(directory), found, made), config


def take_over(network: nn.Module, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Give a network the values of checked tensors."""
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
