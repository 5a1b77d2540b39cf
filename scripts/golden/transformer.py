"""Golden files of the transformer: what an independent implementation in PyTorch computes.

In order: the variants, chance by hashing, the inputs, the model, the optimiser, the file.
Everything is computed in float64 from float32 inputs. No time, machine or version is written, no
random generator of a library is used: running it again gives the same bytes.

    python transformer.py OUTPUT_FOLDER
"""

import json
import math
import pathlib
import struct
import sys
import zlib
from dataclasses import dataclass, fields, replace

import numpy as np
import safetensors.numpy
import torch
import torch.nn.functional as F

STEPS_TAKEN = 10


@dataclass(frozen=True)
class Variant:
    """All settings of one golden file, under the names that its metadata uses."""

    windows: int = 3
    steps: int = 7
    observationSizes: tuple = (5, 4)
    actions: int = 5
    width: int = 12
    layers: int = 2
    heads: int = 3
    feedForward: int = 20
    normPlacement: str = "pre"
    tokensPerStep: int = 1
    dropout: float = 0.0
    attentionDropout: float = 0.0
    labelSmoothing: float = 0.0
    maskProbability: float = 0.0
    lossWeights: str = "uniform"
    noiseSeed: int = 20230403
    updates: int = STEPS_TAKEN
    learningRate: float = 0.01
    initialLearningRate: float = 0.001
    finalLearningRateFraction: float = 0.1
    warmUpUpdates: int = 3
    weightDecay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    # Large, so that a gradient that is zero but for rounding (that of the key bias) moves nothing.
    epsilon: float = 1e-4
    gradientClipNorm: float = 0.5

    @property
    def tokens(self):
        return self.steps * self.tokensPerStep

    def metadata(self):
        text = {}
        for field in fields(self):
            value = getattr(self, field.name)
            text[field.name] = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        return text


PRE = Variant()
POST = replace(PRE, normPlacement="post")
VARIANTS = {
    "pre-norm": PRE,
    "post-norm": POST,
    "pre-norm-three-tokens": replace(PRE, tokensPerStep=3, steps=5),
    "post-norm-three-tokens": replace(POST, tokensPerStep=3, steps=5),
    "dropout": replace(PRE, dropout=0.25),
    "attention-dropout": replace(PRE, attentionDropout=0.125),
    "masked-tokens": replace(PRE, maskProbability=0.3),
    "label-smoothing": replace(PRE, labelSmoothing=0.1),
    "loss-weights": replace(PRE, lossWeights="varied"),
    "no-observations": replace(PRE, observationSizes=()),
    "single-head": replace(PRE, heads=1),
    "shapes-of-one": replace(
        PRE, windows=1, steps=1, layers=1, heads=1, width=5, feedForward=1,
        observationSizes=(1,), actions=2, gradientClipNorm=100.0),
    "all-options": replace(
        POST, tokensPerStep=3, steps=5, dropout=0.125, attentionDropout=0.25,
        maskProbability=0.2, labelSmoothing=0.1, lossWeights="varied"),
}


# Chance


def mixed(h):
    """The finaliser of MurmurHash3, elementwise on uint32."""
    h = np.array(h, dtype=np.uint64).astype(np.uint32)
    with np.errstate(over="ignore"):
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return h


def words(count, key):
    """`count` random words: word i is the hash of i under `key`."""
    i = np.arange(count, dtype=np.uint32)
    with np.errstate(over="ignore"):
        return mixed(i * np.uint32(0x9E3779B9) + np.uint32(key))


def uniform(name, shape):
    """Floats in [-1, 1), multiples of 2^-23, that depend on the name alone."""
    top = words(math.prod(shape), zlib.crc32(name.encode())) >> np.uint32(8)
    return (top.astype(np.float64) * 2.0**-23 - 1).astype(np.float32).reshape(shape)


def drop(x, rate, noise_seed, site):
    """Sets elements to zero with probability `rate` and scales the others by 1/(1 - rate)."""
    if rate == 0:
        return x
    first = int(mixed((noise_seed + site) % 2**32))
    count = x[0].numel()
    keys = [int(mixed((first + window) % 2**32)) for window in range(x.shape[0])]
    kept = np.stack([words(count, key) >= np.uint32(math.floor(rate * 2**32)) for key in keys])
    return x * torch.from_numpy(kept.reshape(x.shape)).to(x.dtype) / (1 - rate)


# Inputs


def parameter_shapes(v):
    """Names and shapes of all parameters, in the order of the model."""
    C, F_ = v.width, v.feedForward
    shapes = {}
    for j, size in enumerate(v.observationSizes):
        shapes[f"observation.{j}.weight"] = (size, C)
    shapes["action.weight"] = (v.actions + 1, C)
    shapes["reward.weight"] = (1, C)
    shapes["reward.bias"] = (1, C)
    shapes["position.weight"] = (v.tokens, C)
    for l in range(v.layers):
        layer = f"layers.{l}."
        shapes[layer + "norm1.gain"] = (1, C)
        shapes[layer + "norm1.bias"] = (1, C)
        shapes[layer + "attention.qkv.weight"] = (3 * C, C)
        shapes[layer + "attention.qkv.bias"] = (1, 3 * C)
        shapes[layer + "attention.projection.weight"] = (C, C)
        shapes[layer + "attention.projection.bias"] = (1, C)
        shapes[layer + "norm2.gain"] = (1, C)
        shapes[layer + "norm2.bias"] = (1, C)
        shapes[layer + "feedforward.in.weight"] = (F_, C)
        shapes[layer + "feedforward.in.bias"] = (1, F_)
        shapes[layer + "feedforward.out.weight"] = (C, F_)
        shapes[layer + "feedforward.out.bias"] = (1, C)
    if v.normPlacement == "pre":
        shapes["norm.gain"] = (1, C)
        shapes["norm.bias"] = (1, C)
    shapes["head.weight"] = (v.actions, C)
    shapes["head.bias"] = (1, v.actions)
    return shapes


def initial_parameters(v):
    """Values large enough that every term of the model is seen in the loss."""
    values = {}
    for name, shape in parameter_shapes(v).items():
        noise = uniform(name, shape)
        values[name] = 1 + np.float32(0.25) * noise if name.endswith("gain") else noise / 2
    return values


def integers(name, shape, bound):
    return (words(math.prod(shape), zlib.crc32(name.encode())) % np.uint32(bound)).astype(
        np.int32).reshape(shape)


def made_batch(v):
    B, T = v.windows, v.steps
    components = [integers(f"observation {j}", (B, T), n) for j, n in enumerate(v.observationSizes)]
    weights = np.ones((B, T), np.float32)
    if v.lossWeights == "varied":  # some are zero
        weights = np.maximum(uniform("loss weights", (B, T)) * 2 + np.float32(0.5), 0)
    masked = (uniform("masked", (B, v.tokens)) + 1) / 2 < v.maskProbability
    return {
        "observations": np.stack(components, axis=2) if components else np.zeros((B, T, 0), np.int32),
        "actions": integers("action", (B, T), v.actions),
        "rewards": uniform("reward", (B, T)),
        "lossWeights": weights,
        "masked": masked.astype(np.uint8),
    }


# The model


def embedded(v, p, batch):
    """Tokens of all windows, windows x tokens x width."""
    B, T, C = v.windows, v.steps, v.width
    observations = torch.from_numpy(batch["observations"]).long()
    actions = torch.from_numpy(batch["actions"]).long()
    rewards = torch.from_numpy(batch["rewards"]).double()
    observed = torch.zeros(B, T, C, dtype=torch.float64)
    for j in range(len(v.observationSizes)):
        observed = observed + p[f"observation.{j}.weight"][observations[:, :, j]]
    rewarded = rewards[:, :, None] * p["reward.weight"][0] + p["reward.bias"][0]
    if v.tokensPerStep == 3:
        acted = p["action.weight"][actions]
        content = torch.stack([observed, acted, rewarded], dim=2).reshape(B, 3 * T, C)
    else:
        none = torch.full((B, 1), v.actions)
        acted = p["action.weight"][torch.cat([none, actions[:, :-1]], dim=1)]
        before = torch.cat([torch.zeros(B, 1, C, dtype=torch.float64), rewarded[:, :-1]], dim=1)
        content = observed + acted + before
    shown = 1 - torch.from_numpy(batch["masked"]).double()
    return content * shown[:, :, None] + p["position.weight"]


def attention(v, p, layer, x, noise_seed, site):
    B, K, C = x.shape
    qkv = F.linear(x, p[layer + "attention.qkv.weight"], p[layer + "attention.qkv.bias"][0])
    q, k, value = (
        part.reshape(B, K, v.heads, C // v.heads).transpose(1, 2) for part in qkv.split(C, dim=2))
    scores = q @ k.transpose(2, 3) / math.sqrt(C // v.heads)
    later = torch.ones(K, K, dtype=torch.bool).triu(1)
    weights = torch.softmax(scores.masked_fill(later, -math.inf), dim=3)
    mixed_values = drop(weights, v.attentionDropout, noise_seed, site) @ value
    return F.linear(
        mixed_values.transpose(1, 2).reshape(B, K, C),
        p[layer + "attention.projection.weight"], p[layer + "attention.projection.bias"][0])


def feed_forward(p, layer, x):
    hidden = F.linear(x, p[layer + "feedforward.in.weight"], p[layer + "feedforward.in.bias"][0])
    return F.linear(
        F.gelu(hidden, approximate="tanh"),
        p[layer + "feedforward.out.weight"], p[layer + "feedforward.out.bias"][0])


def norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[name + ".gain"][0], p[name + ".bias"][0], eps=1e-5)


def predicted(v, p, batch, noise_seed):
    """Logits of the actions, windows x steps x actions."""
    x = drop(embedded(v, p, batch), v.dropout, noise_seed, 0)
    for l in range(v.layers):
        layer = f"layers.{l}."

        def attended(y):
            return drop(
                attention(v, p, layer, y, noise_seed, 3 * l + 1), v.dropout, noise_seed, 3 * l + 2)

        def fed(y):
            return drop(feed_forward(p, layer, y), v.dropout, noise_seed, 3 * l + 3)

        if v.normPlacement == "pre":
            x = x + attended(norm(p, layer + "norm1", x))
            x = x + fed(norm(p, layer + "norm2", x))
        else:
            x = norm(p, layer + "norm1", x + attended(x))
            x = norm(p, layer + "norm2", x + fed(x))
    if v.normPlacement == "pre":
        x = norm(p, "norm", x)
    return F.linear(x[:, :: v.tokensPerStep], p["head.weight"], p["head.bias"][0])


def loss_of(v, batch, logits):
    weights = torch.from_numpy(batch["lossWeights"]).double().flatten()
    losses = F.cross_entropy(
        logits.reshape(-1, v.actions), torch.from_numpy(batch["actions"]).long().flatten(),
        label_smoothing=v.labelSmoothing, reduction="none")
    return (weights * losses).sum() / weights.sum()


# The optimiser


def learning_rate(v, update):
    final = v.finalLearningRateFraction * v.learningRate
    if update < v.warmUpUpdates:
        return v.initialLearningRate + (v.learningRate - v.initialLearningRate) * (
            update / v.warmUpUpdates)
    part = (update - v.warmUpUpdates) / (v.updates - 1 - v.warmUpUpdates)
    return final + (v.learningRate - final) * (1 + math.cos(math.pi * part)) / 2


DECAYED = ("qkv.weight", "projection.weight", "in.weight", "out.weight", "head.weight")


def trained(v, p, batch):
    """Ten updates on one batch; changes `p`."""
    groups = [
        {"params": [t for n, t in p.items() if n.endswith(DECAYED)], "weight_decay": v.weightDecay},
        {"params": [t for n, t in p.items() if not n.endswith(DECAYED)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(
        groups, lr=1.0, betas=(v.beta1, v.beta2), eps=v.epsilon, foreach=False)
    rates, losses, norms = [], [], []
    for update in range(STEPS_TAKEN):
        loss = loss_of(v, batch, predicted(v, p, batch, v.noiseSeed + update))
        gradients = gradients_of(loss, p)
        size = math.sqrt(sum((g * g).sum().item() for g in gradients))
        for t, g in zip(p.values(), gradients):
            t.grad = g * min(1.0, v.gradientClipNorm / size)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(v, update)
        optimizer.step()
        rates.append(group["lr"])
        losses.append(loss.item())
        norms.append(size)
    return {"learningRates": rates, "losses": losses, "gradientNorms": norms}


def gradients_of(loss, p):
    """The gradient of every parameter; zero, not none, where the loss does not depend on it."""
    return torch.autograd.grad(loss, list(p.values()), materialize_grads=True)


def golden(v):
    """All tensors of a variant, by name."""
    initial, batch = initial_parameters(v), made_batch(v)
    p = {n: torch.from_numpy(a).double().requires_grad_() for n, a in initial.items()}
    logits = predicted(v, p, batch, v.noiseSeed)
    loss = loss_of(v, batch, logits)
    gradients = gradients_of(loss, p)
    steps = trained(v, p, batch)
    tensors = dict(initial)
    tensors |= {f"batch/{n}": a for n, a in batch.items()}
    tensors |= {"logits": logits.detach().numpy(), "loss": np.array([loss.item()])}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients)}
    tensors |= {f"steps/{n}": np.array(a) for n, a in steps.items()}
    tensors |= {f"after/{n}": t.detach().numpy() for n, t in p.items()}
    return tensors


# The file

DTYPES = {"float64": "F64", "float32": "F32", "int32": "I32", "uint8": "U8"}


def write(path, tensors, metadata):
    """Writes safetensors with sorted metadata; the library's own writer does not keep an order."""
    order = sorted(tensors, key=lambda n: (-tensors[n].dtype.itemsize, n))
    header, offset = {"__metadata__": metadata}, 0
    for name in order:
        a = tensors[name]
        header[name] = {
            "dtype": DTYPES[a.dtype.name], "shape": list(a.shape),
            "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(np.ascontiguousarray(tensors[name]).tobytes() for name in order)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    read = safetensors.numpy.load_file(path)
    assert all(np.array_equal(read[n], tensors[n]) for n in order) and len(read) == len(order)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, variant in VARIANTS.items():
        tensors = golden(variant)
        path = folder / f"transformer-{name}.safetensors"
        write(path, tensors, variant.metadata())
        losses, norms = tensors["steps/losses"], tensors["steps/gradientNorms"]
        print(f"{path}: {path.stat().st_size:,} bytes, loss {losses[0]:.4f} to {losses[-1]:.4f}, "
              f"gradient norms {norms.min():.2f} to {norms.max():.2f}")


if __name__ == "__main__":
    main()
