import math

import numpy as np
import pytest
from wireless import nx_graph, sparse

from coplug.errors import InstanceError
from coplug.problems.routing.judging import all_pairs
from coplug.problems.routing.methods import CONTROLS, by_decisions
from coplug.problems.routing.perturbations import with_failures
from coplug.problems.routing.replay import forwarding, replay
from coplug.problems.routing.rules import COMPASS
from coplug.problems.routing.tables import read_tables, repaired, tables_of, write_tables


def costs_of(network):
    return {
        (str(u), str(v)): d["weight"]
        for a, b, d in nx_graph(network).edges(data=True)
        for u, v in ((a, b), (b, a))
    }


@pytest.mark.parametrize(("rule", "name"), [(None, "dijkstra"), (COMPASS, "compass")])
def test_replayed_tables_are_the_compiled_walks(tmp_path, rule, name):
    network = sparse(2, 30)
    write_tables(tables_of(network, rule), network, tmp_path)
    tables, costs, pairs = forwarding(tmp_path), costs_of(network), all_pairs(network)
    walked = CONTROLS[name].make(network)(network, pairs).costs
    lost = 0
    for dest, origins, values in zip(pairs.dests, pairs.origins, walked, strict=True):
        for origin, value in zip(origins, values, strict=True):
            _, cost = replay(tables, costs, str(origin), str(dest))
            lost += cost is None
            assert math.isinf(value) if cost is None else cost == pytest.approx(value)
    assert (lost > 0) == (name == "compass")


def test_repaired_tables_deliver_and_leave_the_rest_alone():
    before = sparse(2, 40)
    network = with_failures(before, 0.1, np.random.default_rng(1))
    tables = tables_of(before, None)
    fixed, repair = repaired(tables, network)
    pairs = all_pairs(network)
    stale, fresh = (
        np.concatenate(by_decisions(lambda dest, t=t: t.following[dest])(network, pairs).costs)
        for t in (tables, fixed)
    )
    assert np.isinf(stale).sum() == repair.lost > 0
    assert np.isfinite(fresh).all()
    arrived = np.isfinite(stale)
    assert (fresh[arrived] <= stale[arrived] * (1 + 1e-9)).all()
    assert 0 < repair.changed < 0.5 * repair.entries
    assert repaired(fixed, network)[1].changed == 0


def test_tables_come_back(tmp_path):
    network = sparse(2, 20)
    tables = tables_of(network, None)
    write_tables(tables, network, tmp_path)
    assert (read_tables(tmp_path, network).following == tables.following).all()
    (tmp_path / "node-03.csv").write_text("destination,next\n1,99\n")
    with pytest.raises(InstanceError, match="names node '99', which the network does not have"):
        read_tables(tmp_path, network)
    (tmp_path / "tables.csv").unlink()
    with pytest.raises(InstanceError, match="cannot be read"):
        read_tables(tmp_path, network)
