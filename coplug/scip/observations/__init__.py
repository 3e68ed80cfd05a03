"""What is observed of a problem, of the node that is being solved, and of its branching candidates."""

from coplug.scip.observations.focus_node import FocusNode, FocusNodeObs
from coplug.scip.observations.hutter2011 import Hutter2011
from coplug.scip.observations.khalil2016 import Khalil2016
from coplug.scip.observations.milp_bipartite import MilpBipartite, MilpBipartiteObs
from coplug.scip.observations.node_bipartite import NodeBipartite, NodeBipartiteObs
from coplug.scip.observations.scores import Pseudocosts, StrongBranchingScores
from coplug.scip.observations.sparse import SparseMatrix

__all__ = [
    "FocusNode",
    "FocusNodeObs",
    "Hutter2011",
    "Khalil2016",
    "MilpBipartite",
    "MilpBipartiteObs",
    "NodeBipartite",
    "NodeBipartiteObs",
    "Pseudocosts",
    "SparseMatrix",
    "StrongBranchingScores",
]
