import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.algorithms.mcts import search
from coplug.algorithms.result import choose
from coplug.algorithms.settings import Gumbel, Puct
from coplug.contracts.model import Evaluation
from coplug.errors import PolicyError, UsageError
from tests.algorithms.models import (
    Knapsack,
    TableModel,
    TicTacToe,
    bandits,
    full_tree,
    minimax,
    random_boards,
    random_table,
)
from tests.algorithms.reference import Search

ROOT = np.array([0])


def run(model, root, rule, seed=0):
    return search(model, root, rule, np.random.default_rng(seed))


def assert_same(result, other):
    for name in ("visits", "q_values", "values", "policy", "best"):
        np.testing.assert_array_equal(getattr(result, name), getattr(other, name))


def assert_as_reference(result, reference):
    for action in range(result.visits.shape[1]):
        visits = reference.root.visits(action) if action in reference.root.priors else 0
        assert result.visits[0, action] == visits
        expected = reference.q(reference.root, action) if visits else np.nan
        np.testing.assert_allclose(result.q_values[0, action], expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(result.values[0], reference.root.mean, rtol=1e-12, atol=1e-12)


PUCT_RULES = [
    {},
    {"discount": 0.9, "c_init": 0.5, "c_base": 20.0},
    {"two_player": True, "normalize": False},
    {"two_player": True, "discount": 0.8, "unvisited": "parent"},
    {"unvisited": "parent", "normalize": False},
]


@pytest.mark.parametrize("rule", PUCT_RULES)
@pytest.mark.parametrize("seed", range(4))
def test_puct_grows_the_reference_tree(rule, seed):
    model = random_table(seed, masked=0.2)
    reference = Search(model, 0, Puct(**rule))
    for n in range(1, 60):
        reference.simulate()
        assert_as_reference(run(model, ROOT, Puct(n_simulations=n, **rule)), reference)


def test_ties_go_to_the_lowest_action():
    model = random_table(5, n_actions=5, ended=0.0)
    model.logits[:], model.rewards[:], model.values[:] = 0.0, 0.0, 0.0
    reference = Search(model, 0, Puct())
    for n in range(1, 40):
        reference.simulate()
        assert_as_reference(run(model, ROOT, Puct(n_simulations=n)), reference)
    first = run(model, ROOT, Puct(n_simulations=3))
    assert first.visits.tolist() == [[1, 1, 1, 0, 0]]


@pytest.mark.parametrize(
    "rule", [{}, {"discount": 0.9, "c_scale": 1.0}, {"two_player": True, "normalize": False}]
)
@pytest.mark.parametrize(
    ("n_simulations", "n_considered"), [(1, 4), (3, 4), (16, 4), (40, 5), (40, 1), (33, 3)]
)
def test_gumbel_grows_the_reference_tree(rule, n_simulations, n_considered):
    for seed in range(4):
        model = random_table(seed, n_actions=6, masked=0.2)
        rules = Gumbel(n_simulations=n_simulations, n_considered=n_considered, **rule)
        noise = np.random.default_rng(seed).gumbel(size=6)
        reference = Search(model, 0, rules, noise)
        for _ in range(n_simulations):
            reference.simulate()
        result = run(model, ROOT, rules, seed)
        assert_as_reference(result, reference)
        policy = reference.policy(reference.root)
        np.testing.assert_allclose(result.policy[0], [policy.get(a, 0.0) for a in range(6)], atol=1e-12)


def test_tic_tac_toe_is_a_draw():
    model, rng = TicTacToe(), np.random.default_rng(0)
    board = np.zeros((1, 9), dtype=np.int8)
    rule = Puct(n_simulations=1500, two_player=True, normalize=False)
    assert abs(search(model, board, rule, rng).values[0]) < 0.2
    while True:
        move = model.step(board, search(model, board, rule, rng).best)
        board = move.states
        if move.terminal[0]:
            break
    assert move.rewards[0] == 0


@pytest.mark.parametrize(
    "rule",
    [
        Puct(n_simulations=2000, two_player=True, normalize=False),
        Puct(n_simulations=2000, two_player=True),
        Puct(n_simulations=2000, two_player=True, normalize=False, leaves=4),
        Gumbel(n_simulations=4000, two_player=True, gumbel_scale=0.0, c_scale=0.3),
    ],
)
def test_moves_agree_with_minimax(rule):
    boards = random_boards(1, 60)
    result = run(TicTacToe(), boards, rule)
    for board, best, q_values in zip(boards, result.best, result.q_values, strict=True):
        exact = minimax(tuple(board.tolist()))
        target = max(v for v in exact if v is not None)
        assert exact[best] == target
        assert target == 0 or target * q_values[best] > 0.2


@pytest.mark.parametrize(
    ("board", "move"),
    [
        ([1, 1, 0, -1, -1, 0, 0, 0, 0], 2),  # win rather than block
        ([-1, -1, 0, 1, 0, 0, 0, 0, 1], 2),  # block
    ],
)
def test_forced_moves_are_found(board, move):
    result = run(TicTacToe(), np.array([board]), Puct(n_simulations=200, two_player=True, normalize=False))
    assert result.best == [move]


@pytest.mark.parametrize(
    ("rule", "valued"),
    [
        (Puct(n_simulations=1500), False),
        (Puct(n_simulations=1500, leaves=8), False),
        (Puct(n_simulations=1500, unvisited="parent"), True),
        (Gumbel(n_simulations=1500), True),
    ],
)
def test_knapsack_is_solved(rule, valued):
    for seed in range(6):
        model, total = Knapsack(seed, n_items=7, valued=valued), 0.0
        state, ended = model.root, False
        while not ended:
            move = model.step(state, run(model, state, rule).best)
            state, ended = move.states, move.terminal[0]
            total += move.rewards[0]
        assert total == model.optimum()


@pytest.mark.parametrize(
    "rule",
    [
        Puct(n_simulations=50, dirichlet_fraction=0.25),
        Puct(n_simulations=50, leaves=4, width=3),
        Gumbel(n_simulations=50, n_considered=4),
        Gumbel(n_simulations=50, leaves=3, width=4),
    ],
)
def test_a_batch_is_its_roots_one_by_one(rule):
    model = random_table(3, n_states=30, n_actions=6, ended=0.1)
    roots = np.flatnonzero(~model.terminal)
    batch = run(model, roots, rule)
    rng = np.random.default_rng(0)
    for i, root in enumerate(roots):
        alone = search(model, roots[i : i + 1], rule, rng)
        assert root == roots[i]
        for name in ("visits", "q_values", "values", "policy", "best"):
            np.testing.assert_array_equal(getattr(batch, name)[i], getattr(alone, name)[0])


def test_virtual_loss_evaluates_distinct_leaves_together():
    model = full_tree(0, depth=4, n_actions=8)
    model.logits[:] = 0.0
    result = run(model, ROOT, Puct(n_simulations=128, leaves=8))
    assert result.visits.sum() == 128
    assert model.steps[0] == [(0, action) for action in range(8)]
    assert np.mean([len(step) for step in model.steps]) > 4
    assert all(len(set(step)) == len(step) for step in model.steps)
    assert not result.tree.in_flight.any()


def test_one_leaf_at_a_time_is_the_default():
    model = random_table(0)
    run(model, ROOT, Puct(n_simulations=30))
    assert {len(step) for step in model.steps} == {1}


@pytest.mark.parametrize("kind", [Puct, Gumbel])
def test_width_of_all_actions_changes_nothing(kind):
    for seed in range(5):
        model = random_table(seed, n_actions=6, masked=0.3)
        full = run(model, ROOT, kind(n_simulations=50))
        for width in (6, 7, 1000):
            assert_same(run(model, ROOT, kind(n_simulations=50, width=width)), full)


@pytest.mark.parametrize("kind", [Puct, Gumbel])
def test_width_keeps_the_likeliest_actions(kind):
    model = random_table(2, n_actions=7, masked=0.2)
    narrow = random_table(2, n_actions=7, masked=0.2)
    ranked = np.argsort(np.where(narrow.legal, -narrow.logits, np.inf), axis=1)[:, :3]
    kept = np.zeros_like(narrow.legal)
    np.put_along_axis(kept, ranked, values=True, axis=1)
    narrow.legal &= kept
    for seed in range(3):
        result = run(model, ROOT, kind(n_simulations=80, width=3), seed)
        expected = run(narrow, ROOT, kind(n_simulations=80), seed)
        np.testing.assert_array_equal(result.visits, expected.visits)
        np.testing.assert_allclose(result.policy, expected.policy, atol=1e-12)


class Shuffled(TableModel):
    """The same actions in lists of candidates: other columns, and columns that mean nothing."""

    def evaluate(self, states):
        plain = super().evaluate(states)
        order = np.argsort(np.random.default_rng(9).random(self.n_actions))
        filler = np.zeros((len(states), 2))
        return Evaluation(
            np.hstack([plain.logits[:, order], filler + 50]),
            plain.values,
            np.hstack([plain.legal[:, order], filler > 0]),
            np.hstack([np.tile(order, (len(states), 1)), filler.astype(int)]),
        )


@pytest.mark.parametrize("rule", [Puct(n_simulations=60), Gumbel(n_simulations=60, gumbel_scale=0.0)])
def test_lists_of_candidates_stand_for_all_actions(rule):
    model = random_table(4, n_actions=6, masked=0.2)
    columns = Shuffled(**{k: v for k, v in vars(model).items() if k != "steps"})
    result, expected = run(columns, ROOT, rule), run(model, ROOT, rule)
    np.testing.assert_array_equal(result.visits, expected.visits)
    np.testing.assert_allclose(result.policy, expected.policy, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e3), shift=st.floats(-100, 100))
def test_unit_and_origin_of_returns_do_not_matter(seed, scale, shift):
    for rule in (
        Puct(n_simulations=60),
        Puct(n_simulations=60, unvisited="parent"),
        Gumbel(n_simulations=60),
    ):
        plain = run(full_tree(seed, 3, 3), ROOT, rule, seed)
        moved = run(full_tree(seed, 3, 3, scale, shift), ROOT, rule, seed)
        np.testing.assert_array_equal(plain.visits, moved.visits)


@pytest.mark.parametrize("kind", [Puct, Gumbel])
def test_rounding_of_equal_returns_does_not_matter(kind):
    zero, tenth = (
        run(full_tree(0, 2, 3, scale=0.0, shift=x), ROOT, kind(n_simulations=500)) for x in (0.0, 0.1)
    )
    assert tenth.tree.bounds[0, 0] < tenth.tree.bounds[0, 1]
    np.testing.assert_array_equal(zero.visits, tenth.visits)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from([Puct, Gumbel]),
    n_simulations=st.integers(1, 80),
    leaves=st.integers(1, 5),
    width=st.none() | st.integers(1, 6),
    two_player=st.booleans(),
    normalize=st.booleans(),
)
def test_what_holds_of_every_search(seed, kind, n_simulations, leaves, width, two_player, normalize):
    model = random_table(seed, n_actions=5, masked=0.4)
    rule = kind(
        n_simulations=n_simulations, leaves=leaves, width=width, two_player=two_player, normalize=normalize
    )
    roots = np.flatnonzero(~model.terminal & model.legal.any(axis=1))
    result = run(model, roots, rule, seed)
    assert (result.visits.sum(axis=1) == n_simulations).all()
    assert not result.visits[~model.legal[roots]].any()
    assert not result.policy[~model.legal[roots]].any()
    np.testing.assert_allclose(result.policy.sum(axis=1), 1.0)
    assert (result.visits[np.arange(len(roots)), result.best] > 0).all()
    assert (np.isnan(result.q_values) == (result.visits == 0)).all()
    assert not result.tree.in_flight.any()
    assert_same(result, run(model, roots, rule, seed))


def test_dirichlet_noise_has_the_mean_of_its_mixture():
    logits = np.tile(np.log([0.5, 0.3, 0.15, 0.05, 0.0001]), (4000, 1))
    model = bandits(np.zeros((4000, 5)), logits)
    model.legal[:, 4] = False
    rule = Puct(n_simulations=4, dirichlet_fraction=0.25, dirichlet_alpha=0.5)
    tree = run(model, np.arange(4000), rule).tree
    priors = np.zeros((4000, 5))
    np.put_along_axis(priors, tree.action[:, 0], tree.prior[:, 0], axis=1)
    np.testing.assert_allclose(priors.sum(axis=1), 1.0)
    assert not priors[:, 4].any()
    np.testing.assert_allclose(
        priors[:, :4].mean(axis=0), 0.75 * np.array([0.5, 0.3, 0.15, 0.05]) + 0.25 / 4, atol=0.005
    )
    # The variance of a component of Dirichlet(alpha, ..., alpha).
    np.testing.assert_allclose(priors[:, :4].var(axis=0), 0.25**2 * (3 / 16) / (4 * 0.5 + 1), rtol=0.1)


def test_temperature_draws_by_visits():
    n = 4000
    model = bandits(np.tile([0.0, 0.2, 0.1], (n, 1)), np.zeros((n, 3)))
    result = run(model, np.arange(n), Puct(n_simulations=30))
    rng = np.random.default_rng(1)
    for temperature in (1.0, 0.5):
        share = result.visits[0] ** (1 / temperature)
        drawn = np.bincount(choose(result, temperature, rng), minlength=3) / n
        np.testing.assert_allclose(drawn, share / share.sum(), atol=0.03)
    np.testing.assert_array_equal(choose(result, 0.0, rng), result.visits.argmax(axis=1))
    np.testing.assert_array_equal(choose(result, 1e-3, rng), result.visits.argmax(axis=1))
    with pytest.raises(UsageError, match="temperature -1"):
        choose(result, -1.0, rng)


@pytest.mark.parametrize("kind", [Puct, Gumbel])
def test_a_root_without_legal_action_is_refused(kind):
    model = random_table(0)
    model.legal[0] = False
    with pytest.raises(UsageError, match="no legal action"):
        run(model, ROOT, kind())


@pytest.mark.parametrize("kind", [Puct, Gumbel])
@pytest.mark.parametrize("name", ["logits", "values", "rewards"])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("width", [None, 2])
def test_a_model_that_computes_no_numbers_is_refused(kind, name, wrong, width):
    for states in (slice(None), slice(1, None)):
        model = random_table(0, ended=0.0)
        getattr(model, name)[states] = wrong
        with pytest.raises(PolicyError, match=name):
            run(model, ROOT, kind(width=width))


def test_shapes_that_do_not_fit_are_refused():
    model = random_table(0)
    model.evaluate = lambda states: Evaluation(np.zeros(4), np.zeros(1))
    with pytest.raises(PolicyError, match="logits of shape"):
        run(model, ROOT, Puct())
    model.evaluate = lambda states: Evaluation(np.zeros((1, 4)), np.zeros((1, 1)))
    with pytest.raises(PolicyError, match="values of shape"):
        run(model, ROOT, Puct())
    model.evaluate = lambda states: Evaluation(np.zeros((1, 4)), np.zeros(1), np.ones((1, 3), dtype=bool))
    with pytest.raises(PolicyError, match="legal of shape"):
        run(model, ROOT, Puct())


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        (Puct, {"n_simulations": 0}, "n_simulations 0"),
        (Puct, {"leaves": 0}, "leaves 0"),
        (Puct, {"width": 0}, "width is 0"),
        (Puct, {"discount": 1.5}, r"discount 1.5 is out of range; take it in \(0, 1\]"),
        (Puct, {"c_base": 0.0}, "c_base"),
        (Puct, {"unvisited": "best"}, "take 'zero' or 'parent'"),
        (Puct, {"dirichlet_fraction": 2.0}, "dirichlet_fraction"),
        (Puct, {"dirichlet_alpha": 0.0}, "dirichlet_alpha"),
        (Gumbel, {"n_considered": 0}, "n_considered"),
        (Gumbel, {"gumbel_scale": float("nan")}, "gumbel_scale"),
    ],
)
def test_settings_out_of_range_are_refused(kind, parameters, message):
    with pytest.raises(UsageError, match=message):
        kind(**parameters)
