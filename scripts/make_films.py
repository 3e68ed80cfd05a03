"""Make the films of the documentation: an episode each, as GIF.

Run as ``python scripts/make_films.py [--out docs/images]``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import coplug.envs  # noqa: F401 # registers

FILMS = {
    "film-independent-set.gif": ("coplug/IndependentSet-RB-tiny-v0", "min-degree", 3),
    "film-branching.gif": ("coplug/Branching-v1", "pseudocost", 1),
}
"""The id, a baseline that acts, and the seed."""

N_FRAMES = 24
"""The first of an episode."""

FRAME_MS, LAST_MS = 700, 3000
WIDTH = 480
N_COLOURS = 32


def frames(name: str, baseline: str, seed: int) -> list[NDArray[np.uint8]]:
    """Return the pictures of an episode."""
    env: Any = gymnasium.make(name, render_mode="rgb_array")
    rule, rng = env.unwrapped.baselines[baseline], np.random.default_rng(0)
    observation, _ = env.reset(seed=seed)
    found = [env.render()]
    over = False
    while not over and len(found) < N_FRAMES:
        observation, _, terminated, truncated, _ = env.step(rule(env.unwrapped, observation, rng))
        found.append(env.render())
        over = terminated or truncated
    env.close()
    return found


def film(pictures: list[NDArray[np.uint8]], path: Path) -> None:
    """Write pictures as an endless film."""
    images = [Image.fromarray(picture) for picture in pictures]
    size = (WIDTH, WIDTH * images[0].height // images[0].width)
    small = [image.resize(size, Image.Resampling.LANCZOS) for image in images]
    all_colours = Image.fromarray(np.vstack([np.asarray(image) for image in small[:: len(small) // 3]]))
    palette = all_colours.quantize(N_COLOURS, Image.Quantize.MAXCOVERAGE)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in small]
    durations = [FRAME_MS] * len(others) + [LAST_MS]
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, optimize=True)


def main() -> None:
    """Make all films."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs" / "images")
    options = parser.parse_args()
    for file, (name, baseline, seed) in FILMS.items():
        pictures = frames(name, baseline, seed)
        film(pictures, options.out / file)
        print(f"{file}: {len(pictures)} frames, {(options.out / file).stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
