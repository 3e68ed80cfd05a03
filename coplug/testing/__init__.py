"""Checks that a policy, an environment and so on keep their contracts, for the tests of whoever writes one.

>>> from coplug.testing import check_env, check_policy
>>> check_policy(MyPolicy())  # doctest: +SKIP
>>> check_env("my_package/MyProblem-v0")  # doctest: +SKIP

Each raises an ``AssertionError`` whose message lists all that is wrong.
"""

from coplug.testing.dag import check_dag
from coplug.testing.environment import check_env
from coplug.testing.episodes import check_episodes
from coplug.testing.family import check_family
from coplug.testing.game import check_game
from coplug.testing.policy import check_policy
from coplug.testing.problem import check_problem
from coplug.testing.violations import (
    DagCheckError,
    EnvironmentCheckError,
    EpisodesCheckError,
    FamilyCheckError,
    GameCheckError,
    PolicyCheckError,
    ProblemCheckError,
)

__all__ = [
    "DagCheckError",
    "EnvironmentCheckError",
    "EpisodesCheckError",
    "FamilyCheckError",
    "GameCheckError",
    "PolicyCheckError",
    "ProblemCheckError",
    "check_dag",
    "check_env",
    "check_episodes",
    "check_family",
    "check_game",
    "check_policy",
    "check_problem",
]
