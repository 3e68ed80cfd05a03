from __future__ import annotations

from importlib.metadata import EntryPoint
from types import MappingProxyType

import numpy as np
import pytest

import coplug
from coplug.errors import PolicyError, WeightsError
from coplug.inference.bundles import Bundle
from coplug.inference.zoo import shipped, zoo_directory
from coplug.plugins import POLICIES
from coplug.problems.milp import policies as policy_module
from coplug.problems.milp.policies import AutoPolicy, Offer, available_policies, load_policy
from coplug.scip.compiled import CompiledReader
from coplug.scip.problem import read_model
from coplug.scip.structure import structure_metrics
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES, solve_with

ZOO = sorted(shipped("milp"))


def test_something_is_shipped():
    assert "setcover-gcnn" in ZOO
    assert set(ZOO) < set(available_policies())


@pytest.mark.parametrize("name", ZOO)
def test_shipped_policies_load_and_have_a_card(name):
    policy = load_policy(name)
    assert policy.name == name
    card = (zoo_directory() / name / "README.md").read_text()
    assert "acc@1" in card
    assert policy.fingerprint or "`auto` leaves" in card
    assert sum(f.stat().st_size for f in (zoo_directory() / name).iterdir()) < 2_000_000


def test_an_unknown_name_lists_the_choices():
    with pytest.raises(PolicyError, match=r"no policy 'nosuch'; known are none, auto, .*setcover-gcnn"):
        load_policy("nosuch")


@pytest.mark.parametrize("name", ["no.such.module:thing", "math:nothing", "math:pi", "math:sin"])
def test_what_is_no_policy_is_refused_in_one_line(name):
    with pytest.raises(PolicyError, match=f"policy {name}") as raised:
        load_policy(name)
    assert "\n" not in str(raised.value)


def test_objects_classes_and_factories_are_policies():
    for name in ("Policy", "Bundle"):
        assert load_policy(f"tests.scip.test_branching:{name}").name in ("test", "bundle")


def test_a_directory_without_weights_is_refused(tmp_path):
    with pytest.raises(WeightsError):
        load_policy(str(tmp_path))


def root_metrics(path):
    seen = {}

    def look(model, k):
        seen.update(structure_metrics(CompiledReader(model).read()))

    solve_with(
        path, look, 10**9, limits__nodes=10, **{n.replace("/", "__"): v for n, v in MANY_NODES.items()}
    )
    return seen


@pytest.mark.parametrize(
    ("name", "metric", "low"),
    [
        ("setcover-tiny-0001.lp", "covering_share", 0.5),
        ("auctions-tiny-0001.lp", "packing_share", 0.3),
        ("independent_set-tiny-0001.lp", "packing_share", 0.3),
    ],
)
def test_families_show_in_the_metrics(name, metric, low):
    metrics = root_metrics(INSTANCES / name)
    assert metrics[metric] >= low
    assert metrics["binary_share"] == 1.0
    assert 0.0 < metrics["density"] < 1.0


def test_metrics_of_an_empty_lp_are_finite():
    from coplug.contracts.node import NodeState

    empty = NodeState(
        np.empty((0, 19)), np.empty((0, 5)), np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0), 1
    )
    assert all(np.isfinite(value) for value in structure_metrics(empty).values())


def test_a_mismatch_is_put_in_words():
    offer = Offer("p", {"n_rows": (2.0, 5.0), "density": (0.0, 0.1)}, lambda: None)
    assert offer.mismatches({"n_rows": 2.0, "density": 0.1}) == []
    assert offer.mismatches({"n_rows": 1.0, "density": 0.1}) == ["n_rows 1 is outside 2 to 5"]
    assert offer.mismatches({"n_rows": 9.0}) == ["n_rows 9 is outside 2 to 5", "unknown metric density"]


def test_auto_is_offered_the_zoo_and_what_other_packages_bring(monkeypatch):
    brought = EntryPoint("brought", "tests.test_policy:Brought", POLICIES.group)
    broken = EntryPoint("broken", "no.such.module:thing", POLICIES.group)
    monkeypatch.setattr(POLICIES, "entries", lambda: {"brought": brought, "broken": broken})
    offered = {offer.name: offer for offer in policy_module.offers()}
    assert {name for name in ZOO if load_policy(name).fingerprint} < set(offered)
    assert "broken" not in offered
    assert offered["brought"].load().name == "brought"


class Brought:
    name = "brought"
    candidate_kind = "lp"
    fingerprint = MappingProxyType({"n_rows": (0.0, 1e9)})

    def scores(self, state, candidates):
        return np.arange(len(candidates), dtype=float)


def test_auto_takes_a_policy_of_another_package_by_its_fingerprint(tiny):
    rule = attached(tiny, AutoPolicy([Offer("brought", Brought.fingerprint, Brought)]))
    assert rule.name == "brought"
    assert rule.statistics.decisions > 0


def test_auto_leaves_out_a_damaged_entry_of_the_zoo(monkeypatch, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "config.json").write_text("{")
    monkeypatch.setattr(policy_module, "_known", lambda: {"damaged": Bundle(damaged, "test")})
    assert policy_module.offers() == []


def attached(path, policy, parameters=MANY_NODES):
    model = read_model(path)
    try:
        from coplug.scip.settings import apply_parameters

        apply_parameters(model, parameters | {"branching/mostinf/priority": 1, "limits/nodes": 30})
        rule = coplug.attach(model, policy)
        model.optimize()
        return rule
    finally:
        model.free()


@pytest.mark.parametrize(
    ("instance", "policy"),
    [("setcover-easy-0001.lp.gz", "setcover-gcnn"), ("auctions-tiny-0001.lp", "auctions-gcnn")],
)
def test_auto_takes_the_shipped_policy_of_a_family_and_says_why(instance, policy):
    rule = attached(INSTANCES / instance, "auto")
    assert rule.name == policy
    assert f"{policy} was trained on" in rule.selection.reason
    assert rule.statistics.decisions > 0
    assert rule.statistics.fallbacks == 0


def test_auto_leaves_what_no_policy_fits_to_scip_and_says_why():
    rule = attached(INSTANCES / "facilities-tiny-0001.lp", "auto")
    assert rule.selection.policy is None
    assert "SCIP's own branching" in rule.selection.reason
    assert rule.statistics.calls == 0


def test_auto_solves_as_the_policy_that_it_takes():
    limits = {"limits/nodes": 25}
    chosen, named = (
        attached(INSTANCES / "setcover-easy-0001.lp.gz", policy, limits)
        for policy in ("auto", "setcover-gcnn")
    )
    assert chosen.name == named.name
    assert chosen.applied_parameters == named.applied_parameters
    for of in ("calls", "decisions"):
        assert getattr(chosen.statistics, of) == getattr(named.statistics, of) > 5


def test_auto_without_a_zoo_leaves_scip_alone(tiny):
    rule = attached(tiny, AutoPolicy([]))
    assert rule.selection.policy is None


def test_attach_with_none_changes_nothing(tiny):
    assert attached(tiny, "none") is None
