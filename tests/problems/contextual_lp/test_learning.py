"""Learning costs, and what is kept of it."""

import numpy as np
import pytest
from programs import grid_data, grid_paths

from coplug.errors import InstanceError, UsageError, WeightsError
from coplug.problems.contextual_lp.batches import solve_all, solve_sides
from coplug.problems.contextual_lp.data import observations, read_observations
from coplug.problems.contextual_lp.features import Monomials, fitted_radial, fitted_scale, radial_kernel
from coplug.problems.contextual_lp.inverse import cone_of, inverse_costs
from coplug.problems.contextual_lp.learning import distance, learn
from coplug.problems.contextual_lp.online import RULES, OnlineLearner
from coplug.problems.contextual_lp.predictors import load_predictor, save_predictor
from coplug.problems.contextual_lp.program import make_program
from coplug.problems.contextual_lp.regression import fit_ridge
from coplug.problems.contextual_lp.regret import evaluate
from coplug.problems.contextual_lp.settings import Settings


def split(n=60, **more):
    program, data = grid_data(n + 40, **more)
    return program, data.part(np.arange(n)), data.part(np.arange(n, n + 40))


@pytest.mark.parametrize(
    ("method", "most"),
    [("mom", 0.02), ("cilp", 0.02), ("least-squares", 1e-9), ("ridge", 0.02), ("spo+", 0.02), ("forest", 0.1),
     ("fenchel-young", 0.05), ("contrastive", 0.1)],
)  # fmt: skip
def test_linear_costs_are_learned_by_every_method(method, most):
    program, train, test = split()
    settings = Settings(
        method=method, strength=1e-3 if method in ("mom", "cilp", "ridge") else 0.0, epochs=40
    )
    found = evaluate(program, learn(program, train, settings).predictor, test)
    assert found.normalised <= most


@pytest.mark.parametrize("method", ["mom", "cilp", "fenchel-young", "contrastive"])
def test_decisions_alone_are_enough(method):
    program, train, _ = split()
    alone = observations(program, train.contexts, train.decisions)
    settings = Settings(method=method, strength=0.01, epochs=2)
    theirs, ours = (learn(program, data, settings).predictor.theta for data in (train, alone))
    np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize("method", ["least-squares", "ridge", "spo+", "forest"])
def test_methods_that_need_costs_say_so(method):
    program, train, _ = split(10)
    alone = observations(program, train.contexts, train.decisions)
    with pytest.raises(UsageError, match="needs costs, and the data has none; method=mom"):
        learn(program, alone, Settings(method=method))


def test_the_scale_of_costs_is_nothing_to_margins():
    program, train, test = split(noise=0.5, degree=4)
    scaled = observations(
        program, train.contexts, None, train.costs * (1 + 3 * np.arange(len(train)))[:, None]
    )
    settings = Settings(method="cilp", strength=0.01)
    regrets = [
        evaluate(program, learn(program, data, settings).predictor, test).normalised
        for data in (train, scaled)
    ]
    assert regrets[0] == regrets[1]


def test_held_out_decisions_choose_strength_and_degree():
    program, train, _ = split(40, degree=4, noise=0.5)
    told = []
    learned = learn(program, train, Settings(method="cilp", predictor="auto"), tell=told.append)
    assert len(told) == len(learned.held_out) == 16
    chosen = learned.chosen
    word = f"degree {chosen.features.degree}, strength {chosen.strength:g}"
    assert learned.held_out[word] == min(learned.held_out.values())


def test_the_distance_of_decisions():
    observed = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert distance(observed, observed) == 0
    assert distance(1 - observed, observed) == 2
    same = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert distance(observed, same) == 1


def test_regrets_are_those_of_brute_force():
    program, _, test = split(5, degree=4)
    paths = grid_paths(3, 3)

    class Guess:
        def costs(self, contexts):
            return np.abs(np.sin(np.arange(program.n_columns) + contexts[:, :1]))

    guessed = paths[(Guess().costs(test.contexts) @ paths.T).argmin(axis=1)]
    best = (test.costs @ paths.T).min(axis=1)
    found = evaluate(program, Guess(), test)
    np.testing.assert_allclose(found.regret, (test.costs * guessed).sum(axis=1) - best, atol=1e-9)
    assert found.normalised == pytest.approx(found.regret.sum() / best.sum())
    assert found.reproduced == pytest.approx((guessed == test.decisions).all(axis=1).mean())


def test_ridge_is_its_normal_equations():
    rng = np.random.default_rng(0)
    features, costs = np.hstack([np.ones((9, 1)), rng.standard_normal((9, 3))]), rng.standard_normal((9, 2))
    theta = fit_ridge(features, costs, 0.3)
    gradient = (features @ theta.T - costs).T @ features / 9
    np.testing.assert_allclose(gradient[:, 1:], -0.3 * theta[:, 1:], atol=1e-7)
    np.testing.assert_allclose(gradient[:, 0], 0, atol=1e-7)


def test_monomials_are_those_of_the_kernel():
    contexts = np.random.default_rng(0).standard_normal((6, 3))
    scale = fitted_scale(contexts)
    inner = scale.of(contexts) @ scale.of(contexts).T
    for degree in (1, 2, 3):
        values = Monomials(scale, degree).of(contexts)
        expected = 1 + sum(0.09 ** (order - 1) * inner**order for order in range(1, degree + 1))
        np.testing.assert_allclose(values @ values.T, expected, atol=1e-12)


def test_radial_features_of_all_samples_are_the_kernel():
    contexts = np.random.default_rng(0).standard_normal((7, 2))
    radial = fitted_radial(contexts, 7, 1.5, np.random.default_rng(1))
    values, scaled = radial.of(contexts)[:, 1:], radial.scale.of(contexts)
    np.testing.assert_allclose(values @ values.T, radial_kernel(scaled, scaled, 1.5), atol=1e-3)


@pytest.mark.parametrize("predictor", ["linear", "polynomial", "radial"])
def test_a_predictor_is_kept_without_a_pickle(predictor, tmp_path):
    program, train, test = split(20, degree=2)
    settings = Settings(method="cilp", predictor=predictor, strength=0.01, landmarks=8)
    found = learn(program, train, settings).predictor
    save_predictor(tmp_path / "p", found, program, train.context_names, training={"method": "cilp"})
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == ["config.json", "model.safetensors"]
    loaded = load_predictor(tmp_path / "p")
    costs = loaded.costs_for(program, test.contexts, test.context_names, "test")
    np.testing.assert_allclose(costs, found.costs(test.contexts), atol=2e-3, rtol=1e-3)
    assert loaded.method == "cilp"
    with pytest.raises(InstanceError, match=r"test has 2 contexts .* needs 3"):
        loaded.costs_for(program, test.contexts[:, :2], ("a", "b"), "test")
    other, _ = grid_data(2, rows=2)
    with pytest.raises(InstanceError, match=r"7 variables .* is for 12"):
        loaded.costs_for(other, test.contexts, test.context_names, "test")
    with pytest.raises(WeightsError):
        load_predictor(tmp_path)


@pytest.mark.parametrize("rule", RULES)
def test_online_learners_get_better(rule):
    program, data = grid_data(200)
    features = np.hstack([np.ones((200, 1)), data.contexts])
    learner, regrets = OnlineLearner(program, 4, rule, rate=0.5), []
    for z, costs, decision in zip(features, data.costs, data.decisions, strict=True):
        taken = solve_all(program, learner.costs(z)[None], "highs").decisions[0]
        regrets.append(costs @ (taken - decision))
        learner.learn(z, decision)
    assert np.sum(regrets[100:]) < 0.6 * np.sum(regrets[:100])


def test_the_direction_of_online_learners_is_the_subgradient():
    rng = np.random.default_rng(2)
    a = rng.uniform(0.1, 1, (2, 5))
    sides = a @ rng.uniform(0, 1, 5)
    program = make_program("dense", a, sides, sides)
    decision = solve_all(program, rng.uniform(0.5, 2, (1, 5)), "scipy").decisions[0]
    learner = OnlineLearner(program, 1, "ogd", rate=1.0)
    learner.learn(np.ones(1), decision)
    basis, rest = decision > 1e-7, decision <= 1e-7

    def loss(costs):
        return np.maximum(
            0, 1 - costs[rest] + a[:, rest].T @ np.linalg.solve(a[:, basis].T, costs[basis])
        ).sum()

    numeric = [(loss(1e-6 * unit) - loss(-1e-6 * unit)) / 2e-6 for unit in np.eye(5)]
    np.testing.assert_allclose(learner.theta[:, 0], -np.array(numeric), atol=1e-6)


def inverse_problem(n=30, seed=0):
    rng = np.random.default_rng(seed)
    a, costs = rng.uniform(0, 1, (3, 8)), rng.uniform(0.5, 1.5, 8)
    sides = rng.uniform(0, 1, (n, 8)) @ a.T
    program = make_program("dense", a, sides[0], sides[0])
    from dataclasses import replace

    program = replace(program, objective=costs)
    return program, sides, solve_sides(program, sides, "highs").checked("right-hand sides")


@pytest.mark.parametrize("centre", ["margin", "analytic", "mean"])
def test_inverse_costs_explain_what_they_have_seen(centre):
    from dataclasses import replace

    program, sides, decisions = inverse_problem()
    costs = inverse_costs(program, decisions, sides, centre, moves=200)
    assert np.linalg.norm(costs) == pytest.approx(1)
    again = solve_sides(replace(program, objective=costs), sides, "highs").decisions
    np.testing.assert_allclose(again, decisions, atol=1e-6)


def test_the_cone_holds_the_true_costs_and_no_others():
    from coplug.problems.contextual_lp.inverse import _observe

    program, sides, decisions = inverse_problem()
    cone, basis = cone_of(program, _observe(program, decisions, sides))
    assert (cone @ (basis.T @ program.objective)).min() > 0
    assert (cone @ (basis.T @ -program.objective)).min() < 0


def test_the_mean_of_a_cone_is_its_bisector():
    from coplug.problems.contextual_lp.inverse import _mean

    cone = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = _mean(cone, np.array([0.1, 0.4]), 20_000, 0)
    # the mean of a quarter of the unit disc is 4 / (3 pi) each way
    np.testing.assert_allclose(found, 4 / (3 * np.pi), atol=0.01)


def test_decisions_that_no_cost_explains_are_refused():
    program = make_program("two", np.ones((1, 2)), np.ones(1), np.ones(1))
    sides = np.ones((2, 1))
    with pytest.raises(InstanceError, match="no cost explains all decisions"):
        inverse_costs(program, np.array([[1.0, 0.0], [0.0, 1.0]]), sides)
    with pytest.raises(InstanceError, match=r"decision 1 misses the right-hand side of row C1 by 0\.5"):
        inverse_costs(program, np.array([[1.0, 0.0], [0.5, 0.0]]), sides)


def test_data_is_read_from_every_format_alike(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    program, data = grid_data(4)
    np.savez(tmp_path / "d.npz", contexts=data.contexts, decisions=data.decisions, costs=data.costs)
    names = [
        *data.context_names,
        *program.variable_names,
        *(f"cost:{name}" for name in program.variable_names),
    ]
    table = np.hstack([data.contexts, data.decisions, data.costs])
    shuffled = np.random.default_rng(0).permutation(len(names))
    lines = [
        ",".join(names[k] for k in shuffled),
        *(",".join(repr(float(v)) for v in row[shuffled]) for row in table),
    ]
    (tmp_path / "d.csv").write_text("\n".join(lines))
    pq.write_table(pa.table({name: table[:, k] for k, name in enumerate(names)}), tmp_path / "d.parquet")
    for name in ("d.npz", "d.csv", "d.parquet"):
        found = read_observations(tmp_path / name, program)
        np.testing.assert_array_equal(found.decisions, data.decisions)
        np.testing.assert_array_equal(found.costs, data.costs)
        np.testing.assert_array_equal(np.sort(found.contexts[0]), np.sort(data.contexts[0]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("z1,x_0_1\n1,0\n", "column 'x_1_2' is missing; expected all decisions of the model, or none"),
        ("z1\nnan\n", "sample 0 has nan in column 0 of contexts"),
        ("z1,z2\n1,2\n3\n", "sample 1 has 1 columns, expected 2"),
        ("z1\n2\nabc\n", "sample 1 has 'abc' in column 'z1'; expected a number"),
        ("z1\n1e21\n", "sample 0 has 1e.21 in column 0 of contexts; expected finite ones, to 1e20"),
        ("z1\n", "expected a line of column names and a line for each sample"),
        ("z1,z1\n1,2\n", "a column name occurs twice"),
        ("z1,cost:no\n1,2\n", "'cost:no' is the cost of no variable"),
    ],
)
def test_data_that_does_not_fit_is_named(text, message, tmp_path):
    program, _ = grid_data(1)
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(InstanceError, match=message):
        read_observations(tmp_path / "d.csv", program)


def test_arrays_that_do_not_fit_are_named(tmp_path):
    program, data = grid_data(3)
    with pytest.raises(InstanceError, match=r"decisions have shape \(2, 12\), expected \(3, 12\)"):
        observations(program, data.contexts, data.decisions[:2])
    with pytest.raises(InstanceError, match=r"contexts have shape \(3, 0\)"):
        observations(program, data.contexts[:, :0], data.decisions)
    with pytest.raises(InstanceError, match="contexts are no numbers"):
        observations(program, data.contexts + 1j, data.decisions)
    (tmp_path / "d.npz").write_bytes(b"PK")
    with pytest.raises(InstanceError, match=r"damaged or no \.npz file"):
        read_observations(tmp_path / "d.npz", program)
    np.savez(tmp_path / "e.npz", z=np.ones(3))
    with pytest.raises(InstanceError, match="no array 'contexts'; it has z"):
        read_observations(tmp_path / "e.npz", program)
    with pytest.raises(UsageError, match="expected data in"):
        read_observations(tmp_path / "e.xlsx", program)
    with pytest.raises(UsageError, match="3 samples are too few to hold some out; set strength"):
        learn(program, data, Settings(method="cilp"))


def test_fewer_samples_than_dimensions_are_enough_with_a_strength():
    program, data = grid_data(3, n_contexts=8)
    for method in ("mom", "cilp", "least-squares", "ridge"):
        learned = learn(program, data, Settings(method=method, strength=0.01))
        assert np.isfinite(learned.predictor.theta).all()
