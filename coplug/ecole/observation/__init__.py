"""Functions whose data an environment returns as the observation."""

from coplug.ecole.data import NoneFunction as Nothing
from coplug.ecole.observation.coo_matrix import coo_matrix
from coplug.ecole.observation.hutter2011 import Hutter2011, Hutter2011Obs
from coplug.ecole.observation.khalil2016 import Khalil2016, Khalil2016Obs
from coplug.ecole.observation.milp_bipartite import MilpBipartite, MilpBipartiteObs
from coplug.ecole.observation.node_bipartite import NodeBipartite, NodeBipartiteObs
from coplug.ecole.observation.scores import Pseudocosts, StrongBranchingScores

__all__ = [
    "Hutter2011",
    "Hutter2011Obs",
    "Khalil2016",
    "Khalil2016Obs",
    "MilpBipartite",
    "MilpBipartiteObs",
    "NodeBipartite",
    "NodeBipartiteObs",
    "Nothing",
    "Pseudocosts",
    "StrongBranchingScores",
    "coo_matrix",
]
