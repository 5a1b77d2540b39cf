"""The forward pass of a transformer of cells, in NumPy: read it to write your own.

One token a step holds what is seen, the action before it and the reward that gave; a first step has neither. A window
of at most `contextSteps` steps is read from the left; data/schema.md names the tensors.
"""
import json

import numpy as np
from safetensors import safe_open


def load(path):
    with safe_open(path, "numpy") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}
        return weights, json.loads(file.metadata()["configuration"])


def normed(x, gain, bias):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gain + bias


def logits(weights, configuration, observations, actions, rewards):
    """Steps + 1 observations, steps actions and rewards → steps + 1 rows of logits."""
    w, model, count = weights, configuration["model"], len(observations)
    scale = configuration["interface"].get("rewardScale", 1)
    previous = np.array([len(w["action.weight"]) - 1, *actions], int)  # the last row: no action came before
    x = w["position.weight"][:count] + w["action.weight"][previous]
    for component in range(np.shape(observations)[1]):
        x = x + w[f"observation.{component}.weight"][np.asarray(observations)[:, component]]
    for step, reward in enumerate(rewards):
        x[step + 1] += reward * scale * w["reward.weight"][0] + w["reward.bias"][0]
    width = x.shape[1] // model["heads"]
    for layer in range(model["layers"]):
        get = lambda name: w[f"layers.{layer}.{name}"]  # noqa: E731
        read = normed(x, get("norm1.gain"), get("norm1.bias"))
        qkv = (read @ get("attention.qkv.weight").T + get("attention.qkv.bias")).reshape(count, 3, model["heads"], width)
        scores = np.einsum("ihd,jhd->hij", qkv[:, 0], qkv[:, 1]) / np.sqrt(width)
        scores[:, ~np.tri(count, dtype=bool)] = -np.inf
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = np.einsum("hij,jhd->ihd", shares, qkv[:, 2]).reshape(count, -1)
        x = x + mixed @ get("attention.projection.weight").T + get("attention.projection.bias")
        read = normed(x, get("norm2.gain"), get("norm2.bias")) @ get("feedforward.in.weight").T + get("feedforward.in.bias")
        active = read * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (read + 0.044715 * read**3)))
        x = x + active @ get("feedforward.out.weight").T + get("feedforward.out.bias")
    return normed(x, w["norm.gain"], w["norm.bias"]) @ w["head.weight"].T + w["head.bias"]
