"""Stable-baselines3 on the Dark Room, to be timed beside our A3C: networks of 3 x 128.

In order: the room for one agent, all rooms as one NumPy array, the run. It prints one line of JSON. A run
learns; that is counted from its first step to its last, without the set-up.

    python collect.py --algorithm a2c --environments 64 --steps 5 --seconds 5
"""

import argparse
import json
import time

import gymnasium
import numpy as np
import stable_baselines3
import torch
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

SIZE = 9
EPISODE = 20
MOVES = np.array([[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]])
OBSERVATIONS = gymnasium.spaces.MultiDiscrete([SIZE, SIZE])
ACTIONS = gymnasium.spaces.Discrete(len(MOVES))


class DarkRoom(gymnasium.Env):
    """One dark room: the cell is seen, the goal is not; twenty steps an episode.

    As for our A3C, the time limit ends the return: nothing is bootstrapped from the last step.
    """

    observation_space, action_space = OBSERVATIONS, ACTIONS

    def __init__(self, goal=(2, 6)):
        self.goal = np.array(goal)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cell = np.array([SIZE // 2, SIZE // 2])
        self.lived = 0
        return self.cell.copy(), {}

    def step(self, action):
        self.cell = np.clip(self.cell + MOVES[action], 0, SIZE - 1)
        self.lived += 1
        reward = float((self.cell == self.goal).all())
        return self.cell.copy(), reward, self.lived == EPISODE, False, {}


class DarkRooms(VecEnv):
    """Many dark rooms stepped as one array; the same room as ours, whose actors share a task."""

    def __init__(self, count, goal=(2, 6)):
        super().__init__(count, OBSERVATIONS, ACTIONS)
        self.goal = np.array(goal)
        self.infos = [{} for _ in range(count)]
        self.reset()

    def reset(self):
        self.cells = np.full((self.num_envs, 2), SIZE // 2)
        self.lived = 0
        return self.cells.copy()

    def step_async(self, actions):
        self.actions = actions

    def step_wait(self):
        self.cells = np.clip(self.cells + MOVES[self.actions], 0, SIZE - 1)
        self.lived += 1
        rewards = (self.cells == self.goal).all(1).astype(np.float32)
        done = self.lived == EPISODE
        if done:
            self.reset()
        return self.cells.copy(), rewards, np.full(self.num_envs, done), self.infos

    def close(self):
        pass

    def get_attr(self, name, indices=None):
        return [getattr(self, name)] * len(list(self._get_indices(indices)))

    def set_attr(self, name, value, indices=None):
        setattr(self, name, value)

    def env_method(self, name, *arguments, indices=None, **options):
        return [getattr(self, name)(*arguments, **options)]

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * len(list(self._get_indices(indices)))


class Clock(BaseCallback):
    """Stops after some seconds. From the beginning of one rollout to that of another, so that as
    many updates are timed as rollouts; the first rollouts are not counted."""

    def __init__(self, seconds, warm_up):
        super().__init__()
        self.seconds, self.warm_up = seconds, warm_up
        self.start, self.elapsed = None, 0.0

    def _on_rollout_start(self):
        if self.start is None:
            if self.num_timesteps >= self.warm_up:
                self.start, self.first = time.perf_counter(), self.num_timesteps
        else:
            self.elapsed = time.perf_counter() - self.start
            self.last = self.num_timesteps

    def _on_step(self):
        return self.elapsed < self.seconds

    @property
    def rate(self):
        return (self.last - self.first) / self.elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--algorithm", choices=["a2c", "ppo", "dqn"], default="a2c")
    parser.add_argument("--environments", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5, help="of each environment between updates")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    count = options.environments
    rooms = DummyVecEnv([DarkRoom]) if count == 1 else DarkRooms(count)
    layers = {"net_arch": [128] * 3}
    # MlpPolicy on MultiDiscrete cells sees both coordinates as one-hot inputs, as ours does.
    if options.algorithm == "a2c":
        learner = A2C("MlpPolicy", rooms, n_steps=options.steps, policy_kwargs=layers, device="cpu")
    elif options.algorithm == "ppo":
        steps = max(4, 2048 // count)
        learner = PPO(
            "MlpPolicy", rooms, n_steps=steps, batch_size=steps * count // 4, policy_kwargs=layers,
            device="cpu")
    else:
        learner = DQN("MlpPolicy", rooms, policy_kwargs=layers, device="cpu")
    warm_up = 2 * count * options.steps if options.algorithm == "a2c" else 2048
    clock = Clock(options.seconds, warm_up)
    learner.learn(10**9, callback=clock)
    print(json.dumps({
        "loop": "collect", "algorithm": options.algorithm, "environments": count,
        "steps_between_updates": options.steps, "steps_per_second": clock.rate,
        "threads": options.threads, "stable_baselines3": stable_baselines3.__version__}))


if __name__ == "__main__":
    main()
