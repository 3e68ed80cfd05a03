from __future__ import annotations

import json

import pytest

from coplug.comparison.bootstrap import NOTHING
from coplug.fitting import branching, learning
from coplug.fitting.look import Look
from coplug.fitting.split import Split
from coplug.fitting.state import State
from coplug.fitting.work import Work
from coplug.parallel import Workers
from coplug.tuning.instances import usable_instances
from coplug.tuning.ledger import Ledger
from coplug.tuning.search import Found
from tests.conftest import INSTANCES

TINY = [str(INSTANCES / f"{name}-tiny-0001.lp") for name in ("setcover", "auctions")]
SETTINGS = {"separating/maxrounds": 0, "separating/maxroundsroot": 0, "presolving/maxrestarts": 0}


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A fit whose settings are found already, in which branching is taken to pay and the first entrant to win."""
    pytest.importorskip("torch")
    monkeypatch.setattr(branching, "LEAST_SAMPLES", 10)
    monkeypatch.setattr(branching, "EXPERT_PROBABILITY", 1.0)
    monkeypatch.setattr(learning, "branching_pays", lambda work, found, look: True)
    monkeypatch.setattr(learning, "choose", lambda rows, names, reference, pairs: names[0])
    said = []
    budget_s = 300.0
    return Work(
        out=tmp_path / "mine",
        work=tmp_path,
        budget_s=budget_s,
        limit_s=10.0,
        objective="time",
        seed=0,
        workers=Workers(),
        instances=usable_instances(TINY),
        parts=Split(tuple(TINY), tuple(TINY), tuple(TINY)),
        state=State(tmp_path, {}),
        ledger=Ledger(budget_s),
        say=said.append,
        on_solve=lambda solve, settings: None,
    )


def found():
    return Found(dict(SETTINGS), NOTHING, dict(SETTINGS), "time", 0, 0)


@pytest.mark.slow
def test_where_a_network_pays_dagger_goes_on_where_it_branches(work, tmp_path):
    network, lines = learning.fit_policy(work, Look(()), found())
    assert network == tmp_path / "candidates-again" / "width-32"
    assert lines[-1].startswith("DAgger: ")
    collection = json.loads((tmp_path / "samples-again" / "train" / "collection.json").read_text())
    assert collection["actor"] == str(tmp_path / "candidates" / "width-32")
    spent = work.ledger.spent_s
    assert learning.fit_policy(work, Look(()), found()) == (network, lines)
    assert work.ledger.spent_s - spent < 1.0
