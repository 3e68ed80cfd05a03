"""Searches over actions: Monte-Carlo tree search and tabu search, in numpy and numba, without torch.

:mod:`coplug.contracts.model` says what :mod:`coplug.algorithms.mcts` asks of a problem, and
:mod:`coplug.contracts.reversible` what :mod:`coplug.algorithms.tabu` does.
"""
