"""Sources in the layouts of others, made from their descriptions; none of their files is opened."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

MOVES = np.array([(0, -1), (0, 1), (-1, 0), (1, 0), (0, 0)])


class Room:
    """A learner of a dark room that walks to its goal more often with every episode; rows and columns."""

    def __init__(self, goal, episodes=20, length=20, seed=0):
        rng = np.random.default_rng([seed, *goal])
        self.cells = np.zeros((episodes, length, 2), int)
        self.actions = np.zeros((episodes, length), int)
        self.rewards = np.zeros((episodes, length))
        for e in range(episodes):
            cell = np.array([4, 4])
            for t in range(length):
                self.cells[e, t] = cell
                towards = np.array(goal) - cell
                best = 4 if not towards.any() else (
                    (3 if towards[0] > 0 else 2) if towards[0] else (1 if towards[1] > 0 else 0))
                action = best if rng.random() < e / episodes else int(rng.integers(5))
                cell = np.clip(cell + MOVES[action], 0, 8)
                self.actions[e, t] = action
                self.rewards[e, t] = float((cell == goal).all())
        self.expert = np.array([[
            4 if not (np.array(goal) - c).any() else 0 for c in row] for row in self.cells])


@pytest.fixture
def convert(tmp_path):
    """Runs a converter as the program does; returns its status, its sentence and the folder."""
    def run(kind, source, *options):
        out = tmp_path / f"set-{len(list(tmp_path.iterdir()))}"
        result = subprocess.run(
            [sys.executable, "-m", "algorithm_distillation.convert", kind, str(source), "--out", str(out), *options],
            capture_output=True, text=True, cwd=pathlib.Path(__file__).parents[1])
        return result.returncode, result.stderr.strip(), out
    return run


def ad_eps_room(folder, goals):
    run = folder / "a1b2c"
    run.mkdir(parents=True)
    names = []
    theirs = np.array([4, 2, 1, 3, 0])  # ours left, right, up, down, stay
    for i, goal in enumerate(goals):
        room = Room(goal)
        names.append(f"trajectories_{i:03x}.npz")
        dones = np.zeros((20, 20), np.int32)
        dones[:, -1] = 1
        np.savez(
            run / names[-1], states=(9.0 * room.cells[..., 0] + room.cells[..., 1]), actions=theirs[room.actions],
            rewards=room.rewards, dones=dones, eps=np.zeros((20, 20)))
    (run / "metadata.metadata").write_text(json.dumps({
        "algorithm": "q-learning", "label": "x", "ordered_trajectories": names, "goal": [list(g) for g in goals]}))
    return run


def dicp_room(path, goals, streams=3, episodes=20):
    import h5py

    theirs = np.array([3, 2, 1, 0, 4])
    with h5py.File(path, "w") as file:
        for goal in goals:
            rooms = [Room(goal, episodes, seed=s) for s in range(streams)]
            group = file.create_group(str(9 * goal[0] + goal[1]))
            flat = lambda a: np.stack([getattr(r, a).reshape(-1, *getattr(r, a).shape[2:]) for r in rooms], 1)
            group["states"] = flat("cells").astype(np.int32)
            group["next_states"] = flat("cells").astype(np.int32)
            group["actions"] = theirs[flat("actions")].astype(np.int32)
            group["rewards"] = flat("rewards").astype(np.int32)
            dones = np.zeros((episodes * 20, streams), bool)
            dones[19::20] = True
            group["dones"] = dones
            group["optimal_actions"] = theirs[flat("expert")].T.astype(np.int32)


def xland(path, groups=2, steps=500, histories=4):
    import h5py

    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        for i in range(groups):
            group = file.create_group(str(i))
            for name, array in {
                    "states": rng.integers(0, 200, (histories, steps, 5, 5), np.uint8),
                    "actions": rng.integers(0, 6, (histories, steps), np.uint8),
                    "rewards": rng.random((histories, steps)).astype(np.float16),
                    "dones": rng.random((histories, steps)) < 0.02,
                    "expert_actions": rng.integers(0, 6, (histories, steps), np.uint8)}.items():
                chunks = (1, min(4096, steps), *array.shape[2:])
                group.create_dataset(name, data=array, chunks=chunks, compression="gzip", compression_opts=6)
            group.attrs.update({"env-id": "XLand-MiniGrid-R1-9x9", "benchmark-id": "trivial-1m", "ruleset-id": 70 - i})
