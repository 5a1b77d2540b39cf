"""Minari data sets in HDF5, both ways. Minari knows no tasks and histories: an episode's attributes or infos say them."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from ..histories import HistorySet
from ..tensors import FileProblem
from .common import Episode, Interface, SetWriter, array, numbered, open_hdf5, require_shape


def convert(source: pathlib.Path, options: Any) -> None:
    """Writes a set. Episodes of one task and one `history` attribute are a history, in their order."""
    folder = source / "data" if (source / "data").is_dir() else source
    try:
        metadata = json.loads((folder / "metadata.json").read_text())
        spaces = [json.loads(metadata[name]) for name in ("observation_space", "action_space")]
    except FileNotFoundError as error:
        raise FileProblem(f"{folder} has no metadata.json, so it is no Minari data set.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileProblem(f"{folder}/metadata.json lacks {error}, or is no JSON.") from error
    if metadata.get("data_format", "hdf5") != "hdf5":
        raise FileProblem(f"{folder} holds {metadata['data_format']} data, expected hdf5.")
    factors, start = _factors(spaces[1], folder)
    sizes, sight = _seen(spaces[0], folder)
    path = folder / "main_data.hdf5"
    with open_hdf5(path) as file:
        names = numbered(file)
        if len(names) != metadata.get("total_episodes", len(names)):
            raise FileProblem(f"{path} has {len(names)} episodes, its metadata promise {metadata['total_episodes']}.")
        places: dict[Any, dict[int, list[str]]] = {}
        length = 0
        for name in names:
            where, group = f"{path}, {name}", file[name]
            steps = array(group, "rewards", where).shape[0]
            for key in ("actions", "terminations", "truncations"):
                require_shape(key, array(group, key, where).shape[:1], (steps,), where)
            require_shape("observations", array(group, "observations", where).shape[:1], (steps + 1,), where)
            length = max(length, steps)
            history = int(group.attrs.get("history", 0))
            places.setdefault(_task(group, options.task_key, where), {}).setdefault(history, []).append(name)
        said = metadata.get("algorithm_distillation")
        interface = Interface.of(said["interface"]) if said else Interface(factors, length, sizes, sight)
        known = sorted(places, key=lambda value: (str(type(value)), value))
        # Whole numbers are the tasks' own; anything else is numbered in its order.
        is_numbered = all(isinstance(value, int) and value >= 0 for value in known)
        settings = {} if is_numbered else {f"task {n}": str(value) for n, value in enumerate(known)}
        family = {"name": metadata.get("dataset_id", source.name).replace("/", "-"), "settings": settings}
        family = said["family"] if said else family
        learner = options.learner or metadata.get("algorithm_name") or "minari"
        writer = SetWriter(options.out, interface, family["name"], learner, family["settings"])

        def episodes(names: list[str]):
            for name in names:
                group = file[name]
                observations = np.asarray(group["observations"][:-1]).reshape(group["rewards"].shape[0], -1)
                if sight is None:
                    observations = observations - _start(spaces[0])
                actions = np.asarray(group["actions"][:]).reshape(len(observations), -1) - start
                yield Episode(observations, actions, group["rewards"][:], bool(group["terminations"][-1]))

        for number, value in enumerate(known):
            writer.write(
                value if is_numbered else number,
                (episodes(places[value][history]) for history in sorted(places[value])))
        writer.finish()


def _start(space: dict[str, Any]) -> Any:
    return np.asarray(space.get("start", 0))


def _factors(space: dict[str, Any], folder: pathlib.Path) -> tuple[tuple[int, ...], np.ndarray]:
    if space["type"] == "Discrete":
        return (int(space["n"]),), _start(space)
    if space["type"] == "MultiDiscrete":
        return tuple(int(n) for n in np.ravel(space["nvec"])), np.ravel(_start(space))
    raise FileProblem(f"{folder} has actions of the space {space['type']}; models here take discrete ones alone.")


def _seen(space: dict[str, Any], folder: pathlib.Path) -> tuple[tuple[int, ...], tuple[Any, ...] | None]:
    kind = space["type"]
    if kind in ("Discrete", "MultiDiscrete"):
        sizes = tuple(int(n) for n in np.ravel(space.get("nvec", space.get("n"))))
        if len(sizes) <= 4 and max(sizes) <= 256:
            return sizes, None
        raise FileProblem(f"{folder} observes {sizes} values, more than four bytes hold.")
    if kind == "Box" and space["dtype"] == "uint8":
        shape = tuple(space["shape"])
        if len(shape) == 3 and min(shape[:2]) >= 32:
            raise FileProblem(
                f"{folder} observes pictures of {shape}, which Minari keeps as JPEG by default. Record them with "
                "jpeg_encoding=False under another shape, or as vectors.")
        return (), ("tensor", *shape)
    if kind == "Box":
        return (), ("floats", int(np.prod(space["shape"], dtype=int)))
    raise FileProblem(f"{folder} has observations of the space {kind}; flatten them to a Box first.")


def _task(group: Any, key: str | None, where: str) -> Any:
    if key is None and "task" in group.attrs:
        key = "task"
    if key is None:
        raise FileProblem(
            f"{where} does not say its task. Name the key of its attributes or infos that does with --task-key KEY.")
    if key in group.attrs:
        value = group.attrs[key]
    elif "infos" in group and key in group["infos"]:
        value = group["infos"][key][0]
    else:
        raise FileProblem(f"{where} has no '{key}' among its attributes {sorted(group.attrs)} or its infos.")
    value = np.asarray(value)
    if value.dtype.kind in "iu" and value.ndim == 0:
        return int(value)
    return value.item().decode() if value.dtype.kind == "S" and value.ndim == 0 else str(value.tolist())


def export(source: pathlib.Path, options: Any) -> None:
    """Writes a Minari data set of a set of histories, an episode at a time.

    Attributes of an episode say its task, history and number. A set does not hold what is seen after an episode's
    last action: the last observation stands there twice.
    """
    import h5py

    histories = HistorySet(source)
    interface = Interface.of(histories.interface)
    folder = options.out / "data"
    folder.mkdir(parents=True)
    total = steps_total = 0
    with h5py.File(folder / "main_data.hdf5", "w", track_order=True) as file:
        for number, history in enumerate(histories):
            for index, steps in enumerate(history.episodes()):
                group = file.create_group(f"episode_{total}")
                count = steps.stop - steps.start
                group.attrs.update({
                    "id": total, "total_steps": count, "task": history.task, "history": number, "episode": index})
                observations = np.asarray(history.observations[steps])
                observations = np.concatenate([observations, observations[-1:]])
                actions = np.asarray(history.actions[steps]).astype(np.int64)
                if interface.has_components:
                    observations = observations.astype(np.int64)
                    if observations.shape[1] == 1:
                        observations = observations[:, 0]
                group["observations"], group["actions"] = observations, actions
                group["rewards"] = np.asarray(history.rewards[steps]).astype(np.float32)
                ends = np.zeros(count, bool)
                ends[-1] = history.terminated[index]
                group["terminations"] = ends
                cuts = np.zeros(count, bool)
                cuts[-1] = not history.terminated[index]
                group["truncations"] = cuts
                total, steps_total = total + 1, steps_total + count
    factors = interface.action_factors
    metadata = {
        "dataset_id": f"{histories.manifest['family']['name']}/histories-v0", "data_format": "hdf5",
        "total_episodes": total, "total_steps": steps_total, "jpeg_encoding": False,
        "minari_version": "0.5.0", "algorithm_name": histories.manifest["learner"]["name"],
        "observation_space": json.dumps(_observation_space(interface)),
        # What Minari has no place for, so that a set comes back as it was.
        "algorithm_distillation": {"interface": interface.json(), "family": histories.manifest["family"]},
        "action_space": json.dumps(
            {"type": "Discrete", "dtype": "int64", "start": 0, "n": factors[0]} if len(factors) == 1 else
            {"type": "MultiDiscrete", "dtype": "int64", "nvec": list(factors), "start": [0] * len(factors)}),
    }
    (folder / "metadata.json").write_text(json.dumps(metadata, indent=2) + "\n")


def _observation_space(interface: Interface) -> dict[str, Any]:
    shape = interface.observation_shape
    if interface.has_components:
        sizes = list(interface.observation_sizes)
        if len(sizes) == 1:
            return {"type": "Discrete", "dtype": "int64", "start": 0, "n": sizes[0]}
        return {"type": "MultiDiscrete", "dtype": "int64", "nvec": sizes, "start": [0] * len(sizes)}
    is_float = interface.sight is not None and interface.sight[0] == "floats"
    low, high = (np.full(shape, value).tolist() for value in ((-np.inf, np.inf) if is_float else (0, 255)))
    return {"type": "Box", "dtype": "float32" if is_float else "uint8", "shape": list(shape), "low": low, "high": high}
