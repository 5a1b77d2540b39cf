"""Models of `distill train` in PyTorch: the same logits, to within 1e-5, and an agent that acts from a cache.

In order: the module, what is seen, both architectures, the agent. data/schema.md tells the forward pass.
"""

from __future__ import annotations

import json
import math
import os
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .tensors import FileProblem, read_tensors

NO_ACTION = -1
Cache = list[Any]


def load_model(path: str | os.PathLike[str]) -> "Model":
    """The model of a `model.safetensors`, in evaluation mode. Raises FileProblem if the file holds none."""
    metadata, tensors = read_tensors(path)
    if metadata.get("schema") != "algorithm-distillation.model" or "configuration" not in metadata:
        raise FileProblem(f"{path} is no model: its schema is {metadata.get('schema')}.")
    return Model(json.loads(metadata["configuration"]), tensors).eval()


class Model(nn.Module):
    """A transformer or an LSTM that predicts the logits of the next action at every step.

    Observations are windows x steps x components (whole numbers, where cells are seen) or windows x steps x ... as
    the sight of the interface says: floats, bytes, categories, or drawn pictures (rows x columns x 3 bytes).
    """

    def __init__(self, configuration: dict[str, Any], tensors: dict[str, np.ndarray]):
        super().__init__()
        self.configuration = configuration
        self.settings: dict[str, Any] = configuration["model"]
        self.interface: dict[str, Any] = configuration["interface"]
        self.steps: int = configuration["contextSteps"]
        self.is_recurrent = self.settings.get("architecture", "transformer") == "lstm"
        self.factors: list[int] = self.interface.get("actionFactors") or [self.interface["actionCount"]]
        sight = self.interface.get("sight") or ["cells"]
        self.sight_kind, self.sight_shape = sight[0], sight[1:]
        # A parameter's name may hold no dot, and a prefix marks moments and what else a checkpoint holds.
        self.parameters_by_name = nn.ParameterDict({
            name.replace(".", "|"): nn.Parameter(torch.from_numpy(np.array(array)))
            for name, array in tensors.items() if "/" not in name})

    def p(self, name: str) -> Tensor:
        """A parameter by its name in the file."""
        return self.parameters_by_name[name.replace(".", "|")]

    def linear(self, name: str, x: Tensor) -> Tensor:
        """A linear map by its name in the file."""
        return F.linear(x, self.p(name + ".weight"), self.p(name + ".bias")[0])

    def norm(self, name: str, x: Tensor) -> Tensor:
        """A layer normalisation by its name in the file."""
        return F.layer_norm(x, x.shape[-1:], self.p(name + ".gain")[0], self.p(name + ".bias")[0], eps=1e-5)

    def forward(self, observations: Tensor, actions: Tensor, rewards: Tensor) -> Tensor:
        """Logits, windows x steps x choices, of windows that begin with no action and no reward before them.

        The action and the reward of a step are seen from the next step on; `actions` are windows x steps, those of
        several factors joined, the first factor the most significant.
        """
        if self.is_recurrent:
            return self.head(self.recur(self.tokens(observations, actions, rewards), None)[0])
        x = self.tokens(observations, actions, rewards)
        x = self.attend(x + self.p("position.weight")[:x.shape[1]], None)
        return self.head(x[:, ::self.settings["tokensPerStep"]])

    def head(self, x: Tensor) -> Tensor:
        """Logits of the outputs of the last layer."""
        return self.linear("head", x)

    # What is seen

    def tokens(self, observations: Tensor, actions: Tensor, rewards: Tensor) -> Tensor:
        """Windows x tokens x width: what each token holds, without its position."""
        seen = self.seen(observations)
        acted, rewarded = self.acted(actions), self.rewarded(rewards)
        if self.settings["tokensPerStep"] == 3:
            return torch.stack([seen, acted, rewarded], 2).flatten(1, 2)
        none = self.acted(torch.full_like(actions[:, :1], NO_ACTION))
        before = torch.cat([torch.zeros_like(rewarded[:, :1]), rewarded[:, :-1]], 1)
        return seen + torch.cat([none, acted[:, :-1]], 1) + before

    def rewarded(self, rewards: Tensor) -> Tensor:
        """The embedding of rewards."""
        scaled = rewards.float()[..., None] * self.interface.get("rewardScale", 1.0)
        return scaled * self.p("reward.weight")[0] + self.p("reward.bias")[0]

    def acted(self, actions: Tensor) -> Tensor:
        """The embedding of actions, or of NO_ACTION."""
        table, result, rest, end = self.p("action.weight"), 0, actions.long(), sum(self.factors)
        for size in reversed(self.factors):
            result = result + table[(rest.clamp(min=0) % size) + end - size]
            rest, end = rest.clamp(min=0) // size, end - size
        return torch.where((actions == NO_ACTION)[..., None], table[-1], result)

    def seen(self, observations: Tensor) -> Tensor:
        """What a step shows, windows x steps x width."""
        shape = observations.shape[:2]
        if self.sight_kind == "cells":
            result = torch.zeros(*shape, self.p("action.weight").shape[1])
            for j in range(len(self.interface["observationSizes"])):
                table = self.p(f"observation.{j}.weight")
                if self.settings.get("ordinalObservations"):
                    table = table.cumsum(0)
                result = result + table[observations[..., j].long()]
            return result
        return self.look(observations.flatten(0, 1)).unflatten(0, shape)

    def look(self, x: Tensor) -> Tensor:
        """The network that encodes what is no cell: inputs x ... to inputs x width."""
        s = self.settings["sight"]
        number = norms = 0

        def convolved(x: Tensor, kernel: int, stride: int) -> Tensor:
            nonlocal number
            weight, bias = self.p(f"sight.{number}.weight"), self.p(f"sight.{number}.bias")[0]
            number += 1
            weight = weight.unflatten(1, (kernel, kernel, x.shape[1])).permute(0, 3, 1, 2)
            return F.conv2d(_padded(x, kernel, stride, 0.0), weight, bias, stride=stride)

        if self.sight_kind == "categories":
            values, places = self.sight_shape[0], math.prod(self.sight_shape[1:])
            rows = x.flatten(1).long() + values * torch.arange(places)
            x = self.p("sight.embedding.weight")[rows].sum(1)
            if not s["widths"]:
                return x
            x, widths = F.relu(x), s["widths"][1:]
        else:
            x, widths = x.float(), s["widths"]
            if self.sight_kind != "floats":
                x = x * (2 / 255) - 1
            shape = [*self.sight_shape, 3] if self.sight_kind == "image" else self.sight_shape
            if self.sight_kind in ("image", "tensor") and len(shape) in (2, 3) and max(shape[:2]) > 1:
                x = x.reshape(-1, *shape[:2], shape[2] if len(shape) == 3 else 1).permute(0, 3, 1, 2)
                for _, kernel, stride in zip(s["channels"], s["kernels"], s["strides"]):
                    x = convolved(x, kernel, stride)
                    if s["normalises"]:
                        x = self.norm(f"sight.norm{norms}", x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
                        norms += 1
                    if s["residualUnits"] == 0:
                        x = F.relu(x)
                    if s["poolKernel"] > 1 or s["poolStride"] > 1:
                        x = F.max_pool2d(
                            _padded(x, s["poolKernel"], s["poolStride"], -math.inf), s["poolKernel"], s["poolStride"])
                    for _ in range(s["residualUnits"]):
                        x = x + convolved(F.relu(convolved(F.relu(x), 3, 1)), 3, 1)
                if s["residualUnits"] and s["channels"]:
                    x = F.relu(x)
                x = x.permute(0, 2, 3, 1)
            x = x.flatten(1)
        for _ in widths:
            x, number = F.relu(self.linear(f"sight.{number}", x)), number + 1
        return self.linear(f"sight.{number}", x)

    # The architectures

    def attend(self, x: Tensor, cache: Cache | None) -> Tensor:
        """The transformer's blocks over tokens, which come after those of the cache, if there is one."""
        is_pre = self.settings["normPlacement"] == "pre"
        for l in range(self.settings["layers"]):
            layer = f"layers.{l}."
            if is_pre:
                x = x + self.attention(l, self.norm(layer + "norm1", x), cache)
                x = x + self.feed_forward(l, self.norm(layer + "norm2", x))
            else:
                x = self.norm(layer + "norm1", x + self.attention(l, x, cache))
                x = self.norm(layer + "norm2", x + self.feed_forward(l, x))
        return self.norm("norm", x) if is_pre else x

    def attention(self, l: int, x: Tensor, cache: Cache | None) -> Tensor:
        """Causal attention; keeps keys and values in the cache."""
        heads = self.settings["heads"]
        q, k, v = (
            part.unflatten(2, (heads, -1)).transpose(1, 2)
            for part in self.linear(f"layers.{l}.attention.qkv", x).chunk(3, 2))
        if cache is not None:
            if len(cache) <= l:
                cache.append((k, v))
            else:
                k, v = (torch.cat([old, new], 2) for old, new in zip(cache[l], (k, v)))
                cache[l] = (k, v)
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])
        later = torch.ones(scores.shape[2:], dtype=torch.bool).triu(1 + k.shape[2] - q.shape[2])
        mixed = torch.softmax(scores.masked_fill(later, -math.inf), 3) @ v
        return self.linear(f"layers.{l}.attention.projection", mixed.transpose(1, 2).flatten(2))

    def feed_forward(self, l: int, x: Tensor) -> Tensor:
        """Two linear maps with a GELU between them, in its form with tanh."""
        inner = F.gelu(self.linear(f"layers.{l}.feedforward.in", x), approximate="tanh")
        return self.linear(f"layers.{l}.feedforward.out", inner)

    def recur(self, x: Tensor, memory: Cache | None) -> tuple[Tensor, Cache]:
        """The layers of long short-term memory, from a memory or from an empty one."""
        empty = torch.zeros(x.shape[0], self.settings["width"])
        after: Cache = []
        for l in range(self.settings["layers"]):
            h, c = memory[l] if memory else (empty, empty)
            sums = (x if l == 0 else F.linear(x, self.p(f"layers.{l}.input.weight"))) + self.p(f"layers.{l}.bias")[0]
            outputs = []
            for t in range(x.shape[1]):
                i, f, g, o = (sums[:, t] + F.linear(h, self.p(f"layers.{l}.recurrent.weight"))).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
                outputs.append(h)
            x = torch.stack(outputs, 1)
            after.append((h, c))
        return x, after


def _padded(x: Tensor, kernel: int, stride: int, value: float) -> Tensor:
    """With as much around a picture as puts a window on every stride, less of it at the top and left."""
    sides: list[int] = []
    for length in (x.shape[3], x.shape[2]):
        beyond = max(0, (math.ceil(length / stride) - 1) * stride + kernel - length)
        sides += [beyond // 2, beyond - beyond // 2]
    return F.pad(x, sides, value=value)


class Agent:
    """Acts with a frozen model in one stream of experience, whose context spans episodes.

    `act` with an observation, then `observe` with what the action gave; `reset` forgets everything.
    """

    def __init__(self, model: Model, dropped_fraction: float = 0.5, seed: int = 0):
        """`dropped_fraction` of a full context is dropped at once, up to an episode's start, as `evaluate` does."""
        self.model = model.eval()
        self.kept = min(model.steps - 1, int((1 - dropped_fraction) * model.steps))
        self.random = np.random.default_rng(seed)
        self.reset()

    def reset(self) -> None:
        """Forgets all steps."""
        self._window: list[tuple[np.ndarray, int, float, bool]] = []
        self._cache: Cache | None = None
        self._last: tuple[int, float] | None = None
        self._starts = True
        self._pending: tuple[np.ndarray, int] | None = None

    def prompt(self, episodes: list[list[tuple[Any, int, float]]]) -> None:
        """Puts whole episodes, lists of (observation, action, reward), in front of an empty context."""
        if self._window or self._last:
            raise ValueError("a prompt stands before the first step; call reset first")
        steps = [
            (np.asarray(observation), int(action), float(reward), index == 0)
            for episode in episodes for index, (observation, action, reward) in enumerate(episode)]
        if self.model.is_recurrent:
            for observation, action, reward, _ in steps:
                self.logits(observation)
                self._last = (action, reward)
        self._window = steps[-self.model.steps:]

    @torch.no_grad()
    def logits(self, observation: Any) -> np.ndarray:
        """The logits of the choices of the next action, factor after factor, given what is seen now."""
        m, now = self.model, np.asarray(observation)
        if m.is_recurrent:
            x = self._token(now, self._last)
            x, self._cache = m.recur(x, self._cache)
            return m.head(x)[0, -1].numpy()
        if len(self._window) == m.steps:
            self._cut()
        if self._cache is None:
            self._cache = []
            steps = [*self._window, (now, 0, 0.0, False)]
            x = m.tokens(
                torch.from_numpy(np.stack([s[0] for s in steps]))[None], torch.tensor([[s[1] for s in steps]]),
                torch.tensor([[s[2] for s in steps]]))
            if m.settings["tokensPerStep"] == 3:
                x = x[:, :-2]
        else:
            x = self._token(now, self._last)
        first = self._cache[0][0].shape[2] if self._cache else 0
        x = x + m.p("position.weight")[first:first + x.shape[1]]
        return m.head(m.attend(x, self._cache)[:, -1])[0].numpy()

    def act(self, observation: Any) -> int:
        """Draws the next action; one of several factors is joined, the first the most significant."""
        logits, action, first = self.logits(observation).astype(np.float64), 0, 0
        for size in self.model.factors:
            weights = np.exp(logits[first:first + size] - logits[first:first + size].max())
            action = action * size + int(self.random.choice(size, p=weights / weights.sum()))
            first += size
        self._pending = (np.asarray(observation), action)
        return action

    def observe(self, reward: float, ends: bool) -> None:
        """Takes in what the last action gave, and whether the episode ended with it."""
        if self._pending is None:
            raise ValueError("there is no action to observe the outcome of; call act first")
        observation, action = self._pending
        self.append(observation, action, reward, ends)

    def append(self, observation: Any, action: int, reward: float, ends: bool) -> None:
        """Takes in a step whose action something else chose, after `logits` of its observation."""
        self._window.append((np.asarray(observation), action, reward, self._starts))
        self._last, self._starts, self._pending = (action, reward), ends, None

    def _token(self, now: np.ndarray, last: tuple[int, float] | None) -> Tensor:
        m = self.model
        seen = m.seen(torch.from_numpy(now)[None, None])
        acted = m.acted(torch.tensor([[last[0] if last else NO_ACTION]]))
        if last is None:
            return seen + acted
        rewarded = m.rewarded(torch.tensor([[last[1]]]))
        if m.settings["tokensPerStep"] == 3:
            return torch.cat([acted, rewarded, seen], 1)
        return seen + acted + rewarded

    def _cut(self) -> None:
        most = len(self._window) - self.kept
        starts = [i for i in range(1, most + 1) if i < len(self._window) and self._window[i][3]]
        self._window = self._window[starts[-1] if starts else most:]
        self._cache = None
