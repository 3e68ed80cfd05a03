"""Draw the pictures of the results from ``docs/data`` into ``docs/images``.

    python scripts/plot_results.py            # all of them
    python scripts/plot_results.py profiles   # one

It measures nothing: the scripts that the pages of results name write the rows.
"""

from __future__ import annotations

import argparse

import plot_branching
import plot_gflownets
import plot_graphs
import plot_influence

PICTURES = {
    "time": plot_branching.time_by_family,
    "profiles": plot_branching.profiles,
    "accuracy": plot_branching.accuracy,
    "ml4co": plot_branching.dual_tasks,
    "speed": plot_branching.speed,
    "sets": plot_graphs.independent_sets,
    "set-policies": plot_graphs.set_policies,
    "extremal-values": plot_graphs.extremal_values,
    "extremal-flips": plot_graphs.extremal_flips,
    "gflownet": plot_graphs.gflownet_curves,
    "gflownet-orders": plot_gflownets.orders,
    "gflownet-fronts": plot_gflownets.fronts,
    "influence": plot_influence.known,
}


def main() -> None:
    """Draw what is named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", nargs="*", choices=[[], *PICTURES])
    for name in parser.parse_args().pictures or PICTURES:
        PICTURES[name]()


if __name__ == "__main__":
    main()
