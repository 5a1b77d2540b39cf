"""Logits against the golden files, which PyTorch computed in double precision."""

import importlib.util
import json
import pathlib

import numpy as np
import pytest

from algorithm_distillation import read_tensors

torch = pytest.importorskip("torch")
from algorithm_distillation.models import Agent, Model  # noqa: E402

ROOT = pathlib.Path(__file__).parents[3]
GOLDEN = ROOT / "data/golden"


def configuration_of(name, metadata):
    """The configuration that a golden file's metadata describe."""
    numbers = lambda text: [int(n) for n in text.split(",") if n]
    is_recurrent = name.startswith("recurrent") or metadata.get("architecture") == "lstm"
    model = {
        "architecture": "lstm" if is_recurrent else "transformer", "width": int(metadata["width"]),
        "layers": int(metadata["layers"]), "heads": int(metadata["heads"]),
        "feedForward": int(metadata["feedForward"]), "normPlacement": metadata["normPlacement"],
        "tokensPerStep": int(metadata["tokensPerStep"])}
    interface = {
        "observationSizes": numbers(metadata["observationSizes"]), "actionCount": int(metadata["actions"]),
        "episodeLength": 5}
    if "sight.rows" in metadata:
        s = {key.removeprefix("sight."): value for key, value in metadata.items() if key.startswith("sight.")}
        shape = [int(s["rows"]), int(s["columns"]), int(s["depth"])]
        interface |= {"observationSizes": [], "sight": ["tensor", *(shape if max(shape[:2]) > 1 else shape[2:])]}
        model["sight"] = {key: numbers(s[key]) for key in ("channels", "kernels", "strides", "widths")} | {
            key: int(s[key]) for key in ("poolKernel", "poolStride", "residualUnits")} | {
            "normalises": s["normalises"] == "True"}
    elif "actionFactors" in metadata:
        floats = int(metadata["floats"])
        sight = ["floats", floats] if floats else ["categories", int(metadata["values"]), int(metadata["places"])]
        interface |= {
            "observationSizes": [], "sight": sight, "actionFactors": numbers(metadata["actionFactors"]),
            "rewardScale": float(metadata["rewardScale"])}
        model["sight"] = {"widths": numbers(metadata["widths"])}
    return {"model": model, "interface": interface, "contextSteps": int(metadata["steps"])}


PLAIN = [
    *(f"transformer-{n}" for n in (
        "pre-norm", "post-norm", "pre-norm-three-tokens", "post-norm-three-tokens", "no-observations", "single-head",
        "shapes-of-one")),
    "recurrent-one-layer", "recurrent-two-layers", "looking-picture", "looking-vector", "steps-floats-two-factors",
    "steps-categories", "steps-lstm-floats-two-factors", "steps-lstm-categories"]


def batch_of(tensors, name):
    seen = next((tensors[f"batch/{n}"] for n in ("floats", "categories") if f"batch/{n}" in tensors), None)
    if name.startswith("looking"):
        seen = tensors["frames"][np.array(tensors["batch/observations"])[..., 0]]
    elif seen is None:
        seen = tensors["batch/observations"]
    shown = ~np.array(tensors["batch/masked"]).astype(bool).any(1)
    return seen, tensors["batch/actions"], tensors["batch/rewards"], shown


def as_tensor(array):
    return torch.from_numpy(np.array(array))


@pytest.mark.parametrize("name", PLAIN)
def test_a_module_has_the_golden_logits(name):
    metadata, tensors = read_tensors(GOLDEN / f"{name}.safetensors")
    configuration = configuration_of(name, metadata)
    own = {
        n: a for n, a in tensors.items()
        if n.split(".")[0] in ("observation", "sight", "action", "reward", "position", "layers", "norm", "head")}
    model = Model(configuration, own).eval()
    seen, actions, rewards, shown = batch_of(tensors, name)
    if name.startswith(("transformer", "looking", "steps")) and float(metadata.get("maskProbability", 0)) > 0:
        # Some tokens are masked in training: only what comes before the first of them can be compared.
        masked = np.array(tensors["batch/masked"]).astype(bool)
        first = [int(np.argmax(m)) if m.any() else m.size for m in masked]
    else:
        first = [tensors["batch/masked"].shape[1]] * len(actions)
    with torch.no_grad():
        logits = model(as_tensor(seen), as_tensor(actions), as_tensor(rewards)).numpy()
    golden = np.array(tensors["logits"]).reshape(logits.shape)
    compared = 0
    for window, tokens in enumerate(first):
        steps = -(-tokens // model.settings["tokensPerStep"])
        np.testing.assert_allclose(logits[window, :steps], golden[window, :steps], atol=1e-5)
        compared += steps
    assert compared > 0


@pytest.mark.parametrize("name", [n for n in PLAIN if n.startswith("transformer") and n != "transformer-shapes-of-one"])
def test_forty_lines_of_numpy_have_the_golden_logits(name):
    pytest.importorskip("safetensors")
    path = pathlib.Path(__file__).parents[1] / "examples/model.py"
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert sum(bool(line.strip()) for line in path.read_text().splitlines()) <= 40
    metadata, tensors = read_tensors(GOLDEN / f"{name}.safetensors")
    configuration = configuration_of(name, metadata)
    logits = [
        module.logits(tensors, configuration, *(np.array(tensors[f"batch/{n}"][w]) for n in (
            "observations", "actions", "rewards")))
        for w in range(len(tensors["batch/actions"]))]
    np.testing.assert_allclose(np.concatenate(logits), np.array(tensors["logits"]).reshape(-1, logits[0].shape[1]), atol=1e-5)


@pytest.mark.parametrize("name", [
    "transformer-pre-norm", "transformer-post-norm-three-tokens", "recurrent-two-layers"])
def test_an_agent_with_a_cache_has_the_logits_of_a_whole_pass(name):
    metadata, tensors = read_tensors(GOLDEN / f"{name}.safetensors")
    model = Model(configuration_of(name, metadata), {
        n: a for n, a in tensors.items() if "/" not in n}).eval()
    seen, actions, rewards = (np.array(tensors[f"batch/{n}"][0]) for n in ("observations", "actions", "rewards"))
    with torch.no_grad():
        whole = model(*(torch.from_numpy(a)[None] for a in (seen, actions, rewards)))[0].numpy()
    agent = Agent(model)
    for step in range(len(actions)):
        np.testing.assert_allclose(agent.logits(seen[step]), whole[step], atol=1e-5)
        agent.append(seen[step], int(actions[step]), float(rewards[step]), False)
