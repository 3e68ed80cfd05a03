"""The recipe of a predictor of costs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from coplug.problems.contextual_lp.settings import Settings
from coplug.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class ContextualRecipe(Recipe):
    """What is learned from; see :class:`~coplug.problems.contextual_lp.settings.Settings` for the other keys.

    Attributes
    ----------
    model : str
        ``.lp`` or ``.mps`` file.
    data : str
        ``.npz``, ``.csv`` or ``.parquet`` file, see :func:`~coplug.problems.contextual_lp.data.read_observations`.
    predict : str
        Names of the variables whose costs are predicted, apart by commas; all if empty. The others cost what the model
        says.
    test_share : float
        Of the samples, drawn at random, that only the report sees; 0 for none.
    jobs : int
        Processes that solve programs for the report.
    width, depth : int
        Of ``predictor=network``.
    """

    model: str
    data: str
    predict: str = ""
    test_share: float = field(default=0.2, metadata={"minimum": 0, "maximum": 0.9})
    jobs: int = field(default=1, metadata={"minimum": 1})
    method: str = "cilp"
    predictor: str = "linear"
    degree: int = 2
    landmarks: int = 50
    gamma: float = 0.0
    strength: float = 0.0
    margin: float = 1.0
    bags: int = 1
    epochs: int = 20
    batch: int = 32
    rate: float = 0.01
    noise: float = 1.0
    draws: int = 1
    solver: str = "auto"
    width: int = field(default=64, metadata={"minimum": 1})
    depth: int = field(default=2, metadata={"minimum": 1})

    def settings(self) -> Settings:
        """Return what learning is asked.

        Raises
        ------
        UsageError
            If a value is out of range.
        """
        return Settings(**{f.name: getattr(self, f.name) for f in fields(Settings)})
