"""Golden files of models whose steps hold more than cells and one choice: vectors of floats, categories, actions of
several factors, scaled rewards.

In order: the variants, the batch, what a step is embedded as, the loss, the files. Chance, precision and promises
are those of transformer.py.

    python steps.py OUTPUT_FOLDER
"""

import math
import pathlib
import sys
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F

import recurrent
import sight
import transformer
from transformer import gradients_of, integers, uniform, write


@dataclass(frozen=True)
class Variant(transformer.Variant):
    """A model of either architecture; `actions` is the number of combinations of choices."""

    architecture: str = "transformer"
    actionFactors: tuple = (3, 2)
    # Numbers of a vector; 0 for categories.
    floats: int = 4
    places: int = 0
    values: int = 0
    rewardScale: float = 1.0
    widths: tuple = ()


FLOATS = Variant(
    windows=2, steps=6, observationSizes=(0,), actions=6, rewardScale=0.25, widths=(9,),
    maskProbability=0.2, labelSmoothing=0.1, lossWeights="varied")
CATEGORIES = Variant(
    windows=2, steps=6, observationSizes=(0,), actions=5, actionFactors=(5,), floats=0, places=6, values=4,
    widths=(9,), maskProbability=0.2)
LSTM = {"architecture": "lstm", "width": 6, "heads": 1}
VARIANTS = {
    "floats-two-factors": FLOATS,
    "floats-two-factors-three-tokens": replace(
        FLOATS, normPlacement="post", tokensPerStep=3, steps=4, dropout=0.125, attentionDropout=0.25, widths=()),
    "categories": CATEGORIES,
    "categories-three-factors-of-one": replace(
        CATEGORIES, places=1, values=1, widths=(), actions=3, actionFactors=(1, 3, 1)),
    "lstm-floats-two-factors": replace(FLOATS, **LSTM),
    "lstm-categories": replace(CATEGORIES, **LSTM, layers=1),
}


# The batch


def made_batch(v):
    batch = transformer.made_batch(replace(v, observationSizes=()))
    del batch["observations"]
    shape = (v.windows, v.steps)
    if v.floats:
        batch["floats"] = uniform("floats", (*shape, v.floats)) * 2
    else:
        batch["categories"] = integers("categories", (*shape, v.places), v.values)
    return batch


def choices_of(v, actions):
    """The choice in each factor, the first the most significant: tensors as `actions`, of 0 to the factor's size."""
    choices = []
    for size in reversed(v.actionFactors):
        choices.insert(0, actions % size)
        actions = actions // size
    return choices


# What a step is embedded as


def embedded_width(v):
    return 4 * v.width if v.architecture == "lstm" else v.width


def linear_shapes(inputs, widths):
    shapes = {}
    for l, outputs in enumerate(widths):
        shapes |= {f"sight.{l}.weight": (outputs, inputs), f"sight.{l}.bias": (1, outputs)}
        inputs = outputs
    return shapes


def parameter_shapes(v):
    width = embedded_width(v)
    widths = (*v.widths, width)
    if v.floats:
        shapes = linear_shapes(v.floats, widths)
    else:
        shapes = {"sight.embedding.weight": (v.places * v.values, widths[0])}
        shapes |= linear_shapes(widths[0], widths[1:])
    others = replace(v, observationSizes=(), actions=sum(v.actionFactors))
    module = recurrent if v.architecture == "lstm" else transformer
    return shapes | module.parameter_shapes(others)


def initial_parameters(v):
    values = {}
    for name, shape in parameter_shapes(v).items():
        noise = uniform(name, shape)
        values[name] = 1 + np.float32(0.25) * noise if name.endswith("gain") else noise / 2
    return values


def features(v, p, batch):
    """What the network makes of each step, windows · steps x the width of an embedding."""
    linears = [
        (p[f"sight.{l}.weight"], p[f"sight.{l}.bias"][0])
        for l in range(len(v.widths) + (1 if v.floats else 0))]
    if v.floats:
        x = torch.from_numpy(batch["floats"]).double().reshape(-1, v.floats)
    else:
        categories = torch.from_numpy(batch["categories"]).long().reshape(-1, v.places)
        hot = F.one_hot(categories, v.values).double().reshape(-1, v.places * v.values)
        x = hot @ p["sight.embedding.weight"]
        if linears:
            x = F.relu(x)
    for weight, bias in linears[:-1]:
        x = F.relu(F.linear(x, weight, bias))
    return F.linear(x, *linears[-1]) if linears else x


def joined_embeddings(v, table):
    """A row for each action, the sum of those of its choices, and the last one for none."""
    rows, first = 0, 0
    for size, choice in zip(v.actionFactors, choices_of(v, torch.arange(v.actions))):
        rows = rows + table[first + choice]
        first += size
    return torch.cat([rows, table[-1:]])


def predicted(v, p, batch):
    """Logits of the choices, windows x steps x choices: the model of the other files, which finds every step's
    features in a table, as its only component."""
    steps = v.windows * v.steps
    given = p | {
        "observation.0.weight": features(v, p, batch),
        "action.weight": joined_embeddings(v, p["action.weight"])}
    table = batch | {
        "observations": np.arange(steps, dtype=np.int32).reshape(v.windows, v.steps, 1),
        "rewards": batch["rewards"] * np.float32(v.rewardScale)}
    if v.architecture == "lstm":
        return recurrent.predicted(v, given, table)
    return transformer.predicted(v, given, table, v.noiseSeed)


# The loss: that of a product of categoricals


def loss_of(v, batch, logits):
    weights = torch.from_numpy(batch["lossWeights"]).double().flatten()
    actions = torch.from_numpy(batch["actions"]).long().flatten()
    blocks = logits.reshape(-1, sum(v.actionFactors)).split(v.actionFactors, dim=1)
    losses = sum(
        F.cross_entropy(block, choice, label_smoothing=v.labelSmoothing, reduction="none")
        for block, choice in zip(blocks, choices_of(v, actions)))
    return (weights * losses).sum() / weights.sum()


# The files


def golden(v):
    arrays, batch = initial_parameters(v), made_batch(v)
    p = recurrent.leaves(arrays)
    logits = predicted(v, p, batch)
    loss = loss_of(v, batch, logits)
    tensors = dict(arrays) | {f"batch/{n}": a for n, a in batch.items()}
    tensors |= {"logits": logits.detach().numpy(), "loss": np.array([loss.item()])}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients_of(loss, p))}
    return tensors, v.metadata()


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, variant in VARIANTS.items():
        assert math.prod(variant.actionFactors) == variant.actions
        tensors, metadata = golden(variant)
        path = folder / f"steps-{name}.safetensors"
        write(path, tensors, metadata)
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
