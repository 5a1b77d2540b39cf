"""Sets that Python writes and reads, and prompts."""

import json
import pathlib

import numpy as np
import pytest

from algorithm_distillation import (Episode, FileProblem, HistorySet, Interface, SetWriter, Windows, read_tensors,
                                    write_prompt)

ROOT = pathlib.Path(__file__).parents[3]


def made(folder, interface, observe, tasks=2):
    rng = np.random.default_rng(1)
    writer = SetWriter(folder, interface, "mine", "me")
    kept = []
    for task in range(tasks):
        histories = [[
            Episode(observe(rng, n), rng.integers(0, interface.action_factors, (n, len(interface.action_factors))),
                    rng.normal(size=n), terminated=bool(n % 2)) for n in (3, 4, 2)] for _ in range(2)]
        kept += histories
        writer.write(task, histories)
    writer.finish(held_out=[1])
    return kept


@pytest.mark.parametrize("interface, observe", [
    (Interface((3,), 4, (5, 6)), lambda rng, n: rng.integers(0, [5, 6], (n, 2))),
    (Interface((3, 2), 4, sight=("floats", 3)), lambda rng, n: rng.normal(size=(n, 3)).astype("f4")),
    (Interface((300,), 4, sight=("tensor", 2, 3)), lambda rng, n: rng.integers(0, 256, (n, 2, 3))),
    (Interface((2,), 4, sight=("categories", 7, 2, 2)), lambda rng, n: rng.integers(0, 7, (n, 2, 2))),
    (Interface((2,), 4), lambda rng, n: np.zeros((n, 0))),
])
def test_a_set_is_read_as_it_was_written(tmp_path, interface, observe):
    kept = made(tmp_path, interface, observe)
    histories = HistorySet(tmp_path, verify=True)
    assert len(histories) == 4 and histories.tasks("held_out") == [1]
    assert Interface.of(histories.interface) == interface
    for before, after in zip(kept, histories, strict=True):
        np.testing.assert_array_equal(after.observations, np.concatenate([e.observations for e in before]))
        actions = np.concatenate([e.actions for e in before])
        np.testing.assert_array_equal(after.actions.reshape(actions.shape), actions)
        np.testing.assert_array_equal(after.rewards, np.concatenate([e.rewards for e in before]).astype("f4"))
        assert after.terminated.tolist() == [True, False, False]
        np.testing.assert_allclose(after.returns, [e.rewards.sum() for e in before], atol=1e-6)
        assert isinstance(after.rewards.base, np.memmap) or isinstance(after.rewards, np.memmap)


def test_windows_are_all_windows(tmp_path):
    made(tmp_path, Interface((3,), 4, (5, 6)), lambda rng, n: rng.integers(0, [5, 6], (n, 2)))
    histories = HistorySet(tmp_path)
    windows = Windows(histories.of(histories.tasks("training")), 4)
    assert len(windows) == 2 * (9 - 3)
    item = windows[8]
    np.testing.assert_array_equal(item["observations"], histories[1].observations[2:6])
    assert item["starts_episode"].tolist() == [False, True, False, False]
    with pytest.raises(IndexError):
        windows[12]
    torch = pytest.importorskip("torch")
    assert isinstance(windows, torch.utils.data.Dataset)
    batch = next(iter(torch.utils.data.DataLoader(windows, batch_size=3)))
    assert batch["observations"].shape == (3, 4, 2)


def test_a_set_of_the_program_is_read():
    histories = HistorySet(ROOT / "data/golden/histories-v1", verify=True)
    assert len(histories) == 6
    assert sum(len(h.episode_offsets) - 1 for h in histories) == 480


@pytest.mark.parametrize("change, words", [
    ({"actions": [0, 3]}, "Step 1"), ({"rewards": [0, np.nan]}, "Step 1"), ({"observations": [[5, 0], [0, 0]]}, "Step 0"),
    ({"actions": [0]}, "1 actions"),
])
def test_what_the_interface_forbids_is_refused(tmp_path, change, words):
    writer = SetWriter(tmp_path, Interface((3,), 4, (5, 6)), "mine", "me")
    arrays = {"observations": [[0, 0], [0, 0]], "actions": [0, 1], "rewards": [0, 1]} | change
    with pytest.raises(FileProblem, match=words):
        writer.write(0, [[Episode(**{n: np.array(a) for n, a in arrays.items()})]])
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_set_is_refused(tmp_path):
    made(tmp_path, Interface((3,), 4, (5, 6)), lambda rng, n: rng.integers(0, [5, 6], (n, 2)))
    shard = tmp_path / "shard-00001.safetensors"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-3])
    with pytest.raises(FileProblem, match="cut short"):
        HistorySet(tmp_path)
    shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(FileProblem, match="SHA-256"):
        HistorySet(tmp_path, verify=True)
    shard.write_bytes(b"something else")
    with pytest.raises(FileProblem, match="safetensors"):
        HistorySet(tmp_path)


def test_a_prompt_is_a_shard_like_those_of_the_set(tmp_path):
    made(tmp_path, Interface((3,), 4, (5, 6)), lambda rng, n: rng.integers(0, [5, 6], (n, 2)))
    path = tmp_path / "prompt.safetensors"
    write_prompt(path, [[((1, 2), 0, 0.5), ((2, 2), 1, 1.0)], [((0, 0), 2, 0.0)]], like=tmp_path, task=1)
    metadata, tensors = read_tensors(path)
    assert metadata["task"] == "1" and metadata["family"] == "mine"
    assert json.loads(metadata["interface"])["observation_sizes"] == [5, 6]
    assert tensors["episode_offsets"].tolist() == [0, 2, 3]
