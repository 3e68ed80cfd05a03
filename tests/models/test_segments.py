"""Segment operations against a loop over the parts."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.models.segments import (
    segment_argmax,
    segment_entropy,
    segment_ids,
    segment_log_softmax,
    segment_max,
    segment_mean,
    segment_sample,
    segment_softmax,
    segment_sum,
)

SOFT = (segment_log_softmax, segment_softmax, segment_entropy)


@st.composite
def cases(draw):
    """Logits with ties and large values, parts that may be empty or out of order, and a mask."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=6))
    segment = np.repeat(np.arange(len(lengths)), lengths)
    if draw(st.booleans()):
        rng.shuffle(segment)
    logits = rng.integers(-2, 3, len(segment)) * draw(st.sampled_from([1.0, 0.3, 200.0]))
    mask = rng.random(len(segment)) < draw(st.sampled_from([0.3, 0.8, 1.0]))
    return torch.from_numpy(logits), torch.from_numpy(segment), len(lengths), torch.from_numpy(mask)


def parts(values, segment, n, mask):
    return [values[(segment == i) & mask] for i in range(n)]


@settings(deadline=None)
@given(cases())
def test_reductions_against_a_loop(case):
    logits, segment, n, _ = case
    everything = torch.ones_like(segment, dtype=torch.bool)
    table = torch.stack([logits, logits.flip(0), -logits], dim=1)[:, :, None]
    for values in (logits, table):
        groups = parts(values, segment, n, everything)
        zero, low = torch.zeros(values.shape[1:]), torch.full(values.shape[1:], -torch.inf)
        sums = torch.stack([group.sum(0) for group in groups])
        means = torch.stack([group.mean(0) if len(group) else zero for group in groups])
        tops = torch.stack([group.amax(0) if len(group) else low for group in groups])
        torch.testing.assert_close(segment_sum(values, segment, n), sums)
        torch.testing.assert_close(segment_mean(values, segment, n), means.double())
        torch.testing.assert_close(segment_max(values, segment, n), tops.double())


@settings(deadline=None)
@given(cases(), st.booleans())
def test_softmax_and_entropy_against_a_loop(case, masked):
    logits, segment, n, mask = case
    allowed = mask if masked else torch.ones_like(mask)
    argument = mask if masked else None
    log_probability = torch.full_like(logits, -torch.inf)
    entropy = torch.zeros(n, dtype=logits.dtype)
    for i, part in enumerate(parts(logits, segment, n, allowed)):
        log_probability[(segment == i) & allowed] = part.log_softmax(0)
        entropy[i] = torch.distributions.Categorical(logits=part).entropy() if len(part) else 0.0
    torch.testing.assert_close(segment_log_softmax(logits, segment, n, argument), log_probability)
    torch.testing.assert_close(segment_softmax(logits, segment, n, argument), log_probability.exp())
    torch.testing.assert_close(segment_entropy(logits, segment, n, argument), entropy)


@settings(deadline=None)
@given(cases(), st.booleans())
def test_argmax_and_draws_against_a_loop(case, masked):
    logits, segment, n, mask = case
    allowed = mask if masked else torch.ones_like(mask)
    argument = mask if masked else None
    expected = []
    for i in range(n):
        places = torch.nonzero((segment == i) & allowed)[:, 0].tolist()
        expected.append(max(places, key=lambda place: (logits[place].item(), -place), default=-1))
    assert segment_argmax(logits, segment, n, argument).tolist() == expected
    drawn = segment_sample(logits, segment, n, torch.Generator().manual_seed(0), argument)
    for i, place in enumerate(drawn.tolist()):
        assert (place == -1) == (expected[i] == -1)
        assert place == -1 or (segment[place] == i and allowed[place])


@settings(deadline=None)
@given(cases(), st.booleans())
def test_gradients_are_finite_and_0_where_masked(case, masked):
    logits, segment, n, mask = case
    for operation in SOFT:
        leaf = logits.clone().requires_grad_()
        out = operation(leaf, segment, n, mask if masked else None)
        out[torch.isfinite(out)].sum().backward()
        assert torch.isfinite(leaf.grad).all()
        assert not masked or (leaf.grad[~mask] == 0).all()


@pytest.mark.parametrize("mask", [None, torch.tensor([1, 0, 1, 1, 1, 0, 0, 1], dtype=torch.bool)])
@pytest.mark.parametrize("operation", [*SOFT, segment_sum, segment_mean, segment_max])
def test_gradcheck(operation, mask):
    segment = torch.tensor([0, 0, 0, 2, 2, 3, 3, 5])  # 1 and 4 are empty, 3 is masked whole
    logits = torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    masks = (mask,) if operation in SOFT else ()

    def finite(values):
        out = operation(values, segment, 6, *masks)
        return out[torch.isfinite(out)]

    assert torch.autograd.gradcheck(finite, (logits,))


def test_draws_have_the_probabilities_of_the_softmax():
    n_parts, logits = 20_000, torch.tensor([0.0, 1.0, -1.0, 2.0])
    mask = torch.tensor([True, True, True, False]).repeat(n_parts)
    segment = torch.arange(n_parts).repeat_interleave(4)
    generator = torch.Generator().manual_seed(7)
    drawn = segment_sample(logits.repeat(n_parts), segment, n_parts, generator, mask) % 4
    frequency = torch.bincount(drawn, minlength=4) / n_parts
    expected = torch.cat([logits[:3].softmax(0), torch.zeros(1)])
    assert (frequency - expected).abs().max() < 4 * 0.5 / n_parts**0.5
    again = segment_sample(logits.repeat(n_parts), segment, n_parts, torch.Generator().manual_seed(7), mask)
    assert torch.equal(again % 4, drawn)


def test_nan_is_not_drawn():
    logits, segment = torch.tensor([0.0, torch.nan, 1.0]), torch.tensor([0, 0, 1])
    assert segment_argmax(logits, segment, 2).tolist() == [-1, 2]


def test_segment_ids():
    assert segment_ids(torch.tensor([0, 2, 2, 5]), 5).tolist() == [0, 0, 2, 2, 2]
    assert segment_ids(torch.tensor([0]), 0).tolist() == []
