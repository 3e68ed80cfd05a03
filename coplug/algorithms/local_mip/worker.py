"""The process in which Local-MIP runs: ``python -m coplug.algorithms.local_mip.worker PROGRAM.npz SEED SECONDS``.

Each solution that is better than the ones before goes to standard output as float64 values. The process ends when its
standard input does. Local-MIP (MIT) is the package ``localmip``: P. Lin, S. Cai, M. Zou and J. Lin, Local-MIP:
efficient local search for mixed integer programming, Artificial Intelligence 348 (2025).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from coplug.algorithms.local_mip.program import Float, RangedProgram

FIRST_S, LONGEST_S = 0.25, 8.0
"""Seconds of the first run, each of which takes twice as long as the one before, up to the longest."""


def prepared(program: RangedProgram) -> Any:
    """Return the program as Local-MIP has it, None where it proves that there is no solution."""
    import localmip_py

    builder = localmip_py.ModelBuilder()
    builder.set_sense(localmip_py.Sense.minimize)
    is_binary = program.integral & (program.lower == 0.0) & (program.upper == 1.0)
    kinds = localmip_py.VarType
    for j in range(len(program.objective)):
        whole = kinds.binary if is_binary[j] else kinds.general_integer
        kind = whole if program.integral[j] else kinds.real
        bounds = float(program.lower[j]), float(program.upper[j])
        builder.add_var(f"x{j}", *bounds, float(program.objective[j]), kind)
    columns, values = program.columns.tolist(), program.values.tolist()
    for row, (start, end) in enumerate(zip(program.starts[:-1], program.starts[1:], strict=True)):
        sides = float(program.lhs[row]), float(program.rhs[row])
        builder.add_con(*sides, columns[start:end], values[start:end])
    try:
        return builder.prepare()
    except RuntimeError:  # all that it raises there is that the program is infeasible
        return None


def improving_points(program: RangedProgram, seed: int, seconds: float) -> Iterator[Float]:
    """Yield solutions, each better than the one before.

    A run of Local-MIP tells nothing before its end, so there are several, of growing length and under different seeds.

    Parameters
    ----------
    program : RangedProgram
    seed : int
        At least 0.
    seconds : float
        In all.
    """
    import localmip_py

    until_s = time.monotonic() + seconds
    model = prepared(program)
    best, length_s = np.inf, FIRST_S
    while model is not None and (left_s := until_s - time.monotonic()) > 0.0:
        solver = localmip_py.LocalMIP(model)
        solver.set_random_seed(seed % 2**31 + 1)
        solver.set_log_obj(False)
        solver.set_time_limit(min(length_s, left_s))
        solver.run()
        if solver.is_feasible():
            point = np.array(solver.get_solution())
            objective = float(program.objective @ point)
            if objective < best - 1e-9 * max(1.0, abs(objective)):
                best = objective
                yield point
        seed, length_s = seed + 1, min(2.0 * length_s, LONGEST_S)


def main() -> None:
    """Search, and write what is found."""
    path, seed, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Local-MIP prints there
    threading.Thread(target=_end_with_input, daemon=True).start()
    for point in improving_points(RangedProgram.read(path), seed, seconds):
        data = point.astype(np.float64).tobytes()
        while data:
            data = data[os.write(answers, data) :]


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
