"""Searches over actions: Monte-Carlo tree search and tabu search, in numpy and numba, without torch.

:mod:`coplug.search.problem` says what a problem must offer, :mod:`coplug.search.mcts` and
:mod:`coplug.search.tabu` search it.
"""
