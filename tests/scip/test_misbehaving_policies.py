"""Policies that misbehave: SCIP finds the same optimum under its limits; under strict there is one error."""

from __future__ import annotations

import subprocess
import sys
import time
from types import SimpleNamespace

import pyscipopt
import pytest

import coplug
from coplug.contracts.policy import Selection
from coplug.errors import PolicyError
from coplug.scip.problem import read_model
from coplug.scip.settings import apply_parameters
from tests.scip import misbehaving
from tests.scip.misbehaving import ANSWERS, LASTING, TRAITS, raising
from tests.scip.nodes import MANY_NODES

WITHDRAWN = {
    "exits",
    "exits with a text",
    "quits",
    "interrupts",
    "closes a generator",
    "raises no exception",
    "returns an array that exits",
}
LIMIT_S = 2.0
PATIENCE_S = 15.0
"""For a solve of that limit, on a busy machine."""


@pytest.fixture(scope="module")
def optimum(tiny):
    model = read_model(tiny)
    model.optimize()
    value = model.getObjVal()
    model.free()
    return value


def solve(path, policy, **options):
    return coplug.solve(path, policy=policy, parameter=dict(MANY_NODES), **options)


def messages(caplog):
    return [record.getMessage() for record in caplog.records if record.name.startswith("coplug")]


def is_a_line(text, length=700):
    return len(text.splitlines()) == 1 and len(text) < length


def test_there_are_thirty_kinds_and_more():
    assert len(ANSWERS) + len(LASTING) + len(TRAITS) > 50


@pytest.mark.parametrize("how", ANSWERS)
def test_a_solve_goes_on_to_the_optimum(tiny, optimum, how, caplog):
    report = solve(tiny, misbehaving.policy(how))
    assert (report.status, report.signal) == ("optimal", None)
    assert report.objective == pytest.approx(optimum, abs=1e-6)
    assert report.policy.calls >= 3
    assert report.policy.fallbacks >= 1
    (warning,) = messages(caplog)
    assert warning.startswith("policy misbehaving failed (")
    assert is_a_line(warning)
    assert (report.policy.withdrawn is not None) == (how in WITHDRAWN)
    if how in WITHDRAWN:
        assert (report.policy.calls, report.policy.fallbacks) == (3, 1)
    for line in [*report.summary(), report.to_json()]:
        line.encode()


@pytest.mark.parametrize("how", ANSWERS)
def test_strict_ends_with_one_error(tiny, how, caplog):
    with pytest.raises(PolicyError, match="policy misbehaving failed at node ") as failed:
        solve(tiny, misbehaving.policy(how), strict=True)
    assert is_a_line(str(failed.value))
    assert messages(caplog) == []


@pytest.mark.parametrize("how", TRAITS)
@pytest.mark.parametrize("strict", [False, True])
def test_traits_are_refused(tiny, how, strict):
    with pytest.raises(PolicyError) as refused:
        solve(tiny, misbehaving.policy(how), strict=strict)
    assert is_a_line(str(refused.value))


def test_what_it_writes_into_its_arrays_harms_nobody_else(tiny, optimum):
    policy = misbehaving.Policy()
    policy.misbehave = misbehaving.overwriting
    report = solve(tiny, policy)
    assert (report.status, report.policy.fallbacks) == ("optimal", 0)
    assert report.objective == pytest.approx(optimum, abs=1e-6)


@pytest.mark.parametrize("how", LASTING)
@pytest.mark.parametrize("strict", [False, True])
def test_the_time_limit_holds_for_scores_that_do_not_return(tiny, how, strict, caplog):
    begin_s = time.monotonic()
    if strict:
        with pytest.raises(PolicyError, match="had not returned"):
            solve(tiny, misbehaving.policy(how), strict=True, time_limit=LIMIT_S)
    else:
        report = solve(tiny, misbehaving.policy(how), time_limit=LIMIT_S)
        assert (report.status, report.signal) == ("timelimit", None)
        assert report.bound is not None
        (warning,) = messages(caplog)
        assert "had not returned" in warning
    assert time.monotonic() - begin_s < LIMIT_S + PATIENCE_S


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ZeroDivisionError, RecursionError])
@pytest.mark.parametrize("strict", [False, True])
def test_in_a_script_of_pyscipopts(tiny, optimum, error, strict):
    """SCIP runs in the main thread there, where a KeyboardInterrupt is the user's."""
    model = read_model(tiny)
    policy = misbehaving.Policy()
    policy.misbehave = raising(error)
    try:
        apply_parameters(model, MANY_NODES)
        rule = coplug.attach(model, policy, strict=strict)
        model.optimize()
        assert rule.statistics.fallbacks >= 1
        assert (rule.failure is not None) == strict
        if strict or error is KeyboardInterrupt:
            assert model.getStatus() == "userinterrupt"
        else:
            assert model.getStatus() == "optimal"
            assert model.getObjVal() == pytest.approx(optimum, abs=1e-6)
    finally:
        model.free()


SELECTIONS = {
    "raises": raising(ZeroDivisionError),
    "exits": raising(SystemExit),
    "interrupts": raising(KeyboardInterrupt),
    "selects nothing": lambda root: None,
    "selects a policy alone": lambda root: misbehaving.Policy(),
    "selects no policy": lambda root: Selection(object(), "why not"),
    "gives no reason": lambda root: Selection(misbehaving.Policy(), None),
    "gives two lines": lambda root: Selection(misbehaving.Policy(), "one\ntwo"),
    "selects a bad trait": lambda root: Selection(misbehaving.policy("shortlist 0"), "why not"),
    "selects a name that exits": lambda root: Selection(misbehaving.policy("a name that exits"), "why not"),
}


@pytest.mark.parametrize("how", SELECTIONS)
def test_selectors_that_misbehave(tiny, optimum, how, caplog):
    selector = SimpleNamespace(name="selector", select=SELECTIONS[how])
    report = solve(tiny, selector)
    assert report.status == "optimal"
    assert report.objective == pytest.approx(optimum, abs=1e-6)
    assert report.policy.fallbacks == 1
    (warning,) = messages(caplog)
    assert is_a_line(warning)
    with pytest.raises(PolicyError) as failed:
        solve(tiny, SimpleNamespace(name="selector", select=SELECTIONS[how]), strict=True)
    assert is_a_line(str(failed.value))


class Watching(SimpleNamespace):
    def verdict(self, scores, policy_s, elapsed_s):
        return self.answer()


@pytest.mark.parametrize("answer", [raising(SystemExit), raising(ZeroDivisionError), lambda *_: 1 / 0])
def test_watches_that_misbehave(tiny, optimum, answer):
    good = misbehaving.Policy()
    good.misbehave = lambda state, candidates: candidates.astype(float)
    watch = Watching(answer=lambda: answer(None, None))
    selector = SimpleNamespace(name="s", select=lambda root: Selection(good, "why not", watch))
    report = solve(tiny, selector)
    assert report.status == "optimal"
    assert report.objective == pytest.approx(optimum, abs=1e-6)
    assert report.policy.fallbacks >= 1


def command(path, how, *options):
    name = f"tests.scip.misbehaving:{how.replace(' ', '_')}"
    words = [f"{name}={value}" for name, value in MANY_NODES.items()]
    parameters = [word for pair in words for word in ("-p", pair)]
    return subprocess.run(
        [sys.executable, "-m", "coplug", "solve", str(path), "--policy", name, *parameters, *options],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("how", "status"),
    [("exits", "optimal"), ("interrupts", "optimal"), ("sleeps", "timelimit"), ("spins", "timelimit")],
)
def test_from_the_command_line(tiny, how, status):
    options = ("--time-limit", "2") if status == "timelimit" else ()
    done = command(tiny, how, *options)
    assert done.returncode == 0, done.stderr
    assert f"status     {status}" in done.stdout
    assert is_a_line(done.stderr)
    strict = command(tiny, how, "--strict", *options)
    assert strict.returncode == 1
    assert is_a_line(strict.stderr)
    assert "failed at node" in strict.stderr


def test_traits_from_the_command_line(tiny):
    for how in ("shortlist 0", "a name that exits", "no parameters"):
        done = command(tiny, how)
        assert done.returncode == 1
        assert is_a_line(done.stderr)


def test_the_arrays_that_a_policy_is_handed_lead_to_no_model(tiny):
    handed = []
    policy = misbehaving.Policy()
    policy.misbehave = lambda state, candidates: handed.extend([state, candidates])
    solve(tiny, policy)
    state, candidates = handed[:2]
    reachable = [getattr(state, name) for name in state.__slots__] + [candidates]
    assert not any(isinstance(found, pyscipopt.Model) for found in reachable)
