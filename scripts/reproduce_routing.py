"""Routing in wireless networks: learned rules beside classical ones on the grid of arXiv:2308.09829, and more.

    python scripts/reproduce_routing.py grid [--geometry square|hyperbolic] [--graphs 20] [--pairs N]
    python scripts/reproduce_routing.py rules --policies DIR    # other weights of rules without memory, such as PPO's
    python scripts/reproduce_routing.py failures [--graphs 20]  # 10 % of the links fail after tables were made
    python scripts/reproduce_routing.py moves [--graphs 20]     # nodes move by a tenth of the radius
    python scripts/reproduce_routing.py transfer [--graphs 20]  # other sizes than those that were trained on
    python scripts/reproduce_routing.py needs                   # state and messages by what nodes know
    python scripts/reproduce_routing.py speed                   # all pairs of 1,000 nodes; sampled ones of 10,000
    python scripts/reproduce_routing.py replay [--graphs 20]    # exported tables, hop by hop, by an independent routine

Networks of the tables are drawn by a root seed of their own; training and validation draw from others. Pairs are the
connected ones; a packet is delivered by a node next to its destination; eps is 0.05, which the paper leaves open. Means
with standard errors over networks go to docs/data/routing_*.csv, of which routing_tables.py prints the tables of
docs/results/routing.md.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coplug.families import instance_seed
from coplug.problems.routing.families import WirelessHyperbolic, WirelessSquare
from coplug.problems.routing.judging import all_pairs, judge, sampled_pairs
from coplug.problems.routing.learned import load_rule, shipped_rules
from coplug.problems.routing.methods import (
    CONTROLS,
    Way,
    by_decisions,
    learned_way,
)
from coplug.problems.routing.needs import ALL, ONE_HOP, TWO_HOPS, need_of
from coplug.problems.routing.network import Network
from coplug.problems.routing.perturbations import with_failures, with_moves
from coplug.problems.routing.replay import forwarding, replay
from coplug.problems.routing.tables import repaired, tables_of, write_tables

DATA = Path(__file__).parent.parent / "docs" / "data"
TEST_SEED = 5_000_000
"""Root seed of the test networks."""

SIZES = (27, 64, 125, 216)
DENSITIES = {"square": (2.0, 3.0, 4.0, 5.0), "hyperbolic": (1.0, 2.0, 3.0, 4.0)}
FAMILIES: dict[str, Callable[..., Any]] = {"square": WirelessSquare, "hyperbolic": WirelessHyperbolic}
MEASURES = ("zeta_accuracy", "delivery", "mean_stretch", "accuracy", "packet_bytes", "largest_packet")
"""What is averaged over networks; of perturbations also ``changed``, the share of entries that a repair changes."""
LOCAL = (ONE_HOP, TWO_HOPS)
RULES = ("compass", "min-sum", "routing-tensile", "routing-forwarder")
"""Rules without memory that others are measured beside."""
LARGE = ("compass", "gpsr", "routing-explorer-1", "routing-explorer-2")
"""Ways that are timed on 10,000 nodes."""

Row = dict[str, Any]


def ways(directories: Sequence[str] = ()) -> dict[str, Way]:
    """Return all ways to route, the shipped rules and those of some directories last."""
    found = dict(CONTROLS)
    for name in (*shipped_rules(), *directories):
        rule = load_rule(name)
        found[Path(name).name] = learned_way(rule.kind, rule.net, rule.two_hops)
    return found


def networks(geometry: str, n_nodes: int, density: float, count: int) -> Iterator[tuple[int, Network]]:
    """Yield test networks with their numbers."""
    family = FAMILIES[geometry](n_nodes, density)
    for k in range(count):
        rng = np.random.RandomState(instance_seed(TEST_SEED + n_nodes, k))
        yield k, family.generate(rng)


def measured(
    before: Network, network: Network, chosen: dict[str, Way], n_pairs: int | None, seed: int
) -> Iterator[Row]:
    """Yield what each way reaches in a network whose tables were made before it became what it is."""
    rng = np.random.default_rng(seed)
    pairs = all_pairs(network) if n_pairs is None else sampled_pairs(network, n_pairs, rng)
    if not len(pairs):
        return
    for name, way in chosen.items():
        routed = way.make(before)(network, pairs)
        quality = judge(pairs, routed.costs)
        yield {
            "method": name,
            "knows": way.knows,
            **quality.document,
            "packet_bytes": float(routed.packet_bytes.mean()),
            "largest_packet": float(routed.packet_bytes.max()),
        }


def grid(args: argparse.Namespace) -> None:
    """Measure all ways on the paper's grid."""
    chosen = ways(args.policies)
    cells = [(n, density) for n in args.sizes for density in DENSITIES[args.geometry]]
    rows: list[Row] = []
    for n, density in cells:
        for k, network in networks(args.geometry, n, density, args.graphs):
            found = measured(network, network, chosen, args.pairs, k)
            rows += [{"nodes": n, "density": density, "network": k, **row} for row in found]
        print(f"{args.geometry} {n} {density:g}", flush=True)
    write(args.out / f"routing_{args.geometry}.csv", means(rows, ("nodes", "density")))


def rules(args: argparse.Namespace) -> None:
    """Measure rules without memory, by how they were trained, on networks of 125 nodes."""
    found = ways(args.policies)
    chosen = {name: found[name] for name in RULES if name in found}
    chosen |= {name: way for name, way in found.items() if name not in {*CONTROLS, *shipped_rules()}}
    rows: list[Row] = []
    for density in DENSITIES["square"]:
        for k, network in networks("square", 125, density, args.graphs):
            measurements = measured(network, network, chosen, args.pairs, k)
            rows += [{"nodes": 125, "density": density, "network": k, **row} for row in measurements]
    write(args.out / "routing_rules.csv", means(rows, ("nodes", "density")))


def perturbed(args: argparse.Namespace) -> None:
    """Measure all ways where links fail, or nodes move, after tables were made."""
    rows: list[Row] = []
    for n, density in ((125, 5.0), (125, 3.0)):
        for k, before in networks("square", n, density, args.graphs):
            rng = np.random.default_rng(k)
            network = (
                with_failures(before, 0.1, rng) if args.what == "failures" else with_moves(before, 0.1, rng)
            )
            found = measured(before, network, ways(args.policies), args.pairs, k)
            rows += [{"nodes": n, "density": density, "network": k, **row} for row in found]
            tables, repair = repaired(tables_of(before, None), network)
            pairs = all_pairs(network)
            costs = by_decisions(tables.following.__getitem__)(network, pairs).costs
            rows.append(
                {
                    "nodes": n,
                    "density": density,
                    "network": k,
                    "method": "table, repaired",
                    "knows": ALL,
                    "changed": repair.changed / max(1, repair.entries),
                    **judge(pairs, costs).document,
                    "packet_bytes": 4.0,
                    "largest_packet": 4.0,
                }
            )
    write(args.out / f"routing_{args.what}.csv", means(rows, ("nodes", "density")))


def transfer(args: argparse.Namespace) -> None:
    """Measure the local ways on networks larger than those of the grid."""
    chosen = {name: way for name, way in ways(args.policies).items() if way.knows in LOCAL}
    rows: list[Row] = []
    for n, density in ((500, 2.0), (500, 3.0), (500, 5.0), (1000, 2.5)):
        for k, network in networks("square", n, density, args.graphs):
            found = measured(network, network, chosen, args.pairs or 2000, k)
            rows += [{"nodes": n, "density": density, "network": k, **row} for row in found]
        print(n, density, flush=True)
    write(args.out / "routing_transfer.csv", means(rows, ("nodes", "density")))


def speed(args: argparse.Namespace) -> None:
    """Time walks between nodes of 1,000 at density 5, and 20,000 pairs of 10,000 nodes, in seconds of one core."""
    rows: list[Row] = []
    _, tiny = next(networks("square", 27, 5.0, 1))
    for n, count in ((1000, args.pairs or 999_000), (10_000, 20_000)):
        _, network = next(networks("square", n, 5.0, 1))
        pairs = sampled_pairs(network, count, np.random.default_rng(0))
        for name, way in ways(args.policies).items():
            if way.knows == ALL or (n > 1000 and name not in LARGE):
                continue
            way.make(tiny)(tiny, all_pairs(tiny))
            begin = time.process_time()
            way.make(network)(network, pairs)
            elapsed_s = time.process_time() - begin
            peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            rows.append(
                {
                    "nodes": n,
                    "pairs": len(pairs),
                    "method": name,
                    "time_s": round(elapsed_s, 3),
                    "million_walks_s": round(elapsed_s / len(pairs) * 1e6, 2),
                    "peak_memory_mb": peak,
                }
            )
            print(rows[-1], flush=True)
    write(args.out / "routing_speed.csv", rows)


def replayed(args: argparse.Namespace) -> None:
    """Replay exported tables hop by hop, and compare with the compiled walks."""
    rows = []
    rule = load_rule("routing-forwarder")
    forwarder = learned_way(rule.kind, rule.net, rule.two_hops)
    chosen = {"table": None, "compass": CONTROLS["compass"].rule, "routing-forwarder": forwarder.rule}
    for k, network in networks("square", 125, 3.0, args.graphs):
        pairs = all_pairs(network)
        for name, number in chosen.items():
            net = (rule.net,) if name == "routing-forwarder" else ()
            with tempfile.TemporaryDirectory() as folder:
                write_tables(tables_of(network, number, *net), network, Path(folder))
                tables = forwarding(Path(folder))
            links, ends = network.links, network.links.ends.tolist()
            tails = np.repeat(np.arange(network.n_nodes), np.diff(links.ptr)).tolist()
            costs = {
                (str(u), str(v)): cost for u, v, cost in zip(tails, ends, links.costs.tolist(), strict=True)
            }
            walked = ways()[name].make(network)(network, pairs).costs
            differ = 0
            for dest, origins, values in zip(pairs.dests.tolist(), pairs.origins, walked, strict=True):
                for origin, value in zip(origins.tolist(), values.tolist(), strict=True):
                    cost = replay(tables, costs, str(origin), str(dest))[1]
                    same = math.isinf(value) if cost is None else math.isclose(cost, value, rel_tol=1e-9)
                    differ += not same
            rows.append({"network": k, "method": name, "pairs": len(pairs), "differ": differ})
            print(rows[-1], flush=True)
    write(args.out / "routing_replay.csv", rows)


def needs(args: argparse.Namespace) -> None:
    """Write the state and the messages that each kind of knowledge takes."""
    rows = []
    for n, density in ((125, 2.0), (125, 5.0), (1000, 5.0)):
        _, network = next(networks("square", n, density, 1))
        rows += [
            {"nodes": n, "density": density, "knows": knows, **need_of(knows, network).document}
            for knows in (ONE_HOP, TWO_HOPS, ALL)
        ]
    write(args.out / "routing_needs.csv", rows)


def means(rows: Sequence[Row], keys: Sequence[str]) -> list[Row]:
    """Return means over networks, with standard errors."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((*(row[key] for key in keys), row["method"]), []).append(row)
    found, methods = [], {row["method"] for row in rows}
    for group in groups.values():
        row = {key: group[0][key] for key in (*keys, "method", "knows")} | {"networks": len(group)}
        for measure in (*MEASURES, "changed") if "table, repaired" in methods else MEASURES:
            values = np.array([one[measure] for one in group if one.get(measure) is not None])
            row[measure] = round(float(values.mean()), 5) if len(values) else ""
            if measure in MEASURES[:4]:
                error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 0.0
                row[f"{measure}_error"] = round(float(error), 5)
        found.append(row)
    return found


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows)} rows", flush=True)


def main() -> None:
    """Run what the command line says."""
    actions = {
        "grid": grid,
        "rules": rules,
        "failures": perturbed,
        "moves": perturbed,
        "transfer": transfer,
        "speed": speed,
        "replay": replayed,
        "needs": needs,
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=actions)
    parser.add_argument("--geometry", choices=DENSITIES, default="square")
    parser.add_argument("--graphs", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=None)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument(
        "--policies", nargs="+", default=[], metavar="DIR", help="weights besides the shipped ones"
    )
    parser.add_argument("--out", type=Path, default=DATA)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    actions[args.what](args)


if __name__ == "__main__":
    main()
