"""The transformer in PyTorch, in the best setting found for it, to be timed beside ours.

In order: the sizes, the model, windows, training, acting, the proof that both are the same model, the
command line. Every run checks itself against a file of `loops proof` first and prints one line of JSON.

    python transformer.py train --size fast --proof fast.safetensors [--compile] [--bfloat16]
    python transformer.py rollout --way rerun|cached --proof fast.safetensors [--compile]
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

EPISODE = 20
CELLS = 9
ACTIONS = 5
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Size:
    """A model with its context and its batch; ours knows them under the same names."""

    width: int = 64
    layers: int = 4
    heads: int = 4
    inner: int = 256
    steps: int = 200
    windows: int = 64
    tokens_per_step: int = 1
    post_norm: bool = False
    dropout: float = 0.0
    attention_dropout: float = 0.0


SIZES = {
    "fast": Size(),
    "paper": Size(
        inner=2048, steps=80, windows=128, tokens_per_step=3, post_norm=True, dropout=0.1,
        attention_dropout=0.5),
    "wide": Size(width=256, layers=6, heads=8, inner=1024, windows=16),
    "long": Size(steps=1600, windows=8),
}


# The model


class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.norm1, self.norm2 = nn.LayerNorm(size.width), nn.LayerNorm(size.width)
        self.qkv = nn.Linear(size.width, 3 * size.width)
        self.projection = nn.Linear(size.width, size.width)
        self.inward = nn.Linear(size.width, size.inner)
        self.outward = nn.Linear(size.inner, size.width)

    def split(self, x):
        """Queries, keys and values, each windows x heads x tokens x head width."""
        windows, tokens, width = x.shape
        heads = self.size.heads
        return self.qkv(x).view(windows, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)

    def join(self, mixed):
        windows, _, tokens, _ = mixed.shape
        return self.projection(mixed.transpose(1, 2).reshape(windows, tokens, self.size.width))

    def attention(self, x):
        q, k, v = self.split(x)
        rate = self.size.attention_dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=rate)
        return F.dropout(self.join(mixed), self.size.dropout, self.training)

    def feed_forward(self, x):
        y = self.outward(F.gelu(self.inward(x), approximate="tanh"))
        return F.dropout(y, self.size.dropout, self.training)

    def forward(self, x):
        if self.size.post_norm:
            x = self.norm1(x + self.attention(x))
            return self.norm2(x + self.feed_forward(x))
        x = x + self.attention(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))


class Model(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        tokens = size.steps * size.tokens_per_step
        self.x, self.y = nn.Embedding(CELLS, size.width), nn.Embedding(CELLS, size.width)
        self.action = nn.Embedding(ACTIONS + 1, size.width)
        self.reward = nn.Linear(1, size.width)
        self.position = nn.Parameter(torch.randn(tokens, size.width) * 0.02)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.norm = nn.Identity() if size.post_norm else nn.LayerNorm(size.width)
        self.head = nn.Linear(size.width, ACTIONS)

    def observed(self, observations):
        return self.x(observations[..., 0]) + self.y(observations[..., 1])

    def embedded(self, observations, actions, rewards):
        """Tokens of windows; of the last action and reward, one token a step needs none."""
        windows, steps = observations.shape[:2]
        observed = self.observed(observations)
        if self.size.tokens_per_step == 3:
            parts = [observed, self.action(actions), self.reward(rewards[..., None])]
            tokens = torch.stack(parts, 2).view(windows, 3 * steps, self.size.width)
        else:
            none = torch.full((windows, 1), ACTIONS)
            tokens = observed + self.action(torch.cat([none, actions[:, : steps - 1]], 1))
            tokens[:, 1:] += self.reward(rewards[:, : steps - 1, None])
        tokens = tokens + self.position[: tokens.shape[1]]
        return F.dropout(tokens, self.size.dropout, self.training)

    def forward(self, observations, actions, rewards):
        """The logits of every action, windows x steps x actions."""
        x = self.embedded(observations, actions, rewards)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, :: self.size.tokens_per_step]))

    def last(self, observations, actions, rewards):
        """The logits of the last action alone."""
        x = self.embedded(observations, actions, rewards)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, -1]))

    def named(self):
        """Parameters under the names of our files."""
        names = {
            "observation.0.weight": self.x.weight, "observation.1.weight": self.y.weight,
            "action.weight": self.action.weight, "reward.weight": self.reward.weight,
            "reward.bias": self.reward.bias, "position.weight": self.position,
            "head.weight": self.head.weight, "head.bias": self.head.bias,
        }
        norms = [] if self.size.post_norm else [("norm", self.norm)]
        maps = []
        for number, block in enumerate(self.blocks):
            layer = f"layers.{number}."
            norms += [(layer + "norm1", block.norm1), (layer + "norm2", block.norm2)]
            maps += [
                (layer + "attention.qkv", block.qkv),
                (layer + "attention.projection", block.projection),
                (layer + "feedforward.in", block.inward), (layer + "feedforward.out", block.outward)]
        for name, norm in norms:
            names[name + ".gain"], names[name + ".bias"] = norm.weight, norm.bias
        for name, linear in maps:
            names[name + ".weight"], names[name + ".bias"] = linear.weight, linear.bias
        return names


DECAYED = ("qkv.weight", "projection.weight", "in.weight", "out.weight", "head.weight")


def adam(model, rate, epsilon):
    named = model.named().items()
    groups = [
        {"params": [p for n, p in named if n.endswith(DECAYED)], "weight_decay": 0.01},
        {"params": [p for n, p in named if not n.endswith(DECAYED)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), eps=epsilon, fused=True)


def loss_of(logits, actions, weights):
    losses = F.cross_entropy(logits.flatten(0, 1), actions.flatten(), reduction="none")
    return (weights.flatten() * losses).sum() / weights.sum()


# Windows


class Windows:
    """Random histories as flat tensors, and windows of them by one advanced index.

    As ours: half of the windows begin with their history and count everywhere, the others begin with
    any kept episode and count in their second half; every eighth episode is kept, from a random one on.
    """

    HISTORIES, EPISODES, STRIDE = 64, 1300, 8

    def __init__(self, size):
        self.size = size
        count = self.HISTORIES * self.EPISODES * EPISODE
        self.observations = torch.randint(0, CELLS, (count, 2))
        self.actions = torch.randint(0, ACTIONS, (count,))
        self.rewards = (torch.rand(count) < 0.05).float()
        step = torch.arange(size.steps)
        self.offsets = step // EPISODE * self.STRIDE * EPISODE + step % EPISODE
        self.in_second_half = step >= size.steps // 2

    def draw(self):
        windows = self.size.windows
        history = torch.randint(0, self.HISTORIES, (windows,))
        phase = torch.randint(0, self.STRIDE, (windows,))
        from_start = torch.rand(windows) < 0.5
        kept = (self.EPISODES - 1 - phase) // self.STRIDE + 1
        starts = kept - -(-self.size.steps // EPISODE) + 1
        skipped = torch.where(from_start, 0, (torch.rand(windows) * starts).long())
        first = history * self.EPISODES + phase + skipped * self.STRIDE
        index = first[:, None] * EPISODE + self.offsets
        weights = (from_start[:, None] | self.in_second_half).float()
        return self.observations[index], self.actions[index], self.rewards[index], weights


# Training


def train(options):
    size = SIZES[options.size]
    model = Model(size)
    prove(options.proof, options.size)
    model.train()
    forward = torch.compile(model, dynamic=False) if options.compile else model
    optimizer = adam(model, 1e-4, 1e-8)
    parameters = list(model.parameters())
    windows = Windows(size)

    def update():
        observations, actions, rewards, weights = windows.draw()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bfloat16):
            logits = forward(observations, actions, rewards)
        loss = loss_of(logits.float(), actions, weights)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    for _ in range(2):
        update()
    start, updates, seconds = time.perf_counter(), 0, 0.0
    while seconds < options.seconds or updates < 2:
        update()
        updates += 1
        seconds = time.perf_counter() - start
    return {
        "loop": "train", "size": options.size,
        "steps_per_second": updates * size.windows * size.steps / seconds, "updates": updates,
        "precision": "bfloat16" if options.bfloat16 else "float32"}


# Acting


class Rerun:
    """Reads the whole window again for every action, as public code does."""

    def __init__(self, model, streams, compiled):
        self.last = torch.compile(model.last, dynamic=False) if compiled else model.last
        self.steps = model.size.steps

    def predict(self, life):
        """Logits for the observation that stands at the end of a life."""
        seen = slice(max(0, life.now + 1 - self.steps), life.now + 1)
        return self.last(life.observations[:, seen], life.actions[:, seen], life.rewards[:, seen])


class Cached:
    """Keeps keys and values; of a full window, drops half up to an episode's start and reads the rest
    again as one batch, as ours does."""

    def __init__(self, model, streams, compiled):
        size = model.size
        self.model = model
        shape = (streams, size.heads, size.steps, size.width // size.heads)
        self.keys = [torch.zeros(shape) for _ in range(size.layers)]
        self.values = [torch.zeros(shape) for _ in range(size.layers)]
        self.first = 0
        self.cached = 0
        self.columns = torch.arange(size.steps)
        self.compiled = torch.compile(self.masked_step, dynamic=False) if compiled else None

    def predict(self, life):
        if life.now - self.first == self.model.size.steps:
            half = self.model.size.steps // 2
            self.first += half // EPISODE * EPISODE or half
            self.cached = 0
        if self.cached == 0:
            return self.read(life)
        position = self.cached
        self.cached += 1
        # Contiguous, since a compiled step is compiled for one layout.
        observation = life.observations[:, life.now].contiguous()
        action = life.actions[:, life.now - 1].contiguous()
        reward = life.rewards[:, life.now - 1, None].contiguous()
        if self.compiled:
            return self.compiled(observation, action, reward, torch.tensor([position]))
        return self.step(observation, action, reward, position)

    def read(self, life):
        """All of the window, with the observation that stands at the end."""
        seen = slice(self.first, life.now + 1)
        x = self.model.embedded(
            life.observations[:, seen], life.actions[:, seen], life.rewards[:, seen])
        self.cached = x.shape[1]
        for layer, block in enumerate(self.model.blocks):
            q, k, v = block.split(block.norm1(x))
            self.keys[layer][:, :, : self.cached] = k
            self.values[layer][:, :, : self.cached] = v
            x = x + block.join(F.scaled_dot_product_attention(q, k, v, is_causal=True))
            x = x + block.feed_forward(block.norm2(x))
        return self.model.head(self.model.norm(x[:, -1]))

    def step(self, observation, action, reward, position):
        """One token a stream."""
        model = self.model
        x = model.observed(observation) + model.action(action) + model.reward(reward)
        x = (x + model.position[position])[:, None]
        for layer, block in enumerate(model.blocks):
            q, k, v = block.split(block.norm1(x))
            keys, values = self.keys[layer], self.values[layer]
            keys[:, :, position] = k[:, :, 0]
            values[:, :, position] = v[:, :, 0]
            seen = slice(0, position + 1)
            x = x + block.join(
                F.scaled_dot_product_attention(q, keys[:, :, seen], values[:, :, seen]))
            x = x + block.feed_forward(block.norm2(x))
        return model.head(model.norm(x[:, 0]))

    def masked_step(self, observation, action, reward, position):
        """The same in shapes that never change, for the compiler."""
        model = self.model
        x = model.observed(observation) + model.action(action) + model.reward(reward)
        x = (x + model.position[position])[:, None]
        seen = (self.columns <= position)[None, None, None]
        for layer, block in enumerate(model.blocks):
            q, k, v = block.split(block.norm1(x))
            keys, values = self.keys[layer], self.values[layer]
            keys.index_copy_(2, position, k)
            values.index_copy_(2, position, v)
            x = x + block.join(F.scaled_dot_product_attention(q, keys, values, attn_mask=seen))
            x = x + block.feed_forward(block.norm2(x))
        return model.head(model.norm(x[:, 0]))


class Life:
    """All streams' steps, one behind the other; the step at `now` has an observation alone."""

    def __init__(self, streams, capacity):
        self.observations = torch.zeros(streams, capacity, 2, dtype=torch.long)
        self.actions = torch.zeros(streams, capacity, dtype=torch.long)
        self.rewards = torch.zeros(streams, capacity)
        self.now = 0


class DarkRooms:
    """A dark room for each stream, all stepped at once."""

    MOVES = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1], [0, 0]])

    def __init__(self, streams):
        self.goals = torch.randint(0, CELLS, (streams, 2))
        self.cells = torch.full((streams, 2), CELLS // 2)

    def step(self, life, actions):
        """Acts, and writes what came of it into the lives."""
        self.cells = (self.cells + self.MOVES[actions]).clamp_(0, CELLS - 1)
        life.actions[:, life.now] = actions
        life.rewards[:, life.now] = (self.cells == self.goals).all(1).float()
        life.now += 1
        if life.now % EPISODE == 0:
            self.cells = torch.full_like(self.cells, CELLS // 2)
        life.observations[:, life.now] = self.cells


def rollout(options):
    size = SIZES[options.size]
    model = Model(size).eval()
    with torch.inference_mode():
        prove_acting(options.proof, options.size, options.way, options.compile)
        acting = {"rerun": Rerun, "cached": Cached}[options.way](
            model, options.streams, options.compile)
        rooms, life = DarkRooms(options.streams), Life(options.streams, 400_000 // options.streams)

        def step():
            probabilities = torch.softmax(acting.predict(life), 1)
            # The likeliest of exponential races: a draw from the probabilities.
            actions = (probabilities / torch.empty_like(probabilities).exponential_()).argmax(1)
            rooms.step(life, actions)

        life.observations[:, 0] = rooms.cells
        if options.way == "rerun":  # a window that was lived already
            for _ in range(size.steps):
                rooms.step(life, torch.randint(0, ACTIONS, (options.streams,)))
            warm_up, cycle = 3, 1
        else:  # two times half a window
            warm_up, cycle = 2 * size.steps, size.steps // 2
        for _ in range(warm_up):
            step()
        if options.wait:
            print("ready", flush=True)
            sys.stdin.readline()
        start, steps, seconds = time.perf_counter(), 0, 0.0
        while seconds < options.seconds and life.now + cycle < life.actions.shape[1]:
            for _ in range(cycle):
                step()
            steps += cycle
            seconds = time.perf_counter() - start
    return {
        "loop": "rollout", "size": options.size, "way": options.way,
        "steps_per_second": steps * options.streams / seconds, "streams": options.streams}


def rollout_in_processes(options):
    """The streams spread over processes of one thread each, which begin together."""
    command = [
        sys.executable, __file__, "rollout", "--size", options.size, "--way", options.way, "--proof",
        options.proof, "--seconds", str(options.seconds), "--threads", "1", "--streams",
        str(options.streams // options.processes), "--wait"] + ["--compile"] * options.compile
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(options.processes)]
    for child in children:
        if child.stdout.readline() != "ready\n":
            sys.exit("a process of the rollout failed")
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    results = [json.loads(child.communicate()[0]) for child in children]
    rate = sum(result["steps_per_second"] for result in results)
    return {**results[0], "steps_per_second": rate, "streams": options.streams}


# The proof


def require(what, ours, theirs, scale=None):
    """Refuses to go on unless two tensors agree, relative to the greatest element of ours."""
    scale = float(ours.abs().max()) if scale is None else scale
    error = float((ours - theirs.detach()).abs().max()) / max(scale, 1e-30)
    if not error <= TOLERANCE:
        sys.exit(f"{what}: PyTorch differs from ours by {error:.2e} of the greatest element")
    return error


def read_proof(path, size_name):
    file = safetensors.torch.load_file(path)
    model = Model(SIZES[size_name]).eval()
    with torch.no_grad():
        for name, parameter in model.named().items():
            parameter.copy_(file[f"parameters/{name}"].view_as(parameter))
    observations = torch.stack([file["batch/x"], file["batch/y"]], 2).long()
    actions = file["batch/actions"].long()
    return file, model, observations, actions, file["batch/rewards"]


def prove(path, size_name):
    """The same weights give the same logits, gradients and three updates, dropout off."""
    file, model, observations, actions, rewards = read_proof(path, size_name)
    weights = file["batch/weights"]
    optimizer = adam(model, 1e-3, 1e-4)
    for update in range(3):
        logits = model(observations, actions, rewards)
        optimizer.zero_grad()
        loss_of(logits, actions, weights).backward()
        if update == 0:
            require("logits", file["logits"], logits)
            for name, parameter in model.named().items():
                ours = file[f"gradients/{name}"].view_as(parameter)
                require(f"gradient of {name}", ours, parameter.grad)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        for name, parameter in model.named().items():
            ours = file[f"updated/{name}"].view_as(parameter)
            before = file[f"parameters/{name}"].view_as(parameter)
            require(f"{name} after three updates", ours, parameter)
            moved = float((ours - before).abs().max())
            require(f"what three updates moved of {name}", ours - before, parameter - before, moved)


def prove_acting(path, size_name, way, compiled):
    """Acting step by step through a window of ours gives our logits, and goes on right when it is full."""
    file, model, observations, actions, rewards = read_proof(path, size_name)
    steps = model.size.steps
    acting = {"rerun": Rerun, "cached": Cached}[way](model, len(actions), compiled)
    life = Life(len(actions), steps + 1)
    life.observations[:, :steps], life.actions[:, :steps] = observations, actions
    life.rewards[:, :steps] = rewards
    life.observations[:, steps] = CELLS // 2
    # A compiled window is compiled for its full length.
    for step in [steps - 1] if way == "rerun" else range(steps):
        life.now = step
        require(f"logits of step {step}", file["logits"][:, step], acting.predict(life))
    life.now = steps
    first = 1 if way == "rerun" else steps // 2
    full = model.last(life.observations[:, first:], life.actions[:, first:], life.rewards[:, first:])
    require("logits once the window is full", full, acting.predict(life))


# The command line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loop", choices=["train", "rollout"])
    parser.add_argument("--size", choices=SIZES, default="fast")
    parser.add_argument("--proof", required=True, help="a file of `loops proof` of the same size")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--way", choices=["rerun", "cached"], default="rerun")
    parser.add_argument("--streams", type=int, default=48)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--wait", action="store_true", help="begins when told on standard input")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_float32_matmul_precision("highest")
    if options.loop == "train":
        result = train(options)
    elif options.processes > 1:
        result = rollout_in_processes(options)
    else:
        result = rollout(options)
    print(json.dumps({
        **result, "mode": "compile" if options.compile else "eager", "threads": options.threads,
        "processes": options.processes, "torch": torch.__version__}))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
