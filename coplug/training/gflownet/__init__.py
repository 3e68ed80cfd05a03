"""GFlowNets: policies that build objects with probability proportional to a reward, for any environment."""
