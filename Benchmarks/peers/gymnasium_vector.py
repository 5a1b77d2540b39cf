"""Gymnasium's own vector environment in one process, with random actions: steps a second.

Environments are reset in the step that ends an episode, so that every step that is counted is one of a task.
"""

import argparse
import json
import time

import gymnasium
import numpy as np

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--environment", required=True)
parser.add_argument("--count", type=int, default=64)
parser.add_argument("--seconds", type=float, default=5)
options = parser.parse_args()

module, _, name = options.environment.rpartition(":")
if module:
    __import__(module)
environments = gymnasium.vector.SyncVectorEnv(
    [lambda: gymnasium.make(name, disable_env_checker=True)] * options.count,
    autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP,
)
environments.reset(seed=list(range(options.count)))
random = np.random.default_rng(0)
actions = environments.single_action_space.n


def step():
    environments.step(random.integers(actions, size=options.count))


for _ in range(20):
    step()
start, rounds = time.perf_counter(), 0
while time.perf_counter() - start < options.seconds:
    step()
    rounds += 1
seconds = time.perf_counter() - start
print(json.dumps({"steps_per_second": rounds * options.count / seconds}))
