from __future__ import annotations

import itertools

import pytest

from coplug.fitting import branching
from coplug.fitting.measure import SETTINGS, Rows, choose
from coplug.inference.policy import load_kernel_policy
from coplug.parallel import Workers
from coplug.tuning.ledger import Allowance, Ledger
from tests.conftest import INSTANCES

TINY = [str(INSTANCES / f"{name}-tiny-0001.lp") for name in ("setcover", "auctions")]


@pytest.mark.slow
def test_samples_become_networks_and_the_fastest_is_chosen(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(branching, "LEAST_SAMPLES", 10)
    monkeypatch.setattr(branching, "EXPERT_PROBABILITY", 1.0)
    settings = {"separating/maxrounds": 0, "separating/maxroundsroot": 0, "presolving/maxrestarts": 0}
    ledger = Ledger(1000.0)

    def allowance(length_s):
        return Allowance(ledger, ledger.spent_s, ledger.spent_s + length_s)

    part = allowance(12.0)
    samples = tmp_path / "samples"
    counts = branching.collect_samples(samples, TINY, TINY, settings, part, Workers(), 0)
    assert min(counts) > 0
    assert part.left_s < 1.0
    again = branching.collect_samples(samples, TINY, TINY, settings, part, Workers(), 0)
    assert again == counts
    trained = branching.train_networks(
        tmp_path / "training", [samples / "train"], [samples / "valid"], allowance(12.0), 0
    )
    assert set(trained) == {"width-32", "width-16"}
    entrants = branching.candidates(tmp_path / "candidates", trained, settings)
    assert set(entrants) == {"width-32", "width-32-shortlist", "width-16", "width-16-shortlist"}
    policy = load_kernel_policy(entrants["width-16-shortlist"])
    assert policy.scip_parameters == settings
    assert policy.shortlist == branching.SHORTLIST
    said = []
    named = {name: str(path) for name, path in entrants.items()} | {SETTINGS: "none"}
    rows = Rows(tmp_path / "choice.csv", 20.0, named, allowance(30.0), said.append)
    pairs = itertools.product(TINY, (0, 1))
    chosen = choose(rows, list(entrants), SETTINGS, pairs)
    assert chosen in named
    assert len(said) >= 3
    n = len(said)
    again = Rows(tmp_path / "choice.csv", 20.0, named, allowance(30.0), said.append)
    assert choose(again, list(entrants), SETTINGS, itertools.product(TINY, (0, 1))) == chosen
    assert len(said) == n
