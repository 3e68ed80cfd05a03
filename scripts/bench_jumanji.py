"""Time jumanji's environments; see ``bench_environments.py``, which runs this with an interpreter that has jumanji.

A roll-out of 100 steps of the whole batch is one compiled call, with random actions that follow the masks: once with
the next episode started, and its instance drawn, in the step that ends one (``AutoResetWrapper``), and once without,
where steps after the end count too. CPU seconds of all threads.

    PYTHON scripts/bench_jumanji.py GraphColoring-v1 Knapsack-v1 [--num-envs 64] [--seconds 2]
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

N_STEPS = 100


def rate(name: str, num_envs: int, seconds: float, resets: bool) -> float:
    """Return steps a CPU second."""
    import jax
    import jumanji
    from jumanji.wrappers import AutoResetWrapper, VmapWrapper

    single = jumanji.make(name)
    env = VmapWrapper(AutoResetWrapper(single) if resets else single)

    def step(carry: Any, key: Any) -> Any:
        state, timestep = carry
        mask = timestep.observation.action_mask
        logits = jax.numpy.where(mask, 0.0, -1e9)
        state, timestep = env.step(state, jax.random.categorical(key, logits))
        return (state, timestep), timestep.reward.sum()

    roll_out = jax.jit(lambda carry, key: jax.lax.scan(step, carry, jax.random.split(key, N_STEPS)))

    keys = jax.random.split(jax.random.PRNGKey(0), num_envs)
    carry = jax.jit(env.reset)(keys)
    key = jax.random.PRNGKey(1)
    for _ in range(3):  # the second call may compile again, as types of results differ from those of a reset
        carry, rewards = roll_out(carry, key)
        rewards.block_until_ready()
    n_steps, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        key, _ = jax.random.split(key)
        carry, rewards = roll_out(carry, key)
        rewards.block_until_ready()
        n_steps += N_STEPS * num_envs
    return n_steps / (time.process_time() - begin)


def main() -> None:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+")
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    found = {}
    for name in options.names:
        found[name] = rate(name, options.num_envs, options.seconds, resets=True)
        found[f"{name} without resets"] = rate(name, options.num_envs, options.seconds, resets=False)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
