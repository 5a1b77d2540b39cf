"""Gymnasium's FrozenLake on random maps: where the holes and the goal are differs from task to task, and is not seen."""

import gymnasium
import numpy as np
from gymnasium.envs.toy_text.frozen_lake import FrozenLakeEnv


def random_map(map_seed, size, holes, least_distance=3):
    """A map whose start is in a corner and whose goal is somewhere, at least some steps away and reachable."""
    random = np.random.default_rng(map_seed)
    while True:
        cells = np.where(random.random((size, size)) < holes, "H", "F")
        goal = tuple(int(place) for place in random.integers(size, size=2))
        cells[0, 0], cells[goal] = "S", "G"
        if least_distance <= distance(cells, goal) < np.inf:
            return ["".join(row) for row in cells]


def distance(cells, goal):
    """The steps from the start to the goal around the holes."""
    steps, edge, seen = 0, {(0, 0)}, {(0, 0)}
    while edge:
        if goal in edge:
            return steps
        near = {(x + dx, y + dy) for x, y in edge for dx, dy in ((0, 1), (1, 0), (0, -1), (-1, 0))}
        inside = {(x, y) for x, y in near if 0 <= x < len(cells) and 0 <= y < len(cells)}
        edge = {cell for cell in inside - seen if cells[cell] != "H"}
        seen |= edge
        steps += 1
    return np.inf


def make(map_seed, size=5, holes=0.2, render_mode=None):
    return FrozenLakeEnv(desc=random_map(map_seed, size, holes), is_slippery=False, render_mode=render_mode)


gymnasium.register("FrozenLakeMaps-v0", entry_point=make, max_episode_steps=20)
