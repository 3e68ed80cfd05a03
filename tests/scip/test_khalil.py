from __future__ import annotations

import copy
import ctypes
import pickle

import numpy as np
import pyscipopt
import pytest

from coplug import ecole
from coplug.errors import SolverError
from coplug.scip import khalil
from coplug.scip.khalil import FEATURES, N_STATIC_FEATURES, KhalilReader
from coplug.scip.library import Library, load_library, scip_pointer
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES, QUIET_ROOT, solve_with

PARITY = ("tiny.mps", "cauctions_100i_500b.lp", "facilities_25x20.lp")
CUTS_ONLY = MANY_NODES | {"presolving/maxrounds": 0}
DOWN, UP = 0, 1
SUMMED_WRONG = {f"rows_{sign}_coefs_{s}" for sign in ("pos", "neg") for s in ("mean", "stddev")}
LAST_ROW_ONLY = {f"active_coef_weight{w}_stddev" for w in range(1, 5)}
STARTED_ABOVE_ZERO = {"rows_neg_coefs_max"}
DEFECTS = SUMMED_WRONG | LAST_ROW_ONLY | STARTED_ABOVE_ZERO
THIRD_WEIGHT = {name for name in FEATURES if "weight3" in name}


def _escaped(parameters):
    return {name.replace("/", "__"): value for name, value in parameters.items()}


def _feature(features, name):
    return features[..., FEATURES.index(name)]


def _candidates(model, kind):
    return (model.getPseudoBranchCands() if kind == "pseudo" else model.getLPBranchCands())[0]


def _positions(model):
    """Position of each variable in the problem, by name."""
    return {variable.name: j for j, variable in enumerate(model.getVars(transformed=True))}


def random_problem(path, seed):
    """A feasible problem with fractional coefficients of both signs and rows of every kind."""
    rng = np.random.default_rng(seed)
    model = pyscipopt.Model()
    model.hideOutput()
    kinds = [("B", 0, 1)] * 12 + [("I", -4, 5)] * 12 + [("C", -2.5, 3.5)] * 6
    x = [model.addVar(f"x{j}", k, lb=lb, ub=ub) for j, (k, lb, ub) in enumerate(kinds)]
    inside = [rng.integers(lb, ub + 1) if k != "C" else rng.uniform(lb, ub) for k, lb, ub in kinds]
    for i in range(20):
        chosen = rng.choice(len(x), 12, replace=False)
        coefficients = rng.normal(size=12).round(2)
        value = sum(a * inside[j] for a, j in zip(coefficients, chosen, strict=True))
        row = pyscipopt.quicksum(float(a) * x[j] for a, j in zip(coefficients, chosen, strict=True))
        below, above = float(value - rng.uniform(0, 1)), float(value + rng.uniform(0, 1))
        model.addCons([row <= above, row >= below, (row <= above) >= below][i % 3])
    objective = rng.normal(size=len(x)).round(3)
    model.setObjective(pyscipopt.quicksum(float(a) * v for a, v in zip(objective, x, strict=True)))
    model.writeProblem(str(path), verbose=False)
    model.free()
    return path


def _clauses(path):
    """Clauses over literals; presolving puts negated variables into rows, as constants."""
    rng = np.random.default_rng(0)
    model = pyscipopt.Model()
    model.hideOutput()
    x = [model.addVar(f"x{j}", "B", obj=float(rng.uniform(1, 2))) for j in range(30)]
    for _ in range(60):
        signs = rng.choice([1, 1, -1], 3)
        literals = zip(signs, rng.choice(30, 3, replace=False), strict=True)
        model.addCons(pyscipopt.quicksum(int(a) * x[j] for a, j in literals) >= 1 - int((signs < 0).sum()))
    model.writeProblem(str(path), verbose=False)
    model.free()
    return path


class Reference:
    """The definitions in plain numpy, on PySCIPOpt's public calls; LP columns and rows as a dense matrix."""

    def __init__(self, model):
        self.model = model
        rows = model.getLPRowsData()
        self.matrix = np.zeros((len(rows), len(model.getLPColsData())))
        for i, row in enumerate(rows):
            self.matrix[i, [c.getLPPos() for c in row.getCols()]] = row.getVals()
        self.degree = (self.matrix != 0).sum(1)
        infinity = model.infinity()
        bounds = [(r.getLhs(), r.getRhs(), r.getConstant()) for r in rows]
        self.lhs = [lhs - k if abs(lhs) < infinity else None for lhs, _, k in bounds]
        self.rhs = [rhs - k if abs(rhs) < infinity else None for _, rhs, k in bounds]
        activity = [model.getRowLPActivity(r) for r in rows]
        self.active = np.array(
            [
                min(abs(a - lhs), abs(a - rhs)) <= 1e-9
                for a, (lhs, rhs, _) in zip(activity, bounds, strict=True)
            ]
        )
        self.dual = np.array([abs(r.getDualsol()) for r in rows])

    @staticmethod
    def moments(values):
        values = np.asarray(values, float)
        return [values.mean(), values.std(), values.min(), values.max()] if values.size else [0.0] * 4

    def static(self, variable):
        column = self.matrix[:, variable.getCol().getLPPos()]
        used = column[column != 0]
        objective = variable.getCol().getObjCoeff()
        out = [
            objective,
            max(objective, 0),
            min(objective, 0),
            len(used),
            *self.moments(self.degree[column != 0]),
        ]
        for part in (used[used > 0], used[used < 0]):
            out += [len(part), *self.moments(part)]
        return out

    def dynamic(self, variable, static, candidates):
        place = variable.getCol().getLPPos()
        rows = np.flatnonzero(self.matrix[:, place])
        own = self.matrix[rows, place]
        return [
            *self._distances(variable),
            *self._cutoffs(variable),
            *self._degrees(self.degree[rows], static),
            *self._side_ratios(rows, own),
            *self._coefficient_ratios(rows, own),
            *self._active(rows, own, candidates),
        ]

    def _distances(self, variable):
        value = variable.getLPSol()
        integral = abs(value - round(value)) <= self.model.feastol()
        down, up = (0.0, 0.0) if integral else (value - np.floor(value), np.ceil(value) - value)
        cost_up = up * self.model.getVarPseudocost(variable, UP)
        cost_down = down * self.model.getVarPseudocost(variable, DOWN)
        low, high = sorted((max(cost_up, 1e-5), max(cost_down, 1e-5)))
        return [min(down, up), up, cost_up, cost_down, low / high, cost_up + cost_down, cost_up * cost_down]

    @staticmethod
    def _cutoffs(variable):
        cutoff_sum = ctypes.CDLL(load_library().path).SCIPvarGetCutoffSum
        cutoff_sum.restype, cutoff_sum.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_int]
        counts = [cutoff_sum(variable.ptr(), d) for d in (UP, DOWN)]
        branchings = [variable.getNBranchings(d) for d in (UP, DOWN)]
        return counts + [n / b if b else 0.0 for n, b in zip(counts, branchings, strict=True)]

    def _degrees(self, degrees, static):
        now = self.moments(degrees)
        pairs = ((now[0], static[4]), (now[2], static[6]), (now[3], static[7]))
        return now + [a / (a + b) if a + b else 0.0 for a, b in pairs]

    def _side_ratios(self, rows, own):
        ratios = {True: [], False: []}
        for i, a in zip(rows, own, strict=True):
            if self.rhs[i] is not None:
                ratios[self.rhs[i] >= 0].append(a / (abs(a) + abs(self.rhs[i])))
            if self.lhs[i] is not None:
                ratios[self.lhs[i] <= 0].append(-a / (abs(a) + abs(self.lhs[i])))
        return [f(ratios[sign], default=d) for sign in (True, False) for f, d in ((min, 1.0), (max, -1.0))]

    def _coefficient_ratios(self, rows, own):
        ratios = {key: [] for key in ("pp", "pn", "np", "nn")}
        for i, a in zip(rows, own, strict=True):
            positive = self.matrix[i].clip(min=0).sum()
            negative = -self.matrix[i].clip(max=0).sum()
            same, other = (positive, negative) if a > 0 else (negative, positive)
            ratios["pp" if a > 0 else "nn"].append(abs(a) / same)
            ratios["pn" if a > 0 else "np"].append(abs(a) / (abs(a) + other))
        return [f(r, default=d) for r in ratios.values() for f, d in ((min, 1.0), (max, 0.0))]

    def _active(self, rows, own, candidates):
        places = [v.getCol().getLPPos() for v in candidates]
        size = np.abs(self.matrix)
        with np.errstate(divide="ignore"):
            weights = (np.ones(len(size)), 1 / size.sum(1), 1 / size[:, places].sum(1), self.dual)
        tight = self.active[rows]
        out = []
        for weight in weights:
            w = weight[rows][tight]
            values = w * np.abs(own[tight])
            out += [w.sum(), values.sum(), *self.moments(values)]
        return out


@pytest.mark.parametrize("kind", ["lp", "pseudo"])
@pytest.mark.parametrize("seed", range(4))
def test_equals_the_definitions_at_every_node(tmp_path, seed, kind):
    path = random_problem(tmp_path / "problem.mps", seed)
    reader, static, seen = KhalilReader(), {}, []

    def look(model, k):
        features = reader.read(scip_pointer(model), kind)
        reference, positions = Reference(model), _positions(model)
        assert features.shape == (len(positions), 72)
        candidates = _candidates(model, kind)
        if model.getDepth() == 0:
            static.update({c.getVar().name: reference.static(c.getVar()) for c in model.getLPColsData()})
        for variable in candidates:
            row = features[positions.pop(variable.name)]
            expected = static[variable.name] + reference.dynamic(variable, static[variable.name], candidates)
            for name, got, want in zip(FEATURES, row, expected, strict=True):
                assert got == pytest.approx(want, rel=1e-7, abs=1e-7), (name, variable.name)
            seen.append(variable.name)
        assert np.isnan(features[list(positions.values())]).all()

    solve_with(path, look, 1, heuristics=False, limits__nodes=40, **_escaped(CUTS_ONLY))
    assert len(seen) > 10


@pytest.mark.parametrize("name", PARITY)
def test_equals_what_ecole_read_where_ecole_is_right(shared_data, name):
    ours, ecoles = _both_readings(shared_data, name, "lp")
    for feature in set(FEATURES) - DEFECTS - THIRD_WEIGHT:
        np.testing.assert_allclose(
            _feature(ours, feature), _feature(ecoles, feature), atol=1e-6, err_msg=feature
        )


@pytest.mark.parametrize("name", PARITY)
def test_third_weight_counts_the_observed_candidates_where_ecole_always_counts_the_pseudo_ones(
    shared_data, name
):
    of_pseudo, ecoles = _both_readings(shared_data, name, "pseudo")
    of_lp, _ = _both_readings(shared_data, name, "lp")
    for feature in THIRD_WEIGHT - DEFECTS:
        np.testing.assert_allclose(
            _feature(of_pseudo, feature), _feature(ecoles, feature), atol=1e-6, err_msg=feature
        )
    assert (
        _feature(of_lp, "active_coef_weight3_sum") >= _feature(of_pseudo, "active_coef_weight3_sum")
    ).all()


def _both_readings(shared, name, kind):
    """Our and Ecole's features of the root's LP candidates."""
    seen = {}

    def look(model, k):
        seen["features"] = KhalilReader().read(scip_pointer(model), kind)
        seen["positions"] = _positions(model)

    path = shared / "ecole_parity" / name
    solve_with(path, look, 10**9, heuristics=False, limits__nodes=1, **_escaped(QUIET_ROOT))
    stored = np.load(path.with_name(path.name + ".npz"))
    assert tuple(stored["khalil_feature_names"]) == FEATURES
    observed = ~np.isnan(stored["khalil"][:, 0])
    order = [seen["positions"][n] for n in stored["var_names"][observed]]
    return seen["features"][order], stored["khalil"][observed]


def test_means_of_coefficients_are_not_truncated_and_maxima_not_above_zero_as_ecoles_are(shared_data):
    """One or two values of known extremes leave no choice of mean and deviation."""
    ours, ecoles = _both_readings(shared_data, "tiny.mps", "lp")
    for sign, count in (("pos", 2), ("neg", 1)):
        stem = f"rows_{sign}_coefs_"
        few = _feature(ours, stem + "count") == count
        low, high = _feature(ours, stem + "min")[few], _feature(ours, stem + "max")[few]
        np.testing.assert_allclose(_feature(ours, stem + "mean")[few], (low + high) / 2)
        np.testing.assert_allclose(_feature(ours, stem + "stddev")[few], (high - low) / 2)
        truncated = np.trunc((low + high) / 2 * count) / count
        np.testing.assert_allclose(_feature(ecoles, stem + "mean")[few], truncated)
    ours, ecoles = _both_readings(shared_data, "facilities_25x20.lp", "lp")
    assert (_feature(ours, "rows_neg_coefs_mean") < 0).all()
    assert (_feature(ours, "rows_neg_coefs_max") == -1).all()
    assert (_feature(ecoles, "rows_neg_coefs_mean") > 1e17).all()
    assert (_feature(ecoles, "rows_neg_coefs_max") > 0).all()


def test_deviation_of_active_coefficients_is_over_all_rows_where_ecoles_is_of_the_last(shared_data):
    """Two values of known mean, sum and extremes leave no choice of the deviation."""
    ours, ecoles = _both_readings(shared_data, "cauctions_100i_500b.lp", "lp")
    two = _feature(ours, "active_coef_weight1_count") == 2
    assert two.sum() > 10
    for weight in (2, 4):
        stem = f"active_coef_weight{weight}_"
        half = (_feature(ours, stem + "max") - _feature(ours, stem + "min"))[two] / 2
        np.testing.assert_allclose(_feature(ours, stem + "stddev")[two], half, atol=1e-9)
        np.testing.assert_allclose(_feature(ecoles, stem + "stddev")[two], half / np.sqrt(2), atol=1e-6)


def test_integral_candidates_have_no_distance_where_ecole_says_one(tmp_path):
    path = random_problem(tmp_path / "problem.mps", 1)
    checked = []

    def look(model, k):
        features, positions = KhalilReader().read(scip_pointer(model), "pseudo"), _positions(model)
        for variable in _candidates(model, "pseudo"):
            if model.isFeasIntegral(variable.getLPSol()):
                row = features[positions[variable.name]]
                assert _feature(row, "slack") == _feature(row, "ceil_dist") == 0.0
                assert _feature(row, "pseudocost_up") == _feature(row, "pseudocost_down") == 0.0
                checked.append(variable.name)

    solve_with(path, look, 1, heuristics=False, limits__nodes=20, **_escaped(CUTS_ONLY))
    assert checked


def test_a_constant_in_a_row_moves_its_sides_where_ecole_compares_with_the_raw_ones(tmp_path):
    path = _clauses(tmp_path / "clauses.mps")
    constants = []

    def look(model, k):
        constants.extend(r.getConstant() for r in model.getLPRowsData())
        reference, positions = Reference(model), _positions(model)
        features = KhalilReader().read(scip_pointer(model), "lp")
        at = FEATURES.index("coef_pos_rhs_ratio_min")
        for variable in _candidates(model, "lp"):
            static = reference.static(variable)
            expected = reference.dynamic(variable, static, _candidates(model, "lp"))[at - 18 :][:4]
            assert features[positions[variable.name], at : at + 4] == pytest.approx(expected)

    upgrading = QUIET_ROOT | {"presolving/maxrounds": 2, "limits/nodes": 3}
    solve_with(path, look, 1, heuristics=False, **_escaped(upgrading))
    assert any(constants)


def test_static_features_stay_those_of_the_root_while_cuts_come_and_go(tiny):
    reader, root, later = KhalilReader(), {}, []

    def look(model, k):
        features = reader.read(scip_pointer(model), "pseudo")[:, :N_STATIC_FEATURES]
        for name, j in _positions(model).items():
            if model.getDepth() == 0:
                root[name] = features[j]
            elif not np.isnan(features[j, 0]) and not np.isnan(root[name][0]):
                np.testing.assert_array_equal(features[j], root[name])
                later.append(name)

    solve_with(tiny, look, 1, limits__nodes=60, **_escaped(MANY_NODES))
    assert later


def test_without_a_reading_at_the_root_static_features_are_those_of_the_first_lp_met(tiny):
    reader, first = KhalilReader(), {}

    def look(model, k):
        if model.getDepth() == 0:
            return
        features, reference = reader.read(scip_pointer(model), "lp"), Reference(model)
        for variable in _candidates(model, "lp"):
            row = features[_positions(model)[variable.name], :N_STATIC_FEATURES]
            expected = first.setdefault(variable.name, reference.static(variable))
            assert row == pytest.approx(expected)

    solve_with(tiny, look, 1, limits__nodes=40, **_escaped(MANY_NODES))
    assert first


def test_a_library_that_the_kernels_cannot_use_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(khalil, "load_library", lambda: Library("/x/libscip.so", "it is SCIP 9"))
    with pytest.raises(SolverError, match="it is SCIP 9"):
        KhalilReader().read(0)


@pytest.mark.parametrize("pseudo", [False, True])
def test_observation_has_a_row_for_each_candidate_and_copies(pseudo):
    function = ecole.observation.Khalil2016(pseudo_candidates=pseudo)
    environment = ecole.environment.Branching(
        observation_function=function, pseudo_candidates=pseudo, scip_params={"limits/nodes": 10}
    )
    environment.seed(0)
    observation, actions, _, done, _ = environment.reset(str(INSTANCES / "setcover-tiny-0001.lp"))
    while not done:
        last = observation
        assert np.flatnonzero(~np.isnan(observation.features[:, 0])).tolist() == sorted(actions.tolist())
        observation, actions, _, done, _ = environment.step(actions[0])
    names = list(type(last).Features.__members__)
    assert names == list(FEATURES)
    assert (last.n_static_features, last.n_dynamic_features) == (18, 54)
    for twin in (pickle.loads(pickle.dumps(last)), copy.deepcopy(last), copy.copy(last)):
        np.testing.assert_array_equal(twin.features, last.features)
    last.features[:] = 0.0
    assert pickle.loads(pickle.dumps(type(last).Features.slack)) == 18
    copy.deepcopy(function)
    pickle.dumps(function)


def test_nothing_is_observed_before_and_after_the_solve(tiny):
    function, model = ecole.observation.Khalil2016(), ecole.scip.Model.from_file(tiny)
    function.before_reset(model)
    assert function.extract(model, False) is None
    model.solve()
    assert function.extract(model, True) is None
