import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.problems.milp.families.auctions import CombinatorialAuction
from tests.problems.milp.milp_helpers import optimum_by_enumeration, optimum_by_highs


def draw(seed, **parameters):
    return CombinatorialAuction(**parameters).generate(np.random.RandomState(seed))


def split_rows(instance):
    """Return the matrix of the items' rows and that of the bidders'."""
    of_item = np.array([name.startswith("item_") for name in instance.row_names])
    return instance.matrix[of_item], instance.matrix[~of_item]


def test_easy_instance_is_as_published():
    instance = draw(0)
    assert instance.n_columns == 500
    assert instance.sense == "max"
    assert instance.binary.all()
    assert split_rows(instance)[0].shape[0] <= 100


@settings(max_examples=40, deadline=None)
@given(
    n_items=st.integers(2, 12),
    n_bids=st.integers(1, 30),
    add_item_prob=st.floats(0, 1),
    max_n_sub_bids=st.integers(0, 6),
    additivity=st.floats(-0.5, 0.5),
    seed=st.integers(0, 2**32 - 1),
)
def test_bids_are_within_the_items(n_items, n_bids, add_item_prob, max_n_sub_bids, additivity, seed):
    instance = draw(
        seed,
        n_items=n_items,
        n_bids=n_bids,
        add_item_prob=add_item_prob,
        max_n_sub_bids=max_n_sub_bids,
        additivity=additivity,
    )
    assert instance.n_columns == n_bids
    items, bidders = split_rows(instance)
    assert (items.data == 1).all()
    assert items.shape[0] <= n_items
    assert {
        int(name.removeprefix("item_")) for name in instance.row_names if name.startswith("item_")
    } <= set(range(1, n_items + 1))
    sizes = items.sum(axis=0)
    assert (sizes >= 1).all()
    assert (sizes <= n_items).all()
    assert (instance.objective >= 0).all()
    if bidders.shape[0]:
        assert (bidders.sum(axis=0) <= 1).all()
        assert (bidders.sum(axis=1) > 2).all()
        assert (bidders.sum(axis=1) <= max_n_sub_bids + 1).all()


def test_bids_of_one_bidder_are_distinct_bundles_of_one_size():
    items, bidders = split_rows(draw(1))
    bundles = items.T.toarray()
    for bidder in range(bidders.shape[0]):
        own = bundles[bidders[[bidder]].indices]
        assert len({row.tobytes() for row in own}) == len(own)
        assert len(set(own.sum(axis=1))) == 1


def test_mean_bundle_follows_the_item_probability():
    # Geometric growth: 1 + p / (1 - p) items where nothing is cut off; bids of one item have no substitutes.
    items, _ = split_rows(draw(0, n_items=200, n_bids=4000, add_item_prob=0.5, max_n_sub_bids=0))
    assert items.sum() / 4000 == pytest.approx(2.0, abs=0.1)


def test_prices_with_one_value_and_no_deviation():
    instance = draw(0, n_items=10, n_bids=40, min_value=7, max_value=7, value_deviation=0, additivity=0.3)
    sizes = split_rows(instance)[0].sum(axis=0)
    np.testing.assert_allclose(instance.objective, 7 * sizes + sizes**1.3)


def test_whole_prices_are_the_others_rounded_down():
    # Budgets and resale values without bite: the same bids whatever the rounding.
    rules = {"n_items": 10, "n_bids": 40, "max_n_sub_bids": 0}
    exact, whole = draw(3, **rules), draw(3, **rules, integers=True)
    assert (whole.objective == np.floor(exact.objective)).all()
    assert (whole.objective != exact.objective).any()
    assert (whole.matrix != exact.matrix).nnz == 0


def test_budget_is_compared_with_whole_prices():
    # One value without deviation: a bidder's bids all cost the same, rounded or not.
    instance = draw(
        0, n_items=10, n_bids=40, min_value=7, max_value=7, value_deviation=0, budget_factor=1, integers=True
    )
    sizes = split_rows(instance)[0].sum(axis=0)
    assert (instance.objective == np.floor(7 * sizes + sizes**1.2)).all()
    assert split_rows(instance)[1].shape[0] > 0


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ({"add_item_prob": 0.0, "value_deviation": 2.0}, "a first bundle has the negative price"),
        ({"budget_factor": 0.5}, "a substitute's price"),
        ({"resale_factor": 5.0}, "a substitute's resale value"),
        ({"n_items": 3}, "a substitute is the same bundle"),
    ],
)
def test_bundles_left_out_are_reported_and_change_nothing(parameters, line):
    rules = CombinatorialAuction(**({"n_items": 10, "n_bids": 40} | parameters))
    lines = []
    instance = rules.generate(np.random.RandomState(0), lines.append)
    assert any(found.startswith(line) for found in lines)
    silent = rules.generate(np.random.RandomState(0))
    assert (silent.objective == instance.objective).all()
    assert (silent.matrix != instance.matrix).nnz == 0


def test_two_oracles_agree():
    instance = draw(2, n_items=6, n_bids=14)
    assert optimum_by_highs(instance) == pytest.approx(optimum_by_enumeration(instance))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_items": 1}, "n_items >= 2"),
        ({"n_bids": 0}, "n_bids >= 1"),
        ({"min_value": -1.0}, "0 <= min_value <= max_value"),
        ({"min_value": 200.0}, "0 <= min_value <= max_value"),
        ({"add_item_prob": 1.1}, r"in \[0, 1\]"),
        ({"max_n_sub_bids": -1}, "max_n_sub_bids -1 is out of range"),
        ({"budget_factor": -0.1}, "budget_factor -0.1 is out of range"),
        ({"additivity": float("nan")}, "additivity nan is not finite"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        CombinatorialAuction(**parameters)
