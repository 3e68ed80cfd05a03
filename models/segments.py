"""Sums, softmax, entropy and draws within the parts of a ragged tensor.

``segment`` says which part each entry belongs to. A part may be empty, and parts need not be in order. Where a
``mask`` is taken, entries with False are left out: their probability is 0, their gradient too. Logits must be
finite where they count; leave out the others by the mask, not by minus infinity.
"""

from __future__ import annotations

import torch
from torch import Tensor


def segment_ids(ptr: Tensor, n: int) -> Tensor:
    """Return the part of each of ``n`` entries.

    Parameters
    ----------
    ptr : int64, shape (n_segments + 1,)
        Part ``i`` is ``ptr[i]:ptr[i + 1]``.
    n : int
        ``ptr[-1]``; asked for because reading it from a GPU would wait for it.

    Returns
    -------
    int64, shape (n,)
    """
    parts = torch.arange(len(ptr) - 1, device=ptr.device)
    return torch.repeat_interleave(parts, ptr.diff(), output_size=n)


def segment_sum(values: Tensor, segment: Tensor, n_segments: int) -> Tensor:
    """Return the sum of each part, 0 where it is empty.

    Parameters
    ----------
    values : shape (n, ...)
    segment : int64, shape (n,)
    n_segments : int

    Returns
    -------
    shape (n_segments, ...)
    """
    return values.new_zeros((n_segments, *values.shape[1:])).index_add(0, segment, values)


def segment_mean(values: Tensor, segment: Tensor, n_segments: int) -> Tensor:
    """Return the mean of each part, 0 where it is empty; shapes as in :func:`segment_sum`."""
    count = segment_sum(values.new_ones(len(values)), segment, n_segments).clamp(min=1)
    return segment_sum(values, segment, n_segments) / count.view(-1, *[1] * (values.ndim - 1))


def segment_max(values: Tensor, segment: Tensor, n_segments: int) -> Tensor:
    """Return the largest value of each part, minus infinity where it is empty; shapes as in :func:`segment_sum`."""
    empty = values.new_full((n_segments, *values.shape[1:]), -torch.inf)
    index = segment.reshape(-1, *[1] * (values.ndim - 1)).expand_as(values)
    return empty.scatter_reduce(0, index, values, reduce="amax")


def segment_argmax(values: Tensor, segment: Tensor, n_segments: int, mask: Tensor | None = None) -> Tensor:
    """Return where the first of the largest values of each part is.

    Parameters
    ----------
    values : float, shape (n,)
    segment : int64, shape (n,)
    n_segments : int
    mask : bool, shape (n,), optional

    Returns
    -------
    int64, shape (n_segments,)
        Positions in ``values``; -1 where nothing is left of a part, or it has a NaN.
    """
    if mask is not None:
        values = values.masked_fill(~mask, -torch.inf)
    is_top = values == segment_max(values, segment, n_segments)[segment]
    if mask is not None:
        is_top = is_top & mask
    n = len(values)
    positions = torch.where(is_top, torch.arange(n, device=values.device), n)
    first = torch.full((n_segments,), n, device=values.device).scatter_reduce(0, segment, positions, "amin")
    return torch.where(first < n, first, -1)


def segment_log_softmax(
    logits: Tensor, segment: Tensor, n_segments: int, mask: Tensor | None = None
) -> Tensor:
    """Log-softmax within each part.

    Parameters
    ----------
    logits : float, shape (n,)
    segment : int64, shape (n,)
    n_segments : int
    mask : bool, shape (n,), optional

    Returns
    -------
    float, shape (n,)
        Minus infinity where masked.
    """
    if mask is not None:
        logits = logits.masked_fill(~mask, -torch.inf)
    top = segment_max(logits.detach(), segment, n_segments)
    if mask is not None:
        top = top.masked_fill(torch.isneginf(top), 0.0)  # a part that is masked whole: no inf - inf below
    shifted = logits - top[segment]
    total = segment_sum(shifted.exp(), segment, n_segments)
    log_probability = shifted - total.log()[segment]
    return log_probability if mask is None else log_probability.masked_fill(~mask, -torch.inf)


def segment_softmax(logits: Tensor, segment: Tensor, n_segments: int, mask: Tensor | None = None) -> Tensor:
    """Softmax within each part, 0 where masked; arguments as in :func:`segment_log_softmax`."""
    return segment_log_softmax(logits, segment, n_segments, mask).exp()


def segment_entropy(logits: Tensor, segment: Tensor, n_segments: int, mask: Tensor | None = None) -> Tensor:
    """Return the entropy, in nats, of the softmax of each part, 0 where nothing is left of it.

    Arguments as in :func:`segment_log_softmax`; shape (n_segments,).
    """
    log_probability = segment_log_softmax(logits, segment, n_segments, mask)
    if mask is not None:
        log_probability = log_probability.masked_fill(~mask, 0.0)  # 0 * log 0 is 0, and so is its gradient
        return -segment_sum(log_probability.exp() * mask * log_probability, segment, n_segments)
    return -segment_sum(log_probability.exp() * log_probability, segment, n_segments)


def segment_sample(
    logits: Tensor,
    segment: Tensor,
    n_segments: int,
    generator: torch.Generator,
    mask: Tensor | None = None,
) -> Tensor:
    """Draw an entry of each part with the probabilities of its softmax, by the Gumbel-max trick.

    Source: Maddison, Tarlow and Minka, A* Sampling, 2014, section 2.

    Parameters
    ----------
    logits, segment, n_segments, mask
        As in :func:`segment_log_softmax`.
    generator : torch.Generator
        On the device of ``logits``.

    Returns
    -------
    int64, shape (n_segments,)
        Positions in ``logits``; -1 where nothing is left of a part, or it has a NaN.
    """
    exponential = torch.empty_like(logits).exponential_(generator=generator)
    return segment_argmax(logits.detach() - exponential.log(), segment, n_segments, mask)
