"""Golden files of what looks at pictures: what an independent implementation in PyTorch computes.

In order: the network and its variants, the transformer that looks, deep Q-learning, the files. Chance,
precision and promises are those of transformer.py.

    python sight.py OUTPUT_FOLDER
"""

import math
import pathlib
import sys
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
import torch.nn.functional as F

import transformer
from transformer import drop, gradients_of, integers, uniform, write


@dataclass(frozen=True)
class Sight:
    """All settings of a network, under the names that metadata uses."""

    rows: int = 18
    columns: int = 24
    depth: int = 3
    channels: tuple = (4, 6)
    kernels: tuple = (5, 3)
    strides: tuple = (2, 2)
    normalises: bool = False
    poolKernel: int = 1
    poolStride: int = 1
    residualUnits: int = 0
    dropout: float = 0.0
    widths: tuple = (10,)
    outputs: int = 5
    inputs: int = 3
    noiseSeed: int = 20230403

    @property
    def is_picture(self):
        return self.rows > 1 or self.columns > 1

    def metadata(self):
        text = {}
        for field in fields(self):
            value = getattr(self, field.name)
            text[field.name] = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        return text


# Normalised pixels have six channels or more: of two or three so little is left that its gradient is mostly
# rounding.
SMALL = Sight()
VARIANTS = {
    "small": SMALL,
    "dropout": replace(SMALL, dropout=0.25),
    "paper": replace(
        SMALL, rows=72, columns=96, channels=(6, 8, 8), kernels=(5, 5, 5), strides=(2, 2, 2),
        normalises=True, poolKernel=2, poolStride=2, widths=(), inputs=2),
    "residual": replace(
        SMALL, rows=36, columns=48, channels=(4, 6, 6), kernels=(3, 3, 3), strides=(1, 1, 1),
        poolKernel=3, poolStride=2, residualUnits=2, widths=(8,), inputs=2),
    "vector": replace(SMALL, rows=1, columns=1, depth=7, widths=(12, 9), inputs=6),
}


# The network


def padded(x, kernel, stride, value):
    """Pictures with as much around them as puts a window on every stride, less of it at the top and left."""
    sides = []
    for length in (x.shape[3], x.shape[2]):
        places = math.ceil(length / stride)
        beyond = max(0, (places - 1) * stride + kernel - length)
        sides += [beyond // 2, beyond - beyond // 2]
    return F.pad(x, sides, value=value)


class Layers:
    """Makes shapes of parameters on the first way through the network, and takes them on the others."""

    def __init__(self, parameters=None):
        self.parameters, self.shapes = parameters, {}
        self.linears = self.norms = self.drops = 0

    def take(self, name, shape):
        self.shapes[name] = shape
        if self.parameters is None:
            return torch.zeros(shape, dtype=torch.float64)
        return self.parameters[name]

    def linear(self, inputs, outputs):
        name, self.linears = str(self.linears), self.linears + 1
        return self.take(f"{name}.weight", (outputs, inputs)), self.take(f"{name}.bias", (1, outputs))[0]

    def convolved(self, x, outputs, kernel, stride):
        channels = x.shape[1]
        weight, bias = self.linear(kernel * kernel * channels, outputs)
        weight = weight.reshape(outputs, kernel, kernel, channels).permute(0, 3, 1, 2)
        return F.conv2d(padded(x, kernel, stride, 0.0), weight, bias, stride=stride)

    def normalised(self, x):
        name, self.norms = f"norm{self.norms}", self.norms + 1
        shape = (1, x.shape[1])
        gain, bias = self.take(name + ".gain", shape)[0], self.take(name + ".bias", shape)[0]
        pixels = x.permute(0, 2, 3, 1)
        return F.layer_norm(pixels, pixels.shape[-1:], gain, bias, eps=1e-5).permute(0, 3, 1, 2)

    def dropped(self, x, rate, noise_seed):
        site, self.drops = self.drops, self.drops + 1
        pixels = x.permute(0, 2, 3, 1).contiguous()
        return drop(pixels[None], rate, noise_seed, site)[0].permute(0, 3, 1, 2)


def seen(s, layers, x, noise_seed):
    """Outputs of inputs (count x rows x columns x depth)."""
    if s.is_picture:
        x = x.permute(0, 3, 1, 2)
        for channels, kernel, stride in zip(s.channels, s.kernels, s.strides):
            x = layers.convolved(x, channels, kernel, stride)
            if s.normalises:
                x = layers.normalised(x)
            if s.residualUnits == 0:
                x = F.relu(x)
            if s.poolKernel > 1 or s.poolStride > 1:
                x = F.max_pool2d(
                    padded(x, s.poolKernel, s.poolStride, -math.inf), s.poolKernel, s.poolStride)
            for _ in range(s.residualUnits):
                inner = layers.convolved(F.relu(x), channels, 3, 1)
                x = x + layers.convolved(F.relu(inner), channels, 3, 1)
            if s.dropout > 0:
                x = layers.dropped(x, s.dropout, noise_seed)
        if s.residualUnits > 0:
            x = F.relu(x)
        x = x.permute(0, 2, 3, 1)
    x = x.reshape(x.shape[0], -1)
    for width in s.widths:
        x = F.relu(F.linear(x, *layers.linear(x.shape[1], width)))
    return F.linear(x, *layers.linear(x.shape[1], s.outputs))


def parameter_shapes(s):
    layers = Layers()
    seen(s, layers, torch.zeros(1, s.rows, s.columns, s.depth, dtype=torch.float64), 0)
    return layers.shapes


def initial_parameters(s, prefix=""):
    """Values that keep the size of what they multiply; no bias is zero."""
    values = {}
    for name, shape in parameter_shapes(s).items():
        noise = uniform(prefix + name, shape)
        if name.endswith("gain"):
            noise = 1 + np.float32(0.25) * noise
        elif name.endswith("weight"):
            noise = (noise * math.sqrt(6 / shape[1])).astype(np.float32)
        else:
            noise = noise / 4
        values[prefix + name] = noise
    return values


def frames_of(s, count):
    return integers("frames", (count, s.rows, s.columns, s.depth), 256).astype(np.uint8)


def floats_of(frames):
    return torch.from_numpy(frames).double() * (2 / 255) - 1


def leaves(values):
    return {n: torch.from_numpy(a).double().requires_grad_() for n, a in values.items()}


def flat(frames):
    return frames.reshape(frames.shape[0], -1)


def golden_network(s):
    """All tensors of a variant, by name; the loss is a sum of outputs with weights."""
    initial, frames = initial_parameters(s), frames_of(s, s.inputs)
    p = leaves(initial)
    outputs = seen(s, Layers(p), floats_of(frames), s.noiseSeed)
    weights = uniform("weights of outputs", (s.inputs, s.outputs))
    gradients = gradients_of((outputs * torch.from_numpy(weights).double()).sum(), p)
    tensors = dict(initial)
    tensors |= {"frames": flat(frames), "weights": weights, "outputs": outputs.detach().numpy()}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients)}
    return tensors


# The transformer that looks: what is seen in a step is one row of a table that the network makes.

MODEL = replace(transformer.PRE, windows=2, steps=6, maskProbability=0.25)
LOOKING = {
    "picture": (MODEL, replace(SMALL, rows=7, columns=9, channels=(3, 4))),
    "picture-three-tokens": (
        replace(
            MODEL, normPlacement="post", tokensPerStep=3, steps=4, dropout=0.125,
            attentionDropout=0.25),
        replace(
            SMALL, rows=7, columns=9, channels=(6, 6), kernels=(3, 3), strides=(1, 1),
            normalises=True, poolKernel=2, poolStride=2, dropout=0.25, widths=())),
    "vector": (replace(MODEL, tokensPerStep=3, steps=4), VARIANTS["vector"]),
}
FRAMES = 5


def golden_transformer(v, s):
    v = replace(v, observationSizes=(FRAMES,))
    s = replace(s, outputs=v.width, inputs=FRAMES)
    batch, frames = transformer.made_batch(v), frames_of(s, FRAMES)
    batch["observations"] = integers("frame of a step", (v.windows, v.steps, 1), FRAMES)
    initial = initial_parameters(s, "sight.")
    initial |= {
        n: a for n, a in transformer.initial_parameters(v).items()
        if not n.startswith("observation.")}
    p = leaves(initial)
    steps = v.windows * v.steps
    of_steps = floats_of(frames)[torch.from_numpy(batch["observations"]).flatten().long()]
    own = {n.removeprefix("sight."): t for n, t in p.items() if n.startswith("sight.")}
    # The sites of the network come after the model's own.
    features = seen(s, Layers(own), of_steps, v.noiseSeed + 3 * v.layers + 1)
    table = batch | {
        "observations": np.arange(steps, dtype=np.int32).reshape(v.windows, v.steps, 1)}
    logits = transformer.predicted(v, p | {"observation.0.weight": features}, table, v.noiseSeed)
    loss = transformer.loss_of(v, batch, logits)
    gradients = gradients_of(loss, p)
    tensors = dict(initial) | {"frames": flat(frames)}
    tensors |= {f"batch/{n}": a for n, a in batch.items()}
    tensors |= {"logits": logits.detach().numpy(), "loss": np.array([loss.item()])}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients)}
    metadata = v.metadata() | {f"sight.{n}": text for n, text in s.metadata().items()}
    return tensors, metadata


# Deep Q-learning

ROLLOUTS, STEPS, ACTIONS, DISCOUNT, LAMBDA = 3, 6, 4, 0.9, 0.75


def q_lambda(rewards, ends, next_values, discount, lam):
    """Peng's Q(lambda): of every step the mixture of its n-step returns, each of which ends with the greatest
    value of the state it comes to, or where the episode ends."""
    returns = []
    for first in range(len(rewards)):
        total, weight_left, so_far = 0.0, 1.0, 0.0
        for n in range(1, len(rewards) - first + 1):
            last = first + n - 1
            so_far += discount ** (n - 1) * rewards[last]
            n_step = so_far if ends[last] else so_far + discount**n * next_values[last].max()
            is_final = ends[last] or last == len(rewards) - 1
            weight = weight_left if is_final else weight_left * (1 - lam)
            total += weight * n_step
            weight_left -= weight
            if is_final:
                break
        returns.append(float(total))
    return np.array(returns)


def golden_returns():
    tensors = {
        "rewards": uniform("rewards", (20,)),
        "ends": (uniform("ends", (20,)) > 0.6).astype(np.uint8),
        "nextValues": uniform("next values", (20, ACTIONS)) * 2,
        "lambdas": np.array([0, 0.25, 0.75, 1], np.float32),
    }
    given = [tensors[n].astype(np.float64) for n in ("rewards", "ends", "nextValues")]
    lambdas = tensors["lambdas"].astype(np.float64)
    tensors["returns"] = np.stack([q_lambda(*given, DISCOUNT, lam) for lam in lambdas])
    return tensors


def golden_targets():
    """The targets of an actor and critic's values: of each row of `values`, with V(o_T) last, the same mixture."""
    steps, unrolls = 20, 3
    tensors = {
        "rewards": uniform("rewards of unrolls", (unrolls, steps)),
        "ends": (uniform("ends of unrolls", (unrolls, steps)) > 0.7).astype(np.uint8),
        "values": uniform("values of unrolls", (unrolls, steps + 1)) * 2,
        "lambdas": np.array([0, 0.5, 0.95, 1], np.float32),
        "discounts": np.array([0.9, 0.99, 1], np.float32),
    }
    rewards, values = (torch.from_numpy(tensors[n]).double() for n in ("rewards", "values"))
    goes_on = 1 - torch.from_numpy(tensors["ends"]).double()
    returns = []
    for discount in tensors["discounts"].astype(np.float64):
        for lam in tensors["lambdas"].astype(np.float64):
            # As generalised advantages: A = sum of (discount lambda)^n delta, and the target is A + V.
            delta = rewards + discount * goes_on * values[:, 1:] - values[:, :-1]
            decay = discount * lam * goes_on
            weights = torch.zeros(unrolls, steps, steps, dtype=torch.float64)
            for first in range(steps):
                for step in range(first, steps):
                    weights[:, first, step] = decay[:, first:step].prod(dim=1)
            returns.append(torch.einsum("uts,us->ut", weights, delta) + values[:, :-1])
    tensors["returns"] = torch.stack(returns).numpy()
    return tensors


def golden_q():
    """The gradient of one update from three rollouts of a network that sees a vector."""
    s = replace(VARIANTS["vector"], outputs=ACTIONS, inputs=ROLLOUTS * (STEPS + 1))
    frames = frames_of(s, s.inputs)
    initial = initial_parameters(s)
    target = {n: (a + uniform("target " + n, a.shape) / 8).astype(np.float32) for n, a in initial.items()}
    tensors = {
        "frames": flat(frames),
        "actions": integers("actions", (ROLLOUTS, STEPS), ACTIONS),
        "rewards": uniform("rewards of rollouts", (ROLLOUTS, STEPS)),
        "ends": (uniform("ends of rollouts", (ROLLOUTS, STEPS)) > 0.5).astype(np.uint8),
    }
    p = leaves(initial)
    x = floats_of(frames)
    values = seen(s, Layers(p), x, 0).reshape(ROLLOUTS, STEPS + 1, ACTIONS)
    after = seen(s, Layers(leaves(target)), x, 0).detach().numpy()
    after = after.reshape(ROLLOUTS, STEPS + 1, ACTIONS)
    loss = 0
    for r in range(ROLLOUTS):
        returns = q_lambda(
            tensors["rewards"][r].astype(np.float64), tensors["ends"][r], after[r, 1:], DISCOUNT, LAMBDA)
        for t in range(STEPS):
            chosen = values[r, t, int(tensors["actions"][r, t])]
            loss = loss + (returns[t] - chosen) ** 2 / 2 / (ROLLOUTS * STEPS)
    gradients = gradients_of(loss, p)
    tensors |= initial
    tensors |= {f"target/{n}": a for n, a in target.items()}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients)}
    metadata = s.metadata() | {
        "rollouts": str(ROLLOUTS), "steps": str(STEPS), "discount": str(DISCOUNT), "lambda": str(LAMBDA)}
    return tensors, metadata


# The files


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"sight-{n}": (golden_network(s), s.metadata()) for n, s in VARIANTS.items()}
    files |= {f"looking-{n}": golden_transformer(v, s) for n, (v, s) in LOOKING.items()}
    files |= {
        "q-lambda": (golden_returns(), {"discount": str(DISCOUNT)}), "q-gradient": golden_q(),
        "lambda-returns": (golden_targets(), {})}
    for name, (tensors, metadata) in files.items():
        path = folder / f"{name}.safetensors"
        write(path, tensors, metadata)
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
