"""The forward pass of a transformer that sees cells, in NumPy: what data/schema.md tells, as a program.

    python model.py model.safetensors
"""
import json
import sys
import numpy as np
from safetensors.numpy import load_file, safe_open  # or algorithm_distillation.read_tensors


def logits(p, c, observations, actions, rewards):
    """Logits, steps x actions, of one window: observations are steps x components, the rest steps."""
    m, scale = c["model"], c["interface"].get("rewardScale", 1)
    seen = sum((p[f"observation.{j}.weight"][o] for j, o in enumerate(observations.T)), np.zeros(m["width"]))
    acted, rewarded = p["action.weight"][actions], rewards[:, None] * scale * p["reward.weight"] + p["reward.bias"]
    if m["tokensPerStep"] == 3:
        x = np.stack([seen + 0 * acted, acted, rewarded], 1).reshape(-1, m["width"])
    else:  # The first step has the row of no action, and nothing of a reward, not even the bias.
        x = seen + np.vstack([p["action.weight"][-1:], acted[:-1]]) + np.vstack([0 * rewarded[:1], rewarded[:-1]])
    x = x + p["position.weight"][:len(x)]
    linear = lambda name, y: y @ p[name + ".weight"].T + p[name + ".bias"][0]
    def norm(name, y):
        y = y - y.mean(1, keepdims=True)
        return y / np.sqrt((y * y).mean(1, keepdims=True) + 1e-5) * p[name + ".gain"] + p[name + ".bias"]
    def attention(name, y):
        q, k, v = (a.reshape(len(y), m["heads"], -1).swapaxes(0, 1) for a in np.split(linear(name + "qkv", y), 3, 1))
        w = np.where(np.tri(len(y), dtype=bool), q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2]), -np.inf)
        w = np.exp(w - w.max(2, keepdims=True))
        return linear(name + "projection", (w / w.sum(2, keepdims=True) @ v).swapaxes(0, 1).reshape(y.shape))
    def feed_forward(name, y):
        y = linear(name + "in", y)
        return linear(name + "out", y / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3))))
    for l in (f"layers.{l}." for l in range(m["layers"])):
        for n, f in ((l + "norm1", lambda y: attention(l + "attention.", y)),
                     (l + "norm2", lambda y: feed_forward(l + "feedforward.", y))):
            x = x + f(norm(n, x)) if m["normPlacement"] == "pre" else norm(n, x + f(x))
    x = norm("norm", x) if m["normPlacement"] == "pre" else x
    return linear("head", x[::m["tokensPerStep"]])


if __name__ == "__main__":
    about = json.loads(safe_open(sys.argv[1], "np").metadata()["configuration"])
    sizes = about["interface"]["observationSizes"]
    print(logits(load_file(sys.argv[1]), about, np.zeros((3, len(sizes)), int), np.zeros(3, int), np.zeros(3)))
