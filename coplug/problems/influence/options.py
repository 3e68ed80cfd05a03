"""What a solve of influence maximization can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coplug.contracts.problem import Options
from coplug.errors import UsageError
from coplug.options import option

CLASSICAL = ("imm", "opim-c", "celf", "degree", "degree-discount", "pagerank", "random")
LEARNED = ("deepim", "deepim-student")
"""Ways to choose seeds; :mod:`coplug.problems.influence.methods` has them. Those that learn need torch."""

METHODS = ("auto", *CLASSICAL, *LEARNED)

ESTIMATORS = ("auto", "shared", "likelihood", "counts", "credits", "together")
"""Ways to estimate probabilities; :mod:`coplug.problems.influence.estimators` has them."""

DIFFUSIONS = ("ic", "lt", "sis")
"""Independent cascade, linear threshold, and susceptible-infected-susceptible."""

CENTRALITIES = ("degree", "pagerank")
"""Words of ``--costs`` that are no file; :mod:`coplug.problems.influence.centrality` has them."""

MOST_WORLDS = 10_000_000
"""Their numbers are drawn at once, and take up memory."""

WEIGHTED_CASCADE, COLUMN = "weighted-cascade", "column"
"""Words of ``--probability`` that are no number."""


@dataclass(frozen=True, kw_only=True)
class InfluenceOptions(Options):
    """What a solve of influence maximization can be asked.

    Attributes
    ----------
    policy : object
        Chooses seeds one after the other in place of a method. none leaves it to the method; auto, too, since methods
        are better.
    budget : float
        How many seeds, or what they may cost together if nodes have costs; seeds that are given do not count.
    diffusion : str
        ic: independent cascade; lt: linear threshold; sis: susceptible-infected-susceptible, the infected at the end
        count.
    method : str
        auto: opim-c, or celf where linear thresholds are fixed. deepim optimises seeds through a learned diffusion
        and needs torch; deepim-student is the same with a faster, coarser model.
    probability : str or None
        Of an arc, or its weight under lt: weighted-cascade, which is one over the arcs into its head; a number for all;
        or column, the weights of the graph. Column if not given and edges have weights, else weighted-cascade.
    directed : bool
        Take edges as arcs from the first node to the second where the file cannot say.
    threshold : float or None
        Of every node under lt, in (0, 1]; drawn uniformly if not given.
    beta : float
        Under sis, the probability that an infected node infects a neighbour in a round.
    recovery : float
        Under sis, the probability that an infected node recovers in a round; lambda in the literature.
    rounds : int
        Under sis, how many rounds there are.
    epsilon : float
        Of the guarantee of imm and opim-c: at least 1 - 1/e - epsilon of the largest spread.
    delta : float or None
        The guarantee holds with probability 1 - delta; one over the nodes, 0.01 at most, if not given.
    greedy_worlds : int
        Worlds that celf counts in.
    worlds : int or None
        Worlds that the spread is estimated in, others than those that seeds were chosen by; if not given, as many as
        bring its standard error to 0.1 percent, 0.5 on large networks; from 256 to 10,000.
    cascades : Path or None
        A CSV file of observed cascades, cascade,node,time or cascade,node, of which the probabilities are estimated.
    estimator : str
        How: shared, likelihood, counts, credits, together; auto: what predicts held-out cascades best. shared and
        together need no times.
    costs : Path or None
        A CSV file with a node and its cost a line; others cost 1. Or how central nodes are, so that they cost 1 on
        average: degree, one more than the arcs that leave a node; pagerank.
    targets : Path or None
        A CSV file with a node and its weight a line; the weight that is reached counts, and other nodes weigh 0.
        Nodes weigh what the graph says if not given.
    given : str
        Nodes that are seeds already, apart by commas, or @FILE with one a line.
    excluded : str
        Nodes that must not be seeds, alike.
    csv : Path or None
        Write the seeds with their gains and the spread so far.
    memory_limit_mb : float
        Memory of the sets that imm and opim-c draw, in MB.
    threads : int or None
        Threads that draw; the outcome does not depend on them. As many as there are cores if not given.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    budget: float = option(metavar="K", minimum=0)
    diffusion: str = option("ic", choices=DIFFUSIONS)
    method: str = option("auto", choices=METHODS)
    probability: str | None = option(None, metavar="weighted-cascade|P|column")
    directed: bool = option(False)
    threshold: float | None = option(None, metavar="T", minimum=0, maximum=1)
    beta: float = option(0.001, metavar="P", minimum=0, maximum=1)
    recovery: float = option(0.001, metavar="P", minimum=0, maximum=1)
    rounds: int = option(100, metavar="N", minimum=0)
    epsilon: float = option(0.1, metavar="E", minimum=0, maximum=1)
    delta: float | None = option(None, metavar="D", minimum=0, maximum=1)
    greedy_worlds: int = option(1000, metavar="N", minimum=1, maximum=MOST_WORLDS)
    worlds: int | None = option(None, metavar="N", minimum=2, maximum=MOST_WORLDS)
    cascades: Path | None = option(None, metavar="FILE.csv")
    estimator: str = option("auto", choices=ESTIMATORS)
    costs: Path | None = option(None, metavar="FILE.csv|degree|pagerank")
    targets: Path | None = option(None, metavar="FILE.csv")
    given: str = option("", metavar="NODES|@FILE")
    excluded: str = option("", flags=("--exclude",), metavar="NODES|@FILE")
    csv: Path | None = option(None, metavar="OUT.csv", is_output=True)
    memory_limit_mb: float = option(4096.0, flags=("--mem-limit",), metavar="MB", minimum=1)
    threads: int | None = option(None, metavar="N", minimum=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.threshold == 0:
            raise UsageError("the threshold 0 makes every node a seed; take a number above 0, at most 1")
        if self.threshold is not None and self.diffusion != "lt":
            raise UsageError(f"--threshold is for --diffusion lt, not {self.diffusion}")
        if self.epsilon == 0 or self.delta == 0:
            raise UsageError("epsilon and delta are above 0; take both between 0 and 1")
        if self.has_fixed_thresholds and self.method in ("imm", "opim-c"):
            raise UsageError(
                f"method {self.method} is for random thresholds: spread by fixed ones is not submodular; take celf"
            )
        if self.policy is not None and self.method != "auto":
            raise UsageError(
                f"a policy takes the place of method {self.method}; leave out --policy or --method"
            )
        self.constant_probability()
        if self.cascades is None and self.estimator != "auto":
            raise UsageError("--estimator is for --cascades FILE")
        if self.cascades is not None and (self.diffusion != "ic" or self.probability is not None):
            raise UsageError(
                "--cascades estimates the probabilities of independent cascade; leave out --probability and --diffusion"
            )

    @property
    def has_fixed_thresholds(self) -> bool:
        """Whether the diffusion is linear threshold with the same threshold everywhere."""
        return self.diffusion == "lt" and self.threshold is not None

    @property
    def centrality(self) -> str | None:
        """The centrality that nodes cost, if they do."""
        return str(self.costs) if str(self.costs) in CENTRALITIES else None

    def constant_probability(self) -> float | None:
        """Return the probability of all arcs; None if ``probability`` is a word or not given.

        Raises
        ------
        UsageError
            If it is no word that is known, and no number in 0..1.
        """
        if self.probability in (None, WEIGHTED_CASCADE, COLUMN):
            return None
        try:
            number = float(str(self.probability))
        except ValueError:
            raise UsageError(
                f"probability {self.probability!r} is unknown; take {WEIGHTED_CASCADE}, {COLUMN}, or a number in 0..1"
            ) from None
        if not 0 <= number <= 1:
            raise UsageError(f"the probability {self.probability} is out of range; take a number in 0..1")
        return number
