"""Make the files in ``instances/`` again, and the table in ``instances/README.md``.

Usage::

    python scripts/make_instances.py            # write the instance files
    python scripts/make_instances.py --solve    # solve each with SCIP, too, and write the README

The files come out with the same content on every machine; gzipped ones may differ in their compressed bytes
where another zlib packs them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import pyscipopt

from coplug.families import generate_instances
from coplug.files import write_atomically
from coplug.problems.milp.files import write_instance
from coplug.problems.milp.instance import MilpInstance

FOLDER = Path(__file__).resolve().parent.parent / "instances"


class Series(NamedTuple):
    """The arguments of one ``coplug generate``."""

    family: str
    size: str
    n_instances: int
    seed: int
    file_format: str


# Root seeds such that SCIP needs some branching, and well under a minute.
SHIPPED = (
    Series("setcover", "tiny", 2, 0, "lp"),
    Series("setcover", "easy", 1, 3, "lp.gz"),
    Series("auctions", "tiny", 1, 0, "lp"),
    Series("auctions", "easy", 2, 0, "lp.gz"),
    Series("facilities", "tiny", 1, 0, "lp"),
    Series("facilities", "easy", 1, 0, "lp.gz"),
    Series("independent_set", "tiny", 1, 0, "lp"),
    Series("independent_set", "easy", 1, 1, "lp.gz"),
)

README = """\
# Instances to start with

Random instances of the four MILP families on which learned branching is usually measured (Gasse et al.,
NeurIPS 2019), made by `coplug generate`; `easy` is the size that policies are usually trained on. SCIP
solves each within a minute on one core.

    coplug solve instances/setcover-easy-0001.lp.gz

The optimum is proved by SCIP {version} (relative gap 0); the nodes are those of its default settings, for
a first comparison only, since one run with one seed says little about a solver. The first lines of every
file name its family, parameters and seed. `root seed` is the SEED of
`coplug generate FAMILY --size SIZE --seed SEED`; `seed` is the instance's own, that of the
`numpy.random.RandomState` that drew it.

| file | family | size | root seed | seed | rows | columns | sense | optimum | SCIP nodes |
|---|---|---|---|---|---|---|---|---|---|
{rows}

Made by `python scripts/make_instances.py --solve`.
"""


def main() -> None:
    """Write the instances, and with ``--solve`` the README."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--solve", action="store_true", help="solve the instances and write the README")
    solve = parser.parse_args().solve
    rows = []
    for series in SHIPPED:
        for drawn in generate_instances(series.family, series.n_instances, series.seed, series.size):
            path = FOLDER / f"{drawn.name}.{series.file_format}"
            write_instance(drawn.instance, path)
            print(f"wrote {path.name}", flush=True)
            if solve:
                rows.append(_table_row(series, drawn.instance, path))
                print(rows[-1], flush=True)
    if solve:
        text = README.format(rows="\n".join(rows), version=pyscipopt.Model().version())
        write_atomically(FOLDER / "README.md", text.encode())


def _table_row(series: Series, instance: MilpInstance, path: Path) -> str:
    optimum, nodes = _solve(path)
    cells = (
        f"`{path.name}`",
        series.family,
        series.size,
        series.seed,
        instance.seed,
        instance.n_rows,
        instance.n_columns,
        instance.sense,
        f"{optimum:.10g}",
        nodes,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _solve(path: Path) -> tuple[float, int]:
    """Return the optimum and the number of nodes; raises if SCIP does not prove optimality."""
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.optimize()
    if model.getStatus() != "optimal":
        raise RuntimeError(f"SCIP stopped on {path.name} with status {model.getStatus()}")
    result = float(model.getObjVal()), int(model.getNTotalNodes())
    model.free()
    return result


if __name__ == "__main__":
    main()
