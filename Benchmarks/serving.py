"""Milliseconds per action of `distill serve` in its two forms, the client in Python included: medians of alternated runs.

    PYTHON=… python3 Benchmarks/serving.py [--program .build/release/distill] [--rounds 5] [--steps 100]

Needs numpy, and gymnasium in the interpreter that PYTHON names: it makes a model of vectors and one of pictures, of the size of
the preset dark-room and hardly trained, which costs the same. The model of cells is data/models/dark-room.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

repository = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(repository / "Examples" / "python"))
from binary_client import ACTION, REWARD, BinaryAgent  # noqa: E402

WORLD = """
import gymnasium, numpy as np
class World(gymnasium.Env):
    observation_space = gymnasium.spaces.Box({low}, {high}, {shape}, np.{kind})
    action_space = gymnasium.spaces.Discrete(5)
    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.observation_space.sample(), {{}}
    def step(self, action):
        return self.observation_space.sample(), float(action == 0), False, False, {{}}
gymnasium.register("World-v0", World, max_episode_steps=20)
"""
SETTINGS = {
    "task.family": "gymnasium", "source.algorithm": "a3c",
    "source.episodes": "40", "split.held_out": "1", "split.validation": "1", "train.updates": "1", "train.warm_up_updates": "1",
    "collect.histories_per_task": "8",
}
SHAPES = {"vector": ("float32", -1, 1, (64,)), "picture": ("uint8", 0, 255, (32, 32, 3))}


def make_model(program, folder, name):
    kind, low, high, shape = SHAPES[name]
    world = folder / f"{name}.py"
    world.write_text(WORLD.format(low=low, high=high, shape=shape, kind=kind))
    tasks = folder / "tasks.yaml"
    tasks.write_text("seeds: {count: 4, from: 0}\n")
    settings = {**SETTINGS, "task.tasks": tasks, "task.environment": f"{world}:World-v0"}
    chosen = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    subprocess.run([program, "collect", "--preset", "dark-room", "--out", folder / name, "-q", *chosen], check=True)
    subprocess.run([program, "train", "--run", folder / name, "--method", "ad", "--train-seed", "0", "-q"], check=True)
    return folder / name / "models" / "ad" / "seed-0"


class Lines:
    """The JSON form: a list of requests a line."""

    def __init__(self, command):
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.server.stdout.readline()

    def act(self, observations, first):
        told = {} if first else {"reward": 0}
        requests = [{"stream": stream, "observation": seen.tolist(), **told} for stream, seen in enumerate(observations)]
        self.server.stdin.write(json.dumps(requests).encode() + b"\n")
        self.server.stdin.flush()
        return [answer["action"] for answer in json.loads(self.server.stdout.readline())]


class Frames:
    """The binary form: a frame of all requests."""

    def __init__(self, command):
        self.agent = BinaryAgent(command)
        self.server = self.agent.server

    def act(self, observations, first):
        requests = self.agent.requests(len(observations))
        requests["stream"], requests["asks"] = np.arange(len(observations)), ACTION if first else ACTION + REWARD
        requests["observation"][:, :observations.shape[1]] = observations
        return self.agent.ask(requests)["action"].tolist()


def milliseconds(form, command, observations, steps):
    """The time of an action once the server is warm, and the actions."""
    served, actions = form(command), []
    for step in range(steps // 4 + steps):
        if step == steps // 4:
            start = time.perf_counter()
        actions.append(served.act(observations[step % len(observations)], step == 0))
    took = time.perf_counter() - start
    served.server.stdin.close()
    served.server.wait()
    return 1000 * took / (steps * observations.shape[1]), actions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(repository / ".build/release/distill"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        models = {"cell": repository / "data/models/dark-room"}
        models |= {name: make_model(options.program, pathlib.Path(folder), name) for name in SHAPES}
        print("observation  streams  lines ms  frames ms  ratio  ranges")
        for name, model in models.items():
            for streams in (1, 64):
                kind, low, high, shape = SHAPES.get(name, ("uint8", 0, 8, (2,)))
                seen = random.uniform(low, high, (16, streams, int(np.prod(shape)))).astype(kind)
                command, took = [options.program, "serve", str(model)], {Lines: [], Frames: []}
                for _ in range(options.rounds):
                    done = {form: milliseconds(form, command, seen, options.steps) for form in took}
                    assert done[Lines][1] == done[Frames][1], "the forms act differently"
                    for form, (time_of_action, _) in done.items():
                        took[form].append(time_of_action)
                lines, frames = (statistics.median(values) for values in took.values())
                ranges = ", ".join(f"{min(values):.3f} to {max(values):.3f}" for values in took.values())
                print(f"{name:11}  {streams:7}  {lines:8.3f}  {frames:9.3f}  {lines / frames:5.2f}  {ranges}")


if __name__ == "__main__":
    main()
