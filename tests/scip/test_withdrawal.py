from __future__ import annotations

import threading
import time
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import coplug
from coplug.contracts.policy import Selection
from coplug.scip.problem import read_model
from coplug.scip.settings import apply_parameters
from coplug.scip.withdrawal import CpuTime, Withdrawal, evenness
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES


def test_evenness_of_known_distributions():
    assert evenness(np.zeros(7)) == pytest.approx(1.0)
    assert evenness(np.array([0.0, 1e6, 0.0])) == 0.0
    p = np.array([0.5, 0.25, 0.25])
    assert evenness(np.log(p)) == pytest.approx(1.5 * np.log(2) / np.log(3))


@given(arrays(np.float64, st.integers(2, 30), elements=st.floats(-50, 50)), st.floats(-1e3, 1e3))
def test_evenness_is_a_share_and_does_not_move_with_the_scores(scores, shift):
    found = evenness(scores)
    assert 0.0 <= found <= 1.0 + 1e-12
    assert evenness(scores + shift) == pytest.approx(found, abs=1e-6)


def test_flat_scores_are_judged_once_there_are_enough():
    withdrawal = Withdrawal(flat_nodes=3)
    flat, single = np.zeros(4), np.zeros(1)
    assert [withdrawal.verdict(s, 0.0, 1.0) for s in (flat, single, flat)] == [None] * 3
    assert "hardly tell" in withdrawal.verdict(flat, 0.0, 1.0)


def test_scores_that_were_not_flat_are_not_judged_again():
    withdrawal = Withdrawal(flat_nodes=2)
    for _ in range(2):
        assert withdrawal.verdict(np.array([0.0, 9.0]), 0.0, 1.0) is None
    assert all(withdrawal.verdict(np.zeros(4), 0.0, 1.0) is None for _ in range(9))


def test_time_is_judged_at_every_decision_from_the_limit_on():
    withdrawal = Withdrawal(costly_nodes=1, costly_s=1.0, share=0.2)
    sharp = np.array([0.0, 9.0])
    assert withdrawal.verdict(sharp, 0.9, 1.0) is None
    assert withdrawal.verdict(sharp, 1.0, 6.0) is None
    assert "25 % of the time" in withdrawal.verdict(sharp, 1.5, 6.0)


def test_time_is_judged_after_some_decisions():
    withdrawal = Withdrawal(costly_nodes=4)
    assert [withdrawal.verdict(np.array([0.0, 9.0]), 9.0, 9.0) for _ in range(3)] == [None] * 3
    assert "100 % of the time" in withdrawal.verdict(np.array([0.0, 9.0]), 9.0, 9.0)


def spend(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def decide(cpu, seconds=0.0):
    cpu.enter()
    spend(seconds)
    cpu.leave()


def test_the_first_decision_and_other_work_on_the_machine_count_nothing():
    cpu = CpuTime()
    decide(cpu, 0.2)
    assert (cpu.policy_s, cpu.elapsed_s) == (0.0, 0.0)
    time.sleep(0.1)
    decide(cpu, 0.05)
    assert 0.05 <= cpu.policy_s <= cpu.elapsed_s < 0.1
    spend(0.05)
    decide(cpu)
    assert cpu.policy_s < 0.1 <= cpu.elapsed_s


def test_a_solve_that_goes_on_in_another_thread_is_measured_anew():
    cpu = CpuTime()
    for _ in range(2):
        decide(cpu, 0.05)
    thread = threading.Thread(target=decide, args=(cpu,))
    thread.start()
    thread.join()
    assert (cpu.policy_s, cpu.elapsed_s) == (0.0, 0.0)


class Flat:
    name = "flat"
    candidate_kind = "lp"
    scip_parameters = MappingProxyType({"separating/maxrounds": 3})

    def scores(self, state, candidates):
        return np.zeros(len(candidates))


class Chooses:
    name = "chooses"

    def select(self, root):
        return Selection(Flat(), "for the test", Withdrawal(flat_nodes=2))


def test_a_withdrawn_policy_goes_with_its_parameters():
    model = read_model(INSTANCES / "setcover-easy-0001.lp.gz")
    try:
        apply_parameters(model, MANY_NODES | {"limits/nodes": 30, "separating/maxrounds": 7})
        rule = coplug.attach(model, Chooses())
        model.optimize()
        assert rule.statistics.decisions == rule.statistics.calls == 2
        assert "hardly tell" in rule.withdrawn
        assert rule.applied_parameters == {}
        assert model.getParam("separating/maxrounds") == 7
        assert rule.statistics.fallbacks == 0
        assert model.getNTotalNodes() > 3
    finally:
        model.free()
