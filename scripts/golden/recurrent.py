"""Golden files of recurrent models: what torch.nn.LSTM computes.

In order: the layer, the model, returns, the files. Chance, precision and promises are those of transformer.py.

    python recurrent.py OUTPUT_FOLDER
"""

import pathlib
import sys
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F

import transformer
from transformer import gradients_of, integers, uniform, write


def leaves(arrays):
    return {n: torch.from_numpy(a).double().requires_grad_() for n, a in arrays.items()}


def lstm(x, h, c, input_weight, recurrent_weight, bias):
    """The outputs of one layer of nn.LSTM over steps x rows x inputs, with one bias in the place of two."""
    layer = torch.nn.LSTM(x.shape[2], h.shape[1]).double()
    given = {
        "weight_ih_l0": input_weight, "weight_hh_l0": recurrent_weight, "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros_like(bias)}
    outputs, _ = torch.func.functional_call(layer, given, (x, (h[None], c[None])))
    return outputs


# The layer, from a memory that is not empty


def golden_layers(count, width, steps=6, rows=3, inputs=5):
    arrays = {"x": uniform("x", (steps, rows, inputs)), "weights": uniform("w", (steps, rows, width))}
    for layer in range(count):
        arrays |= {
            f"{layer}.input.weight": uniform(f"{layer} i", (4 * width, inputs if layer == 0 else width)),
            f"{layer}.recurrent.weight": uniform(f"{layer} r", (4 * width, width)),
            f"{layer}.bias": uniform(f"{layer} b", (4 * width,)),
            f"{layer}.h": uniform(f"{layer} h", (rows, width)),
            f"{layer}.c": uniform(f"{layer} c", (rows, width)) * 2,
        }
    p = leaves(arrays)
    y = p["x"]
    for layer in range(count):
        names = ("h", "c", "input.weight", "recurrent.weight", "bias")
        y = lstm(y, *(p[f"{layer}.{n}"] for n in names))
    gradients = gradients_of((y * p["weights"]).sum(), p)
    tensors = dict(arrays) | {"outputs": y.detach().numpy()}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients)}
    numbers = {"layers": count, "width": width, "steps": steps, "rows": rows, "inputs": inputs}
    return tensors, {n: str(v) for n, v in numbers.items()}


# The model

MODEL = transformer.Variant(width=6, layers=1, steps=8)
MODELS = {
    "one-layer": MODEL,
    "two-layers": replace(MODEL, layers=2, width=20, windows=4),
    "all-options": replace(
        MODEL, layers=3, width=9, maskProbability=0.3, labelSmoothing=0.1, lossWeights="varied"),
}


def parameter_shapes(v):
    gates = 4 * v.width
    shapes = {f"observation.{j}.weight": (n, gates) for j, n in enumerate(v.observationSizes)}
    shapes |= {
        "action.weight": (v.actions + 1, gates), "reward.weight": (1, gates), "reward.bias": (1, gates)}
    for l in range(v.layers):
        if l > 0:
            shapes[f"layers.{l}.input.weight"] = (gates, v.width)
        shapes[f"layers.{l}.bias"] = (1, gates)
        shapes[f"layers.{l}.recurrent.weight"] = (gates, v.width)
    return shapes | {"head.weight": (v.actions, v.width), "head.bias": (1, v.actions)}


def predicted(v, p, batch):
    """Logits of the actions, windows x steps x actions. What a step is embedded as are the sums of the
    first layer's gates, so that its weight of the inputs is the identity."""
    gates = 4 * v.width
    positions = {"position.weight": torch.zeros(1, gates, dtype=torch.float64)}
    x = transformer.embedded(replace(v, width=gates), p | positions, batch).transpose(0, 1)
    empty = torch.zeros(v.windows, v.width, dtype=torch.float64)
    for l in range(v.layers):
        weight = p[f"layers.{l}.input.weight"] if l > 0 else torch.eye(gates, dtype=torch.float64)
        x = lstm(
            x, empty, empty, weight, p[f"layers.{l}.recurrent.weight"], p[f"layers.{l}.bias"][0])
    return F.linear(x.transpose(0, 1), p["head.weight"], p["head.bias"][0])


def golden_model(v):
    arrays = {n: uniform(n, shape) / 2 for n, shape in parameter_shapes(v).items()}
    batch = transformer.made_batch(v)
    p = leaves(arrays)
    logits = predicted(v, p, batch)
    loss = transformer.loss_of(v, batch, logits)
    tensors = dict(arrays) | {f"batch/{n}": a for n, a in batch.items()}
    tensors |= {"logits": logits.detach().numpy(), "loss": np.array([loss.item()])}
    tensors |= {f"gradient/{n}": g.numpy() for n, g in zip(p, gradients_of(loss, p))}
    return tensors, v.metadata()


# The files


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = {"lstm-one-layer": golden_layers(1, 7), "lstm-two-layers": golden_layers(2, 18)}
    files |= {f"recurrent-{n}": golden_model(v) for n, v in MODELS.items()}
    for name, (tensors, metadata) in files.items():
        path = folder / f"{name}.safetensors"
        write(path, tensors, metadata)
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
