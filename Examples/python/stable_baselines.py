"""A learner of others: A2C of stable-baselines3 searches dark rooms, and its whole lives become a set of histories.

    pip install ./scripts/python stable-baselines3
    python3 Examples/python/stable_baselines.py FOLDER [--held-out 16] [--actors 8] [--episodes 300]
    distill import set FOLDER --out RUN --preset dark-room

Takes some ten minutes of one core.
"""
import argparse

import gymnasium
import numpy as np
import torch
from algorithm_distillation import Episode, Interface, SetWriter
from stable_baselines3 import A2C
from stable_baselines3.common.vec_env import DummyVecEnv

SIZE, STEPS = 9, 20
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)]  # left, right, up, down, stay: (x, y)


class DarkRoom(gymnasium.Env):
    """A room with a goal that is not seen; it keeps every episode that is lived in it."""

    observation_space = gymnasium.spaces.Discrete(SIZE * SIZE)
    action_space = gymnasium.spaces.Discrete(len(MOVES))

    def __init__(self, goal):
        self.goal, self.episodes = goal, []

    def reset(self, *, seed=None, options=None):
        self.cell = (SIZE // 2, SIZE // 2)
        self.episodes.append([])
        return self.cell[0] + SIZE * self.cell[1], {}

    def step(self, action):
        before = self.cell
        self.cell = tuple(min(max(place + move, 0), SIZE - 1) for place, move in zip(before, MOVES[action]))
        reward = int(self.cell == self.goal)
        self.episodes[-1].append((before, int(action), reward))
        return self.cell[0] + SIZE * self.cell[1], reward, False, len(self.episodes[-1]) == STEPS, {}


def lives(task, actors, episodes):
    """What each actor of one A2C lives in a room, from its first episode to its last."""
    rooms = [DarkRoom((task % SIZE, task // SIZE)) for _ in range(actors)]
    # A table of logits needs greater steps than the deep networks that the defaults are for.
    model = A2C(
        "MlpPolicy", DummyVecEnv([lambda room=room: room for room in rooms]), seed=task, device="cpu", n_steps=5,
        gamma=0.9, ent_coef=0.01, learning_rate=0.01, policy_kwargs={"net_arch": []})
    model.learn(actors * episodes * STEPS)
    return [[Episode(*map(np.array, zip(*steps))) for steps in room.episodes[:episodes]] for room in rooms]


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--held-out", type=int, default=16)
parser.add_argument("--actors", type=int, default=8)
parser.add_argument("--episodes", type=int, default=300)
options = parser.parse_args()
torch.set_num_threads(1)
tasks = [int(task) for task in np.random.default_rng(0).permutation(SIZE * SIZE)]
writer = SetWriter(
    options.folder, Interface((len(MOVES),), STEPS, (SIZE, SIZE), rewards=(0, 1)), "dark-room", "stable-baselines3-a2c",
    {"size": str(SIZE), "episode_length": str(STEPS)})
for task in sorted(tasks[options.held_out:]):
    writer.write(task, lives(task, options.actors, options.episodes))
writer.finish(held_out=tasks[:options.held_out])
