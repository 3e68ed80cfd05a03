"""Models and small helpers for the tests of Ecole's interface."""

from __future__ import annotations

import coplug.ecole as ecole
from tests.conftest import INSTANCES

AUCTION = INSTANCES / "auctions-tiny-0001.lp"
SETCOVER = INSTANCES / "setcover-tiny-0001.lp"

NO_ROOT_WORK = {"presolving/maxrounds": 0, "separating/maxrounds": 0, "separating/maxroundsroot": 0}
"""Leaves small instances to branching, whatever the seed."""

USUAL = {
    "separating/maxrounds": 0,
    "presolving/maxrestarts": 0,
    "limits/time": 60,
    "timing/clocktype": 2,
}
"""What nearly every client sets."""


def branchy_model(path=AUCTION):
    """Return a model that takes many nodes."""
    model = ecole.scip.Model.from_file(path)
    model.set_params(NO_ROOT_WORK)
    return model


def at_root(path=AUCTION, pseudo=False):
    """Return a model that waits for its first branching, and the action set."""
    model = branchy_model(path)
    done, action_set = ecole.dynamics.BranchingDynamics(pseudo).reset_dynamics(model)
    assert not done
    return model, action_set


def last_action(action_set):
    return action_set[-1]


def finish(environment, action_set, done, choose=last_action):
    """Step to the end of the episode; returns the number of steps."""
    steps = 0
    while not done:
        _, action_set, _, done, _ = environment.step(choose(action_set))
        steps += 1
    return steps


def auctions(seed=3, **sizes):
    """Return an endless generator of instances that take a few decisions."""
    generator = ecole.instance.CombinatorialAuctionGenerator(**{"n_items": 40, "n_bids": 120} | sizes)
    generator.seed(seed)
    return generator
