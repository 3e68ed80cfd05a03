"""Tree search as a method, and what a guide does to tabu search; the shipped network included."""

import itertools

import numpy as np
import pytest

import coplug
from coplug.errors import UsageError, WeightsError
from coplug.graphs.graph import Graph
from coplug.problems.extremal import runs, tabu
from coplug.problems.extremal.alphazero import AlphaZeroWalk
from coplug.problems.extremal.graph import FlipGraph
from coplug.problems.extremal.guide import SHIPPED_GUIDE, Uniform, flip_weights, load_guide
from coplug.problems.extremal.known import A006856
from coplug.problems.extremal.methods import method_of
from coplug.problems.extremal.search import Curriculum, Search
from coplug.problems.extremal.tabu import TabuWalk


class Favourite:
    """Likes one pair of nodes, by its number in the game."""

    def __init__(self, pair):
        self.pair = pair
        self.looks = 0

    def __call__(self, pictures):
        self.looks += len(pictures)
        k = pictures.shape[2]
        logits = np.zeros((len(pictures), k * (k - 1) // 2))
        logits[:, self.pair] = 50.0
        return logits, np.zeros(len(pictures))


def walked(walk, n, target=10**6, seed=0, lengths=(3, 4), start=()):
    state, best = FlipGraph(Graph.of(n, start), lengths), np.empty(n * (n - 1) // 2, np.int32)
    score, n_flips = walk(state, target, np.array([seed], np.uint64), best)
    state.reset_to(best == -1)
    return score, n_flips, state


@pytest.mark.parametrize("lengths", [(3,), (3, 4), (3, 4, 5)])
@pytest.mark.parametrize("n", [2, 3, 4, 9])
def test_a_walk_returns_its_best_graph(n, lengths):
    for seed in range(3):
        score, n_flips, state = walked(AlphaZeroWalk(episodes=3), n, seed=seed, lengths=lengths)
        assert state.score == score
        assert n_flips == 3 * n * 3 * 17
        assert score >= n - 1


def test_a_walk_ends_at_its_target_and_keeps_a_start_it_cannot_better():
    score, n_flips, state = walked(AlphaZeroWalk(episodes=2), 12, target=5)
    assert (score, n_flips, state.n_edges) == (5, 5 * 2 * 17, 5)
    petersen = [(i, (i + 1) % 5) for i in range(5)] + [(i, i + 5) for i in range(5)]
    petersen += [(5 + i, 5 + (i + 2) % 5) for i in range(5)]
    score, _, state = walked(AlphaZeroWalk(episodes=2), 10, start=petersen)
    assert score == 15
    np.testing.assert_array_equal(state.graph().edges(), Graph.of(10, petersen).edges())


def test_large_graphs_have_short_walks():
    walk = AlphaZeroWalk()
    assert walk._size(10) == (30, 4)
    n_moves, n_episodes = walk._size(300)
    assert n_episodes == 1
    assert 1 <= n_moves < 10


def test_tree_search_without_a_network_finds_small_graphs():
    for n in range(5, 15):
        curriculum = Curriculum(method_of("alphazero", "none"), from_empty=True)
        assert curriculum.improve(n, A006856[n], 60.0), n


def test_the_shipped_network_finds_them_too_and_with_the_curriculum_larger_ones():
    alone = Curriculum(method_of("alphazero"), from_empty=True)
    for n in (8, 12, 16):
        assert alone.improve(n, A006856[n], 60.0), n
    curriculum = Curriculum(method_of("alphazero"))
    for n in range(2, 23):
        assert curriculum.improve(n, A006856[n], 60.0), n


def test_equal_seeds_give_equal_graphs():
    first, second, other = (walked(method_of("alphazero"), 11, seed=seed)[2] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.state(), second.state())
    assert not np.array_equal(first.state(), other.state())


def test_weights_are_numbered_as_the_state_numbers_pairs():
    state = FlipGraph(Graph.of(5, []))
    weights = flip_weights(Favourite(5), state)  # pair 5 of the game: 4 * 3 / 2 - 1, that is (2, 3)
    assert state.pairs[weights.argmax()].tolist() == [2, 3]
    assert weights.max() == 1.0
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(flip_weights(Uniform(), state), np.ones(10, np.float32))


def test_of_equal_gains_the_likelier_flip_is_drawn():
    gain = np.zeros(300, np.int32)
    gain[[3, 127, 128, 299]] = 2
    weight = np.full(300, 7.0, np.float32)
    weight[[3, 127, 128, 299]] = [1, 2, 3, 4]
    random, counts, largest = np.array([0], np.uint64), np.zeros(300), np.empty(3, np.int32)
    for _ in range(10_000):
        counts[tabu._drawn_flip(gain, largest, weight, random)] += 1
    np.testing.assert_allclose(counts[[3, 127, 128, 299]], [1000, 2000, 3000, 4000], rtol=0.1)
    assert counts.sum() == counts[[3, 127, 128, 299]].sum()
    weight[:] = 0
    assert (
        tabu._drawn_flip(gain, largest, weight, random) == 3
    )  # all alike, also if a float is too small for it


def test_a_guide_chooses_the_first_flip_and_looks_as_often_as_asked():
    guide = Favourite(17)
    walk = TabuWalk(guide=guide, looks=3)
    _, n_flips, _ = walked(walk, 8)
    assert (n_flips, guide.looks) == (160, 3)
    state = walked(walk, 8, target=1)[2]
    assert state.graph().edges().tolist() == [[2, 6]]  # 17 = 6 * 5 / 2 + 2


def test_an_even_guide_is_as_good_as_none():
    for n in (10, 20, 30):
        curriculum = Curriculum(TabuWalk(guide=Uniform()))
        for m in range(2, n + 1):
            assert curriculum.improve(m, A006856[m], 60.0), m


def test_walks_in_pieces_are_the_walk_in_one():
    whole, pieces = FlipGraph(Graph.of(20, [])), FlipGraph(Graph.of(20, []))
    even = np.empty(0, np.float32)
    results = []
    for state, cuts in ((whole, (0, 400)), (pieces, (0, 7, 100, 399, 400))):
        random, best, history = np.array([5], np.uint64), np.empty(190, np.int32), np.full(5, -1)
        score = -1000
        for first, until in itertools.pairwise(cuts):
            score, step = tabu.walk(state.flips, first, until, 10**6, history, even, score, best, random)
            assert step == until
        results.append((score, best.tolist(), random[0], state.state().tolist()))
    assert results[0] == results[1]


def test_searches_without_a_curriculum_leave_other_sizes_alone():
    curriculum = Curriculum(method_of("alphazero", "none"), from_empty=True)
    outcome = Search(curriculum, 9).run(30.0)
    assert (outcome.status, outcome.graph.n_edges) == ("optimal", 12)
    assert curriculum.archive.sizes() == [0, 9]


def test_guides_are_found_by_name_or_refused(tmp_path):
    assert isinstance(load_guide("none"), Uniform)
    load_guide(SHIPPED_GUIDE)
    for name in ("nosuch", ""):
        with pytest.raises(UsageError, match=f"no guide '{name}'; take none, {SHIPPED_GUIDE} or a directory"):
            load_guide(name)
    with pytest.raises(WeightsError):
        load_guide(str(tmp_path))
    with pytest.raises(UsageError, match="climb takes no guide"):
        method_of("climb", SHIPPED_GUIDE)
    for settings in ({"simulations": 0}, {"episodes": 0}, {"slack": -1}):
        with pytest.raises(UsageError, match="out of range"):
            AlphaZeroWalk(**settings)
    with pytest.raises(UsageError, match="looks 0"):
        TabuWalk(looks=0)


class Misbehaving:
    """Does what it is told to from its second call on."""

    name = "misbehaving"

    def __init__(self, conduct):
        self.conduct, self.calls = conduct, 0

    def __call__(self, pictures):
        self.calls += 1
        return Uniform()(pictures) if self.calls == 1 else self.conduct(pictures)


def raising(error):
    def conduct(pictures):
        raise error

    return conduct


CONDUCTS = {
    "exits": raising(SystemExit(3)),
    "interrupts": raising(KeyboardInterrupt()),
    "raises two lines": raising(ValueError("one\ntwo")),
    "returns nothing": lambda pictures: None,
    "returns logits alone": lambda pictures: Uniform()(pictures)[0],
    "returns another shape": lambda pictures: (np.zeros(3), np.zeros(len(pictures))),
    "returns nan": lambda pictures: (Uniform()(pictures)[0] + np.nan, np.zeros(len(pictures))),
    "returns words": lambda pictures: ([["x"]], ["y"]),
}


@pytest.mark.parametrize("method", ["alphazero", "tabu"])
@pytest.mark.parametrize("how", CONDUCTS)
def test_a_guide_of_any_conduct_leaves_the_search_its_result(how, method, tmp_path, caplog, monkeypatch):
    guide = Misbehaving(CONDUCTS[how])
    monkeypatch.setattr(runs, "warm_up", lambda options: None)  # which asks it too
    report = coplug.search("extremal", policy=guide, nodes=9, method=method, out=tmp_path, time_limit=60)
    assert (report.status, report.objective) == ("optimal", A006856[9])
    assert report.policy.name == "misbehaving"
    failed = [record.getMessage() for record in caplog.records if "failed" in record.getMessage()]
    assert len(failed) == report.policy.fallbacks == (1 if guide.calls > 1 else 0)
    assert all(len(line.splitlines()) == 1 for line in failed)


def test_a_guide_that_fails_while_kernels_are_made_ready_fails_where_it_counts(tmp_path, caplog):
    guide = Misbehaving(raising(SystemExit(3)))
    guide.calls = 1
    report = coplug.search("extremal", policy=guide, nodes=9, method="alphazero", out=tmp_path, time_limit=60)
    assert (report.status, report.objective, report.policy.fallbacks) == ("optimal", A006856[9], 1)
    assert len(caplog.records) == 1
