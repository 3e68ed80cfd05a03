"""Checks that a policy or an environment keeps its contract, for the tests of whoever writes one.

>>> from coplug.testing import check_env, check_policy
>>> check_policy(MyPolicy())  # doctest: +SKIP
>>> check_env("my_package/MyProblem-v0")  # doctest: +SKIP

Each raises an ``AssertionError`` whose message lists all that is wrong.
"""

from coplug.testing.environment import check_env
from coplug.testing.policy import check_policy
from coplug.testing.violations import EnvironmentCheckError, PolicyCheckError

__all__ = ["EnvironmentCheckError", "PolicyCheckError", "check_env", "check_policy"]
