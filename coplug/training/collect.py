"""Collecting branching samples: episodes in parallel processes, one shard each, resumable at any moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import cast, get_args

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.contracts.policy import BranchingPolicy, CandidateKind
from coplug.documents import read_object
from coplug.errors import SamplesError, UsageError
from coplug.files import appending, make_directory, visible, write_atomically
from coplug.parallel import Workers, run_unordered
from coplug.problems.milp.policies import load_policy
from coplug.scip.branching import PRIORITY, BundleSettings, include_policy
from coplug.scip.expert import Ties, include_expert
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.reader import NO_ITERATION_LIMIT
from coplug.scip.settings import PROTOCOLS, ParameterValue, apply_parameters
from coplug.scip.solve import open_model
from coplug.training.journal import (
    JOURNAL_NAME,
    Episode,
    line_of,
    noted_episodes,
    read_journal,
    write_journal,
)
from coplug.training.sample import BranchingSample
from coplug.training.shards import shard_name, write_shard

SETTINGS_NAME = "collection.json"

PATIENCE = 100
"""Episodes without a single sample before a collection gives up: such instances are solved without branching."""


@dataclass(frozen=True)
class CollectionSettings:
    """What decides the samples of a collection; a directory resumes only under the same settings.

    Attributes
    ----------
    instances : tuple of str
        Instance files, drawn with replacement.
    seed : int
        Root seed; episode ``k`` depends on it and on ``k`` alone.
    probability : float
        Probability of asking the expert at a node, in (0, 1].
    exploration : str
        SCIP's branching rule at all other nodes.
    actor : str
        Policy, as in ``coplug solve --policy``, that branches at all other nodes instead, as DAgger has it; none if
        empty.
    episode_time_limit_s : float
        SCIP's time limit for one episode.
    candidates : "pseudo" or "lp"
        Which candidates the expert scores, see :data:`coplug.contracts.policy.CandidateKind`.
    max_candidates : int
        Where there are more, so many of them are drawn, scored and recorded; 0 for all. Strong branching is then
        that much cheaper, and tells less.
    ranking : str
        Policy, as in ``coplug solve --policy``, whose first ranks are most of the ``max_candidates``; the others are
        drawn. With none (empty), all are drawn. It needs ``candidates`` "lp".
    trial_iterations : int
        Simplex iterations of each of strong branching's two trials of a candidate at most; 0 for no limit. A trial cut
        short still gives a bound of the child, and where LPs are large it tells the candidates apart much sooner.
    expert : str
        Policy, as in ``coplug solve --policy``, that is recorded and followed instead of strong branching; strong
        branching if empty. Samples at which it has negative scores are dropped.
    ties : "record", "skip" or "weight"
        What becomes of nodes whose candidates all have the same score, see
        :class:`coplug.scip.expert.ExpertBranching`.
    protocol : str
        SCIP's settings, see :data:`coplug.scip.settings.PROTOCOLS`,
    scip_parameters : mapping
        and what is set on top of them.
    """

    instances: tuple[str, ...]
    seed: int = 0
    probability: float = 0.05
    exploration: str = "pscost"
    episode_time_limit_s: float = 3600.0
    actor: str = ""
    candidates: CandidateKind = "pseudo"
    max_candidates: int = 0
    ranking: str = ""
    trial_iterations: int = 0
    expert: str = ""
    ties: Ties = "record"
    protocol: str = "gasse"
    scip_parameters: Mapping[str, ParameterValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.instances:
            raise UsageError("no instance to collect from; name at least one file or directory")
        if not 0.0 < self.probability <= 1.0:
            raise UsageError(f"the expert's probability must lie in (0, 1], not {self.probability}")
        if self.candidates not in get_args(CandidateKind):
            raise UsageError(f"the candidates are lp or pseudo, not {self.candidates}")
        if self.max_candidates < 0 or self.max_candidates == 1:
            raise UsageError(f"max_candidates must be 0 (all) or at least 2, not {self.max_candidates}")
        if self.trial_iterations < 0:
            raise UsageError(
                f"trial_iterations must be 0 (no limit) or positive, not {self.trial_iterations}"
            )
        if self.ranking and (self.max_candidates == 0 or self.candidates != "lp"):
            raise UsageError("a ranking needs max_candidates, and lp as candidates")
        if self.ties not in get_args(Ties):
            raise UsageError(f"ties are one of {', '.join(get_args(Ties))}, not {self.ties}")
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"the protocol is one of {', '.join(PROTOCOLS)}, not {self.protocol}")
        if self.episode_time_limit_s <= 0.0:
            raise UsageError(f"the episode time limit must be positive, not {self.episode_time_limit_s}")


def run_episode(settings: CollectionSettings, directory: Path, episode: int) -> Episode:
    """Solve one drawn instance while recording the expert, and write its shard if it has samples."""
    draw = np.random.default_rng(np.random.SeedSequence(settings.seed, spawn_key=(episode,)))
    instance = Path(settings.instances[draw.integers(len(settings.instances))])
    scip_seed = int(draw.integers(2**31))
    samples: list[BranchingSample] = []
    with open_model(instance) as model:
        apply_parameters(model, PROTOCOLS[settings.protocol](scip_seed) | dict(settings.scip_parameters))
        model.setParam("limits/time", settings.episode_time_limit_s)

        def record(
            state: NodeState, candidates: NDArray[np.int32], scores: NDArray[np.float64], best: int
        ) -> None:
            node = model.getCurrentNode()
            sample = BranchingSample.from_state(
                state,
                candidates,
                scores,
                best,
                instance=instance.name,
                seed=scip_seed,
                episode=episode,
                node=node.getNumber(),
                depth=node.getDepth(),
            )
            samples.append(sample)

        rule = include_expert(
            model,
            record,
            probability=settings.probability,
            rng=draw,
            exploration=settings.exploration,
            kind=settings.candidates,
            max_candidates=settings.max_candidates or None,
            ties=settings.ties,
            ranking=_scoring_policy(settings.ranking),
            trial_iterations=min(settings.trial_iterations or NO_ITERATION_LIMIT, NO_ITERATION_LIMIT),
            expert=_scoring_policy(settings.expert),
        )
        if settings.actor:
            _include_actor(model, settings.actor)
        signal = optimize_interruptibly(model)
        if rule.failure is not None:
            raise rule.failure
        if signal is not None:
            raise KeyboardInterrupt(signal)  # an episode cut short is no episode
        result = Episode(
            episode, instance.name, len(samples), rule.dropped, model.getNTotalNodes(), model.getSolvingTime()
        )
    if samples:
        write_shard(directory / shard_name(episode), samples)
    return result


def _scoring_policy(name: str) -> BranchingPolicy | None:
    if not name:
        return None
    policy = load_policy(name)
    if policy is None or not hasattr(policy, "scores"):
        raise UsageError(f"{name} scores nothing; name a policy that scores candidates")
    return cast("BranchingPolicy", policy)


def _include_actor(model: pyscipopt.Model, name: str) -> None:
    """Let a policy branch where the expert was not asked; a failure of it is one of the episode's."""
    policy = load_policy(name)
    if policy is None:
        return
    # The collection's settings stand; those that come with the policy are for its own solves.
    settings = BundleSettings(enabled=False)
    include_policy(model, policy, priority=PRIORITY - 1, settings=settings)


def collect(
    settings: CollectionSettings,
    directory: Path,
    n_samples: int,
    *,
    jobs: int | Workers = 1,
    on_episode: Callable[[Episode, int], None] | None = None,
) -> int:
    """Collect until the first episodes hold ``n_samples`` samples, continuing what the directory already has.

    The outcome depends on the settings alone, not on ``jobs`` or on interruptions: the kept episodes are
    ``0..k`` for the least ``k`` that suffices, and what other workers did beyond is deleted. (A time limit that
    strikes is the exception.) The workers of a cluster write their shards into ``directory`` themselves.

    Parameters
    ----------
    settings : CollectionSettings
        What to collect.
    directory : Path
        Where shards, journal and settings live.
    n_samples : int
        How many samples to collect at least.
    jobs : int or Workers
        Number of processes, or where they run.
    on_episode : callable, optional
        Called after each episode with it and the number of samples so far.

    Returns
    -------
    int
        Number of samples in the directory.

    Raises
    ------
    OutputError
        If the directory cannot be written.
    SamplesError
        If the directory was collected under other settings, or many episodes give no sample at all.
    PolicyError, UsageError
        If the ranking or the expert does not exist or scores nothing.
    """
    for name in (settings.ranking, settings.expert):
        _scoring_policy(name)
    make_directory(directory)
    _check_settings(settings, directory)
    journal = directory / JOURNAL_NAME
    done = {episode.episode: episode for episode in read_journal(journal)}
    anywhere = _with_absolute_paths(settings)

    def pending() -> Iterator[tuple[CollectionSettings, Path, int]]:
        episode = 0
        while not _suffices(done, n_samples):
            if episode not in done:
                yield anywhere, directory.absolute(), episode
            episode += 1

    with (
        appending(journal) as append,
        closing(run_unordered(run_episode, pending(), jobs)) as run,
    ):
        for finished in run:
            done[finished.episode] = finished
            append(line_of(finished))
            total = sum(e.samples for e in done.values())
            if on_episode is not None:
                on_episode(finished, total)
            if total == 0 and len(done) >= PATIENCE:
                raise SamplesError(
                    f"the first {len(done)} episodes gave no sample: SCIP solves these instances almost without "
                    "branching; collect from harder ones or with a higher probability"
                )
    return _prune(done, n_samples, directory, journal)


def samples_so_far(directory: Path) -> int:
    """Return how many samples the finished episodes have, as their journal says."""
    journal = directory / JOURNAL_NAME
    return sum(episode.samples for episode in noted_episodes(journal)) if journal.exists() else 0


def _with_absolute_paths(settings: CollectionSettings) -> CollectionSettings:
    """Return settings for workers whose current directory is another."""
    return replace(settings, instances=tuple(str(Path(name).absolute()) for name in settings.instances))


def _suffices(done: dict[int, Episode], n_samples: int) -> bool:
    """Tell whether the unbroken run of finished episodes from 0 on holds enough samples."""
    total = 0
    episode = 0
    while total < n_samples and episode in done:
        total += done[episode].samples
        episode += 1
    return total >= n_samples


def _prune(done: dict[int, Episode], n_samples: int, directory: Path, journal: Path) -> int:
    """Keep the first episodes that suffice; a shard may also be of an episode whose worker outlived a stop."""
    kept: list[Episode] = []
    total = 0
    for number in sorted(done):
        if total < n_samples:
            kept.append(done[number])
            total += done[number].samples
    wanted = {shard_name(episode.episode) for episode in kept}
    for shard in visible(directory.glob("episode-*.safetensors")):
        if shard.name not in wanted:
            shard.unlink(missing_ok=True)
    write_journal(journal, kept)
    return total


def _check_settings(settings: CollectionSettings, directory: Path) -> None:
    path = directory / SETTINGS_NAME
    stored = json.loads(json.dumps(asdict(settings)))
    if not path.exists():
        write_atomically(path, (json.dumps(stored, indent=1) + "\n").encode())
        return
    # Settings that did not exist yet when a collection was begun had their defaults.
    own = CollectionSettings(settings.instances)
    defaults = {f.name: getattr(own, f.name) for f in fields(CollectionSettings)}
    begun = read_object(path, "choose another --out", SamplesError)
    if "shortlist" in begun:
        begun["ranking"] = begun.pop("shortlist")  # as it was once called
    before = defaults | begun
    differing = sorted(key for key in stored if stored[key] != before[key])
    if differing:
        raise SamplesError(
            f"{directory} was collected with other values of {', '.join(differing)}; "
            "use the same settings to resume it, or another --out"
        )
