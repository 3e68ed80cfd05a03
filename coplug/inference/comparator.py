"""The comparator of :mod:`coplug.models.comparator` compiled for one core: the size of a largest set, estimated.

The first round of messages gives every node the same embedding, so that after the second it depends on the degree
alone: those embeddings, and what the third round does with them, are tables by degree, and an edge costs one addition
of a row. Nothing is copied when nodes are removed: the kernel reads the lists of the whole graph and who is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.mis_comparator import WIDTH
from coplug.inference.simd import LANES, add, load, multiply_add, splat, store
from coplug.jit import fast_kernel

NEAR_SCALE, FAR_SCALE = np.float32(1 / 16), np.float32(1 / 64)
"""What sums over neighbours and anti-neighbours are multiplied with before their maps."""

EPSILON = np.float32(1e-5)

Float32 = NDArray[np.float32]


class Comparator(NamedTuple):
    """The network, its maps multiplied out as far as they are constant; all float32.

    Attributes
    ----------
    second : shape (3, WIDTH)
        Before the second normalisation: the constant, what a neighbour adds, and what an anti-neighbour adds.
    norms : shape (2, 2, WIDTH)
        Scale and shift after the second and the third round.
    third_own, third_near, third_far : shape (WIDTH, WIDTH)
        Of the third round, from input (row) to output (column); ``far`` already taken off the other two, so that
        it applies to the sum over all nodes.
    third_bias : shape (WIDTH,)
    head : shape (WIDTH, WIDTH)
        From input (row) to output (column).
    last : shape (2, WIDTH)
        Bias of the head's hidden layer, and the weights of its output.
    last_bias : shape (1,)
    nothing : shape (WIDTH,)
        Zeros.
    """

    second: Float32
    norms: Float32
    third_own: Float32
    third_near: Float32
    third_far: Float32
    third_bias: Float32
    head: Float32
    last: Float32
    last_bias: Float32
    nothing: Float32


def make_comparator(tensors: Mapping[str, NDArray[Any]]) -> Comparator:
    """Multiply out what is constant.

    Parameters
    ----------
    tensors : mapping of str to array
        As :func:`coplug.inference.architectures.mis_comparator.comparator_shapes` says.
    """
    exact = {name: np.asarray(tensor, dtype=np.float64) for name, tensor in tensors.items()}

    def norm(number: int) -> NDArray[np.float64]:
        return np.stack([exact[f"rounds.{number}.norm.{part}"] for part in ("weight", "bias")])

    def maps(number: int) -> list[NDArray[np.float64]]:
        own, near, far = (exact[f"rounds.{number}.{part}.weight"].T for part in ("own", "near", "far"))
        return [own, near * NEAR_SCALE, far * FAR_SCALE]

    first = np.maximum(exact["rounds.0.bias"], 0.0)
    scale, shift = norm(0)
    first = (first - first.mean()) / np.sqrt(first.var() + EPSILON) * scale + shift
    own, near, far = maps(1)
    second = np.stack([first @ own + exact["rounds.1.bias"], first @ near, first @ far])
    own, near, far = maps(2)
    parts = (
        second,
        np.stack([norm(1), norm(2)]),
        own - far,
        near - far,
        far,
        exact["rounds.2.bias"],
        exact["hidden.weight"].T,
        np.stack([exact["hidden.bias"], exact["output.weight"][0]]),
        exact["output.bias"],
        np.zeros(WIDTH),
    )
    return Comparator(*(np.ascontiguousarray(part, dtype=np.float32) for part in parts))


def build(tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Comparator:
    """Make the network of a weights directory."""
    return make_comparator(tensors)


@fast_kernel
def estimate(
    net: Comparator,
    pool: NDArray[np.int32],
    first: NDArray[np.int64],
    length: NDArray[np.int32],
    there: NDArray[np.uint8],
    degree: NDArray[np.int32],
) -> float:
    """Estimate the size of a maximum independent set of what is left of a graph.

    Parameters
    ----------
    net : Comparator
    pool : int32, shape (n,)
        The neighbours of node ``v`` are ``pool[first[v] : first[v] + length[v]]``, removed ones among them.
    first, length : int64 and int32, shape (n_nodes,)
    there : uint8, shape (n_nodes,)
        1 for nodes that are left.
    degree : int32, shape (n_nodes,)
        Neighbours that are left, of nodes that are left.
    """
    largest, n_linked, n_isolated = 0, 0, 0
    for node in range(len(there)):
        if there[node]:
            largest = max(largest, degree[node])
            n_linked += degree[node] > 0
            n_isolated += degree[node] == 0
    if n_linked == 0:
        return float(n_isolated)
    own, near = _tables(net, there, degree, largest, n_linked)
    state = np.empty(WIDTH, dtype=np.float32)
    total = 0.0
    for node in range(len(there)):
        if not there[node] or degree[node] == 0:
            continue
        row = degree[node] * WIDTH
        left, right = load(own, row), load(own, row + LANES)
        for at in range(first[node], first[node] + length[node]):
            other = pool[at]
            if there[other]:
                row = degree[other] * WIDTH
                left, right = add(left, load(near, row)), add(right, load(near, row + LANES))
        store(state, 0, left)
        store(state, LANES, right)
        _normalise(state, net.norms[1])
        total += _share(net, state)
    return n_isolated + total


@fast_kernel
def _tables(
    net: Comparator,
    there: NDArray[np.uint8],
    degree: NDArray[np.int32],
    largest: int,
    n_linked: int,
) -> tuple[Float32, Float32]:
    """Return what the third round takes of a node, and of each neighbour, by degree."""
    count = np.zeros(largest + 1, dtype=np.int64)
    for node in range(len(there)):
        if there[node]:
            count[degree[node]] += 1
    own = np.empty((largest + 1, WIDTH), dtype=np.float32)
    near = np.empty((largest + 1, WIDTH), dtype=np.float32)
    summed = np.zeros(WIDTH, dtype=np.float32)
    state = np.empty(WIDTH, dtype=np.float32)
    for d in range(1, largest + 1):
        if count[d] == 0:
            continue
        n_near, n_far, times = np.float32(d), np.float32(n_linked - 1 - d), np.float32(count[d])
        for k in range(WIDTH):
            state[k] = net.second[0, k] + n_near * net.second[1, k] + n_far * net.second[2, k]
        _normalise(state, net.norms[0])
        for k in range(WIDTH):
            summed[k] += times * state[k]
        _map(state, net.third_own, net.third_bias, own, d * WIDTH)
        _map(state, net.third_near, net.nothing, near, d * WIDTH)
    everywhere = np.empty(WIDTH, dtype=np.float32)
    _map(summed, net.third_far, net.nothing, everywhere, 0)
    for d in range(1, largest + 1):
        if count[d]:
            for k in range(WIDTH):
                own[d, k] += everywhere[k]
    return own, near


@fast_kernel
def _map(x: Float32, weight: Float32, bias: Float32, out: Float32, out_at: int) -> None:
    """Write ``x @ weight + bias`` to ``out``; ``out`` is written from the flat position ``out_at`` on."""
    left, right = load(bias, 0), load(bias, LANES)
    for j in range(WIDTH):
        value = splat(x[j])
        left = multiply_add(value, load(weight, j * WIDTH), left)
        right = multiply_add(value, load(weight, j * WIDTH + LANES), right)
    store(out, out_at, left)
    store(out, out_at + LANES, right)


@fast_kernel
def _normalise(state: Float32, norm: Float32) -> None:
    """Apply ReLU and layer normalisation in place."""
    total, squares = np.float32(0), np.float32(0)
    for k in range(WIDTH):
        state[k] = max(state[k], np.float32(0))
        total += state[k]
    mean = total / np.float32(WIDTH)
    for k in range(WIDTH):
        state[k] -= mean
        squares += state[k] * state[k]
    scale = np.float32(1) / np.sqrt(squares / np.float32(WIDTH) + EPSILON)
    for k in range(WIDTH):
        state[k] = state[k] * scale * norm[0, k] + norm[1, k]


@fast_kernel
def _share(net: Comparator, state: Float32) -> float:
    """Return the head's output for a node: what it adds to the size."""
    _map(state, net.head, net.last, state, 0)
    logit = net.last_bias[0]
    for k in range(WIDTH):
        logit += max(state[k], np.float32(0)) * net.last[1, k]
    return 1.0 / (1.0 + math.exp(-float(logit)))
