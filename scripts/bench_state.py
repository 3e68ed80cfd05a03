"""Time of reading the node state: coplug's compiled reader against PySCIPOpt's getBipartiteGraphRepresentation.

Both read the same nodes of the same solves, one after the other in each branching callback, on set cover 500 x 1000
with SCIP's default root cuts. A node's reading includes whatever changed since the last node.

    python scripts/bench_state.py [--instances 3] [--nodes 100]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import pyscipopt

from coplug.families import generate_instances
from coplug.problems.milp.files import write_instance
from coplug.scip.compiled import CompiledReader
from coplug.scip.portable import PortableReader
from coplug.scip.settings import apply_parameters, gasse_protocol
from coplug.scip.solve import open_model
from coplug.scip.warm_up import warm_up_scip


class Timing(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Times three readers at every node and leaves branching to SCIP."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, float, float]] = []
        self.sizes: list[tuple[int, int, int]] = []
        self.reader: CompiledReader | None = None

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        """Read with all three; called by SCIP at each node."""
        self.reader = self.reader or CompiledReader(self.model)
        start = time.perf_counter()
        state = self.reader.read()
        compiled = time.perf_counter() - start
        start = time.perf_counter()
        self.model.getBipartiteGraphRepresentation()
        reference = time.perf_counter() - start
        start = time.perf_counter()
        PortableReader(self.model).read()
        portable = time.perf_counter() - start
        self.rows.append((compiled, reference, portable))
        self.sizes.append((state.n_rows, state.n_columns, state.n_edges))
        return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=100)
    arguments = parser.parse_args()
    warm_up_scip()
    print(
        f"{'instance':<22} {'rows':>5} {'cols':>5} {'edges':>6} {'coplug ms':>10} {'PySCIPOpt ms':>13} {'ratio':>6}"
    )
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for drawn in generate_instances("setcover", arguments.instances, 7, "easy"):
            path = Path(folder) / f"{drawn.name}.lp"
            write_instance(drawn.instance, path)
            with open_model(path) as model:
                apply_parameters(model, gasse_protocol(0) | {"limits/nodes": arguments.nodes})
                rule = Timing()
                model.includeBranchrule(rule, "timing", "times readers", 1_000_000, -1, 1.0)
                model.optimize()
            compiled, reference, portable = (
                statistics.median(column) for column in zip(*rule.rows, strict=True)
            )
            rows, columns, edges = (statistics.median(size) for size in zip(*rule.sizes, strict=True))
            ratios.append(statistics.median(r / c for c, r, _ in rule.rows))
            print(
                f"{drawn.name:<22} {rows:5.0f} {columns:5.0f} {edges:6.0f} {1e3 * compiled:10.3f} "
                f"{1e3 * reference:13.2f} {ratios[-1]:6.1f}   (portable reader {1e3 * portable:.1f} ms)"
            )
    print(f"median ratio of the readings of one node: {statistics.median(ratios):.1f}; asked: 15, aim 25")


if __name__ == "__main__":
    main()
