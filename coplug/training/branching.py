"""Imitation of strong branching: loss over candidates, accuracy, and the ``branching-imitation`` trainer.

Source: Gasse et al. 2019, section 5 and supplement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from coplug.graphs import Graphs
from coplug.models.gcnn import GCNN, export, load, pretrain
from coplug.models.segments import segment_ids, segment_log_softmax, segment_max, segment_sum
from coplug.training.batches import collate
from coplug.training.distributed import World
from coplug.training.outcome import Outcome
from coplug.training.prefetch import prefetch
from coplug.training.receptive_field import receptive_field
from coplug.training.reporter import Reporter
from coplug.training.sample import BranchingSample
from coplug.training.samples import SampleUnion
from coplug.training.session import run_session
from coplug.training.supervised import SupervisedLearner, SupervisedRecipe

VALID_BATCH_SIZE = 128
PRETRAIN_STRIDE = 10
TOP_K = (1, 3, 5, 10)


@dataclass(frozen=True, kw_only=True)
class SampleSettings:
    """Directories of training and validation samples; several, with commas between them, count as one."""

    train: str
    valid: str


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Where the GCNN begins.

    Attributes
    ----------
    width : int
        Size of its embeddings; ignored with ``weights``.
    weights : str
        Shipped policy or weights directory to go on from, whose normalisation layers are kept; none if empty.
    """

    width: int = field(default=64, metadata={"minimum": 1})
    weights: str = ""


@dataclass(frozen=True, kw_only=True)
class BranchingRecipe(SupervisedRecipe):
    """A :class:`SupervisedRecipe` for a GCNN that branches.

    Attributes
    ----------
    samples : SampleSettings
        Where they are.
    model : ModelSettings
        The network.
    soft_targets : float
        Temperature of the targets, see :func:`targets`; 0 for the expert's choice alone.
    """

    samples: SampleSettings
    model: ModelSettings = ModelSettings()
    soft_targets: float = field(default=0.0, metadata={"minimum": 0.0})


@dataclass(frozen=True, slots=True, eq=False)
class TensorBatch:
    """What loss and metrics need of a batch of samples, as tensors.

    Attributes
    ----------
    graph : tuple of Tensor
        ``column_features, row_features, edge_rows, edge_columns, edge_values``: the arguments of the network.
    candidates : Tensor, int64, shape (n_candidates,)
    candidate_ptr : Tensor, int64, shape (n_samples + 1,)
    segment : Tensor, int64, shape (n_candidates,)
        The sample of each candidate.
    scores : Tensor, float64, shape (n_candidates,)
    chosen : Tensor, int64, shape (n_samples,)
        The expert's choices, as positions in ``candidates``.
    """

    graph: tuple[Tensor, ...]
    candidates: Tensor
    candidate_ptr: Tensor
    segment: Tensor
    scores: Tensor
    chosen: Tensor

    @classmethod
    def from_graphs(cls, graphs: Graphs, device: torch.device) -> TensorBatch:
        """Move the graphs of :func:`coplug.training.batches.collate` to ``device``."""
        tensors = graphs.to_torch(device)
        edges, candidates = tensors.edges["coefficient"], tensors.references["candidates"].positions
        columns, rows = (tensors.nodes[name].values for name in ("column", "row"))
        assert edges.features is not None  # collate gives each edge its coefficient
        return cls(
            graph=(columns, rows, edges.index[0], edges.index[1], edges.features),
            candidates=candidates.values,
            candidate_ptr=candidates.ptr,
            segment=segment_ids(candidates.ptr, len(candidates.values)),
            scores=tensors.extras["scores"].values,
            chosen=candidates.ptr[:-1] + tensors.extras["chosen"].values,
        )

    def __len__(self) -> int:
        return len(self.chosen)


class Samples(Protocol):
    """A directory of samples, or several; see :mod:`coplug.training.samples`."""

    def __len__(self) -> int: ...

    def sample(self, index: int) -> BranchingSample:
        """Read a sample."""
        ...


def targets(batch: TensorBatch, temperature: float) -> Tensor:
    """Return the distribution over candidates that is learned, float32, shape (n_candidates,).

    With a temperature of 0 it is 1 at the expert's choice. Otherwise it is proportional to
    ``(score / best score) ** (1 / temperature)``, which does not depend on the scale of the objective and
    tends to the uniform distribution over the best candidates as the temperature falls; uniform if all scores
    are 0.
    """
    if temperature == 0.0:
        target = torch.zeros_like(batch.scores)
        target[batch.chosen] = 1.0
    else:
        best = segment_max(batch.scores, batch.segment, len(batch))[batch.segment]
        relative = torch.where(best > 0.0, batch.scores / best, torch.ones_like(best))
        weight = relative.pow(1.0 / temperature)
        target = weight / segment_sum(weight, batch.segment, len(batch))[batch.segment]
    return target.float()


def losses(logits: Tensor, batch: TensorBatch, temperature: float = 0.0) -> Tensor:
    """Return each sample's cross-entropy, shape (n_samples,).

    Parameters
    ----------
    logits : float32, shape (n_candidates,)
        The network's scores of the candidates.
    batch : TensorBatch
    temperature : float
        See :func:`targets`.
    """
    log_probability: Tensor = segment_log_softmax(logits, batch.segment, len(batch))
    if temperature == 0.0:
        return -log_probability[batch.chosen]
    agreement: Tensor = segment_sum(targets(batch, temperature) * log_probability, batch.segment, len(batch))
    return -agreement


def best_ranks(logits: Tensor, batch: TensorBatch) -> Tensor:
    """Return at which place, from 0, the network ranks the first candidate with the best score of its sample.

    Candidates with equal logits are ranked in their order, as the policy takes the first of them.

    Returns
    -------
    int64, shape (n_samples,)
    """
    by_logit = torch.argsort(logits, descending=True, stable=True)
    order = by_logit[torch.argsort(batch.segment[by_logit], stable=True)]
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order), device=order.device) - batch.candidate_ptr[batch.segment[order]]
    is_best = batch.scores == segment_max(batch.scores, batch.segment, len(batch))[batch.segment]
    worst = torch.full((len(batch),), len(order), device=order.device)
    return worst.scatter_reduce(0, batch.segment[is_best], place[is_best], reduce="amin")


class BranchingTask:
    """Branching by imitation, a :class:`coplug.training.supervised.SupervisedTask`.

    Parameters
    ----------
    train, valid : Samples
    soft_targets : float
        Temperature of the targets, see :func:`targets`; 0 for the expert's choice alone.
    measure_norms : bool
        Whether a fresh run begins with measuring the network's PreNorm layers on every tenth training sample; those of
        a network to go on from stay.
    """

    metric, maximize = "loss", False

    def __init__(
        self, train: Samples, valid: Samples, soft_targets: float = 0.0, measure_norms: bool = True
    ) -> None:
        self.train = train
        self.valid = valid
        self.soft_targets = soft_targets
        self.measure_norms = measure_norms

    def __len__(self) -> int:
        return len(self.train)

    def prepare(self, network: GCNN, reporter: Reporter) -> None:
        """Measure the PreNorm layers."""
        if not self.measure_norms:
            return
        chosen = range(0, len(self.train), PRETRAIN_STRIDE)
        reporter.message(f"measuring normalisation layers on {len(chosen)} samples")
        pretrain(network, _Graphs(self.train, chosen, next(network.parameters()).device))

    def batches(self, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[TensorBatch]:
        """Yield the batches of groups of training samples."""
        return _loaded(self.train, groups, device)

    def loss(self, network: nn.Module, batch: TensorBatch) -> Tensor:
        """Return the mean cross-entropy of a batch, shape ()."""
        return losses(network(*batch.graph)[batch.candidates], batch, self.soft_targets).mean()

    def contents(self, batch: TensorBatch) -> dict[str, Any]:
        """Return the tensors of a batch."""
        return {
            "graph": list(batch.graph),
            "candidates": batch.candidates,
            "candidate_ptr": batch.candidate_ptr,
            "scores": batch.scores,
            "chosen": batch.chosen,
        }

    @torch.no_grad()
    def evaluate(self, network: nn.Module) -> dict[str, float]:
        """Return the loss and the accuracies ``acc@k`` on all validation samples.

        A sample counts as right at ``k`` if one of the ``k`` highest ranked candidates has the best
        strong-branching score.
        """
        all_losses, ranks = [], []
        device = next(network.parameters()).device
        for batch in _loaded(self.valid, _chunks(range(len(self.valid)), VALID_BATCH_SIZE), device):
            logits = network(*batch.graph)[batch.candidates]
            all_losses.append(losses(logits, batch, self.soft_targets).double().cpu())
            ranks.append(best_ranks(logits, batch).cpu())
        rank = torch.cat(ranks)
        accuracy = {f"acc@{k}": (rank < k).double().mean().item() for k in TOP_K}
        return {"loss": torch.cat(all_losses).mean().item(), **accuracy}

    def export(self, network: GCNN, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a policy directory."""
        counts = {"train_samples": len(self.train), "valid_samples": len(self.valid)}
        export(network, directory, {**info, **counts})


def branching_task(
    train: str, valid: str, soft_targets: float = 0.0, measure_norms: bool = True
) -> BranchingTask:
    """Return a task of samples in directories, as recipes name them; see :class:`BranchingTask`.

    Parameters
    ----------
    train, valid : str
        See :class:`SampleSettings`.

    Raises
    ------
    SamplesError
        If samples are missing.
    """
    return BranchingTask(_directories(train), _directories(valid), soft_targets, measure_norms)


class _Graphs:
    """Network inputs of some training samples, iterable anew for each normalisation layer."""

    def __init__(self, samples: Samples, indices: Sequence[int], device: torch.device) -> None:
        self.samples = samples
        self.groups = _chunks(indices, VALID_BATCH_SIZE)
        self.device = device

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        return (batch.graph for batch in _loaded(self.samples, self.groups, self.device))


def _loaded(samples: Samples, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[TensorBatch]:
    merged = prefetch(collate(_read(samples, group)) for group in groups)
    return (TensorBatch.from_graphs(batch, device) for batch in merged)


def _directories(names: str) -> Samples:
    return SampleUnion([Path(name.strip()) for name in names.split(",")])


def _read(samples: Samples, indices: Sequence[int]) -> list[BranchingSample]:
    return [receptive_field(samples.sample(index)) for index in indices]


def _chunks(indices: Sequence[int], size: int) -> list[Sequence[int]]:
    return [indices[start : start + size] for start in range(0, len(indices), size)]


class BranchingTrainer:
    """The trainer of ``kind = "branching-imitation"``."""

    recipe_type = BranchingRecipe

    def train(self, recipe: BranchingRecipe, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train a GCNN on strong-branching samples; see :func:`coplug.training.loop.train`.

        Raises
        ------
        SamplesError
            If samples are missing.
        RecipeError, UsageError, OutputError
            See :class:`coplug.training.run_directory.RunDirectory`.
        """
        learned, valid = _directories(recipe.samples.train), _directories(recipe.samples.valid)
        return train_branching(recipe, learned, valid, out, resume=resume, reporter=reporter)


def train_branching(
    recipe: BranchingRecipe,
    learned: Samples,
    valid: Samples,
    out: Path,
    *,
    resume: bool,
    reporter: Reporter,
) -> Outcome:
    """Train a GCNN on ``learned``, judged by ``valid``, in run directory ``out``, otherwise as the recipe says.

    Raises
    ------
    RecipeError, UsageError, OutputError
        See :class:`coplug.training.run_directory.RunDirectory`.
    WeightsError
        If the weights to go on from cannot be read.
    """

    def make(device: torch.device, world: World) -> SupervisedLearner:
        given = recipe.model.weights
        network = (load(given) if given else GCNN(recipe.model.width)).to(device)
        task = BranchingTask(learned, valid, recipe.soft_targets, measure_norms=not given)
        reporter.message(
            f"{len(learned)} training and {len(valid)} validation samples, on {device}"
            + (f", {world.size} processes" if world.size > 1 else "")
        )
        return SupervisedLearner(network, task, recipe, world)

    return run_session(recipe, out, make, resume=resume, reporter=reporter)


trainer = BranchingTrainer()
