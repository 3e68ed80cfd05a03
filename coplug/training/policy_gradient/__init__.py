"""Policy-gradient learning over graph observations: REINFORCE with a baseline, and PPO."""
