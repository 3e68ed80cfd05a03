"""Environments in which an object is built step by step: the DAGs that GFlowNets walk on, one at a time."""
