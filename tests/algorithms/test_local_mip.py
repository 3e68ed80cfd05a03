"""Local-MIP in a process beside: programs as it takes them, and what comes back."""

import time

import numpy as np
import pytest
import scipy.sparse

from coplug.algorithms.local_mip import beside
from coplug.algorithms.local_mip.beside import SearchBeside, check_installed
from coplug.algorithms.local_mip.program import RangedProgram, ranged
from coplug.errors import UsageError


def program_of(rows, biases, objective, upper, integral=True):
    n = len(objective)
    matrix = scipy.sparse.csr_array(np.array(rows, float))
    bounds = np.zeros(n), np.array(upper, float)
    return ranged(matrix, np.array(biases, float), np.array(objective, float), *bounds, np.full(n, integral))


def dense(program):
    shape = (len(program.lhs), len(program.objective))
    return scipy.sparse.csr_array((program.values, program.columns, program.starts), shape=shape).toarray()


def test_a_row_that_follows_its_negative_makes_one_with_both_sides():
    rows = [[1, 1, 0], [-1, -2, 0], [1, 2, 0], [0, -1, 3], [0, 1, -3], [0, -1, 3]]
    program = program_of(rows, [4, -1, 5, -2, 2, 7], [1, 1, 1], [9, 9, 9])
    assert dense(program).tolist() == [[1, 1, 0], [1, 2, 0], [0, 1, -3], [0, -1, 3]]
    assert program.lhs.tolist() == [-np.inf, 1, 2, -np.inf]
    assert program.rhs.tolist() == [4, 5, 2, 7]


def test_file_has_what_was_written(tmp_path):
    program = program_of([[1, -2]], [3], [0, 1], [1, np.inf])
    program.write(tmp_path / "program.npz")
    again = RangedProgram.read(tmp_path / "program.npz")
    assert dense(again).tolist() == [[1, -2]]
    assert (again.rhs.tolist(), again.upper.tolist()) == ([3], [1, np.inf])


def test_missing_package_is_one_line(monkeypatch):
    monkeypatch.setattr(beside, "PACKAGE", "no_such_package")
    with pytest.raises(
        UsageError, match=r"--local-mip needs the package localmip: pip install .*\[localmip\]'"
    ):
        check_installed()


def best_of(program):
    """Return the last solution of a short search."""
    search, point = SearchBeside(program, 0, 1.0), None
    try:
        while not search.has_ended:
            point = found if (found := search.best()) is not None else point
            time.sleep(0.01)
        return found if (found := search.best()) is not None else point
    finally:
        search.end()


def test_solution_of_a_small_program_is_its_optimum():
    pytest.importorskip("localmip_py")
    # cover {1, 2}, {2, 3}, {1, 3} with costs 2, 3, 2: the first and the last
    rows = [[-1, -1, 0], [0, -1, -1], [-1, 0, -1]]
    assert best_of(program_of(rows, [-1, -1, -1], [2, 3, 2], [1, 1, 1])).tolist() == [1, 0, 1]


def test_equations_and_integers_are_kept():
    pytest.importorskip("localmip_py")
    # 3 x + 5 y = 19: only x = 3, y = 2
    point = best_of(program_of([[-3, -5], [3, 5]], [-19, 19], [1, 1], [9, 9]))
    assert point.tolist() == [3, 2]


def test_what_is_infeasible_has_no_solution():
    pytest.importorskip("localmip_py")
    assert best_of(program_of([[-1, -1]], [-3], [1, 1], [1, 1])) is None


def test_search_that_is_not_needed_any_more_leaves_no_process():
    pytest.importorskip("localmip_py")
    search = SearchBeside(program_of([[-1, -1]], [-1], [1, 1], [1, 1]), 0, 1000.0)
    assert not search.has_ended
    search.end()
    assert search.has_ended


def test_process_ends_with_its_parents_pipe():
    pytest.importorskip("localmip_py")
    search = SearchBeside(program_of([[-1, -1]], [-1], [1, 1], [1, 1]), 0, 1000.0)
    search._process.stdin.close()
    assert search._process.wait(60) == 0
    search.end()
