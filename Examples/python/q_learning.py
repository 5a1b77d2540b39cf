"""A learner of one's own, in NumPy: tabular Q-learning searches dark rooms, and its whole lives become a set of histories.

    python3 Examples/python/q_learning.py FOLDER [--size 9] [--held-out 16] [--histories 8] [--episodes 300]
    distill import set FOLDER --out RUN
"""
import argparse
import hashlib
import json
import os

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--size", type=int, default=9)
parser.add_argument("--held-out", type=int, default=16)
parser.add_argument("--histories", type=int, default=8)
parser.add_argument("--episodes", type=int, default=300)
options = parser.parse_args()
size, steps = options.size, 20
rng = np.random.default_rng(0)


def life(goal):
    """The cells, actions and rewards of a learner, from its first episode to its last."""
    values, cells, actions, rewards = np.zeros((size, size, 5)), [], [], []
    for episode in range(options.episodes):
        x = y = size // 2
        exploration = max(0.0, 1 - episode / (0.5 * options.episodes))
        for _ in range(steps):
            row = values[x, y]
            greedy = rng.random() >= exploration
            action = int(rng.choice(np.flatnonzero(row == row.max()))) if greedy else int(rng.integers(5))
            to = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1), (x, y)][action]  # left, right, up, down, stay
            to = (min(max(to[0], 0), size - 1), min(max(to[1], 0), size - 1))
            reward = int(to == goal)
            row[action] += 0.5 * (reward + 0.9 * values[to].max() - row[action])
            cells.append((x, y)), actions.append(action), rewards.append(reward)
            x, y = to
    return cells, actions, rewards


tasks = [int(task) for task in rng.permutation(size * size)]
split = {"training": sorted(tasks[options.held_out:]), "validation": [], "held_out": sorted(tasks[:options.held_out])}
interface = {"observation_sizes": [size, size], "action_count": 5, "episode_length": steps, "rewards": [0, 1]}
about = {"schema": "algorithm-distillation.histories", "fingerprint": "q_learning.py"}
types = {"bool": "BOOL", "uint8": "U8", "uint32": "U32"}
os.makedirs(options.folder, exist_ok=True)
shards = []
for task in split["training"]:
    lives = [life((task % size, task // size)) for _ in range(options.histories)]
    cells, actions, rewards = (np.concatenate([part[k] for part in lives]).astype("uint8") for k in range(3))
    episodes = options.histories * options.episodes
    arrays = {"observations": cells, "actions": actions, "rewards": rewards,
              "episode_offsets": np.arange(0, episodes * steps + 1, steps, "uint32"),
              "episode_terminated": np.zeros(episodes, "bool"),
              "history_offsets": np.arange(0, episodes + 1, options.episodes, "uint32")}
    header, end = {"__metadata__": about | {"schema_version": "2", "family": "dark-room", "learner": "numpy-q-learning",
                                            "task": str(task), "interface": json.dumps(interface)}}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": types[array.dtype.name], "shape": array.shape, "data_offsets": [end, end := end + array.nbytes]}
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for array in arrays.values())
    name = f"task-{task}.safetensors"
    shards.append({"name": name, "task": task, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    with open(f"{options.folder}/{name}", "wb") as file:
        file.write(data)
with open(f"{options.folder}/manifest.json", "w") as file:
    json.dump(about | {
        "schema_version": 2, "origin": "imported", "seed": 0, "split": split, "interface": interface, "shards": shards,
        "family": {"name": "dark-room", "settings": {"size": str(size), "episode_length": str(steps)}},
        "learner": {"name": "numpy-q-learning", "settings": {}}}, file)
