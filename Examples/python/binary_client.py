"""A client of `distill serve` in its binary form: many dark rooms at once, one frame for all.

    python3 Examples/python/binary_client.py MODEL [--program distill] [--rooms 64] [--episodes 20]
"""
import argparse
import json
import subprocess

import numpy as np

ACTION, REWARD, RESET, CLOSE = 1, 2, 4, 8  # what a record asks for; several are added


class BinaryAgent:
    """A conversation with a served model. `requests(n)` makes records to fill in, and `ask` sends them in one frame."""

    def __init__(self, command, predictions=False):
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=-1)
        self.greeting = json.loads(self.server.stdout.readline())
        self.send(json.dumps({"binary": 1, "predictions": predictions}).encode() + b"\n")
        form = json.loads(self.server.stdout.readline())
        if "error" in form:
            raise RuntimeError(form["error"])
        kind, size = ("f4", 4) if self.greeting["interface"].get("sight", [""])[0] == "floats" else ("u1", 1)
        self.request = np.dtype({
            "names": ["stream", "asks", "ends", "reward", "observation"], "offsets": [0, 4, 5, 8, 16],
            "formats": ["u4", "u1", "u1", "f8", (kind, form["observation_bytes"] // size)],
            "itemsize": form["request_bytes"]})
        self.answer = np.dtype([
            ("stream", "u4"), ("action", "u4"), ("failed", "u4"), ("predictions", "f4", (form["answer_bytes"] - 12) // 4)])

    def requests(self, count):
        return np.zeros(count, self.request)

    def send(self, data):
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def ask(self, requests):
        self.send(np.array([len(requests), self.request.itemsize], "u4").tobytes() + requests.tobytes())
        count, text = np.frombuffer(self.server.stdout.read(8), "u4")
        answers = np.frombuffer(self.server.stdout.read(int(count) * self.answer.itemsize), self.answer)
        if text:
            raise RuntimeError(self.server.stdout.read(int(text)).decode())
        return answers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--program", default="distill")
    parser.add_argument("--rooms", type=int, default=64)
    parser.add_argument("--episodes", type=int, default=20)
    options = parser.parse_args()
    agent = BinaryAgent([options.program, "serve", options.model])
    interface = agent.greeting["interface"]
    sizes, steps = np.array(interface["observation_sizes"]), interface["episode_length"]
    moves = np.array([(-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)])  # left, right, up, down, stay
    goals = np.random.default_rng(0).integers(sizes, size=(options.rooms, 2))
    requests = agent.requests(options.rooms)
    requests["stream"], requests["asks"] = np.arange(options.rooms), ACTION
    for episode in range(options.episodes):
        cells, earned = np.tile(sizes // 2, (options.rooms, 1)), 0
        for step in range(steps):
            requests["observation"][:, :2] = cells
            actions = agent.ask(requests)["action"]
            cells = np.clip(cells + moves[actions], 0, sizes - 1)
            requests["asks"], requests["reward"] = ACTION + REWARD, (cells == goals).all(axis=1)
            requests["ends"] = 2 * (step == steps - 1)  # for want of steps; 1 would be for good
            earned += requests["reward"].mean()
        print(f"episode {episode + 1}: {earned:.2f}")


if __name__ == "__main__":
    main()
