"""Each public layout becomes a set with the same steps; what is not whole is told of in a sentence, and leaves nothing."""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from algorithm_distillation import HistorySet
from conftest import Room, ad_eps_room, dicp_room, xland

h5py = pytest.importorskip("h5py")
GOALS = [(0, 3), (8, 8), (2, 6)]


def assert_refused(result, *words):
    status, message, out = result
    assert status == 1
    assert len(message.splitlines()) == 1 and message.endswith("."), message
    for word in words:
        assert word in message
    assert not out.exists()


def assert_is_room(history, room):
    cells = room.cells.reshape(-1, 2)[:, ::-1]
    np.testing.assert_array_equal(history.observations, cells)
    np.testing.assert_array_equal(history.actions, room.actions.reshape(-1))
    np.testing.assert_array_equal(history.rewards, room.rewards.reshape(-1))
    np.testing.assert_array_equal(history.episode_offsets, np.arange(0, 401, 20))
    assert not history.terminated.any()


def test_ad_eps_dark_room(tmp_path, convert):
    ad_eps_room(tmp_path / "source", GOALS)
    status, message, out = convert("ad-eps", tmp_path / "source")
    assert (status, message) == (0, "")
    histories = HistorySet(out, verify=True)
    assert histories.manifest["learner"]["name"] == "q-learning"
    assert [h.task for h in histories] == [3, 24, 80]
    for history in histories:
        assert_is_room(history, Room(divmod(history.task, 9)))


def test_ad_eps_that_is_mixed_up(tmp_path, convert):
    run = ad_eps_room(tmp_path / "source", GOALS)
    first, second = run / "trajectories_000.npz", run / "trajectories_001.npz"
    shutil.move(first, run / "x")
    shutil.move(second, first)
    shutil.move(run / "x", second)
    assert_refused(convert("ad-eps", run), "off the goal")
    first.write_bytes(first.read_bytes()[:700])
    assert_refused(convert("ad-eps", run), "not whole")
    metadata = json.loads((run / "metadata.metadata").read_text())
    metadata["ordered_trajectories"][1] = metadata["ordered_trajectories"][0]
    (run / "metadata.metadata").write_text(json.dumps(metadata))
    assert_refused(convert("ad-eps", run), "twice")
    assert_refused(convert("ad-eps", tmp_path / "nothing"), "does not exist")


def test_ad_eps_key_to_door(tmp_path, convert):
    states, actions, rewards = (np.empty(2, object) for _ in range(3))
    states[:] = [[40, 41], [40, 49, 50]]
    actions[:] = [[2, 2], [3, 2, 0]]
    rewards[:] = [[0.0, 0.0], [1.0, 0.0, 1.0]]
    np.savez(tmp_path / "trajectories_0a1b2.npz", states=states, actions=actions, rewards=rewards)
    (tmp_path / "metadata.metadata").write_text(json.dumps({
        "ordered_trajectories": ["trajectories_0a1b2.npz"], "goal": [[[5, 4], [5, 5]]]}))
    assert_refused(convert("ad-eps", tmp_path), "pickled", "--unpickle")
    status, message, out = convert("ad-eps", tmp_path, "--unpickle")
    assert (status, message) == (0, "")
    (history,) = HistorySet(out)
    assert history.task == 49 + 81 * 50
    np.testing.assert_array_equal(history.observations, [[4, 4], [5, 4], [4, 4], [4, 5], [5, 5]])
    np.testing.assert_array_equal(history.actions, [1, 1, 3, 1, 4])
    assert history.terminated.tolist() == [False, True]


def test_ad_eps_watermaze(tmp_path, convert):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (120, 3, 72, 96), np.uint8)
    reward = np.zeros(120)
    reward[30] = 1
    with h5py.File(tmp_path / "data.hdf5", "w") as file:
        for i in range(2):
            group = file.create_group(str(i))
            group.create_dataset("obs", data=pictures, compression="gzip")
            group["action"], group["reward"] = rng.integers(0, 8, 120), reward
            group.attrs["goal"] = [0.25, i]
    status, message, out = convert("ad-eps", tmp_path)
    assert (status, message) == (0, "")
    histories = HistorySet(out)
    assert [h.task for h in histories] == [0, 1]
    np.testing.assert_array_equal(histories[0].observations, pictures.transpose(0, 2, 3, 1))
    assert histories[0].episode_offsets.tolist() == [0, 31, 81, 120]
    assert histories[0].terminated.tolist() == [True, False, False]


def test_headless_ad(tmp_path, convert):
    rng = np.random.default_rng(0)
    column = lambda a, t: np.asarray(a, t).reshape(-1, 1)
    bandits = tmp_path / "bandits"
    bandits.mkdir()
    for i in range(3):
        np.savez(
            bandits / f"{i}.npz", states=column(np.zeros(30), "f4"), actions=column(rng.integers(0, 4, 30), "i4"),
            rewards=column(rng.random(30), "f4"), dones=column(np.zeros(30), "i4"),
            num_actions=column(np.full(30, 5), "f4"))
    assert_refused(convert("headless-ad", bandits), "--episode-length")
    status, message, out = convert("headless-ad", bandits, "--episode-length", "10")
    assert (status, message) == (0, "")
    histories = HistorySet(out)
    assert len(histories) == 3 and histories.interface["action_count"] == 5
    np.testing.assert_array_equal(
        histories[1].rewards, np.load(bandits / "1.npz")["rewards"][:, 0])
    grid = tmp_path / "grid"
    for goal in ([2, 3], [7, 7]):
        folder = grid / str(goal[0])
        folder.mkdir(parents=True)
        (folder / "about.json").write_text(json.dumps({"goal": goal}))
        for chunk in range(11):  # 10 comes after 2, not before
            np.savez(
                folder / f"{chunk}.npz", states=column(np.full(20, chunk), "f8"), actions=column(np.zeros(20), "i8"),
                rewards=column(np.zeros(20), "f8"), dones=column(np.arange(20) == 19, "i4"))
    status, message, out = convert("headless-ad", grid, "--actions", "5")
    assert (status, message) == (0, "")
    histories = HistorySet(out)
    assert len(histories) == 2
    np.testing.assert_array_equal(histories[0].observations[:, 0], np.repeat(np.arange(11), 20))


def test_dicp(tmp_path, convert):
    for seed in range(2):
        dicp_room(tmp_path / f"history_darkroom_ppo_alg-seed{seed}.hdf5", GOALS)
    status, message, out = convert("dicp", tmp_path)
    assert (status, message) == (0, "")
    histories = HistorySet(out, verify=True)
    assert [h.task for h in histories] == [3] * 6 + [24] * 6 + [80] * 6
    assert_is_room(histories[7], Room((2, 6), seed=1))
    np.testing.assert_array_equal(histories[7].expert_actions, Room((2, 6), seed=1).expert.reshape(-1))


def test_dicp_that_is_bad(tmp_path, convert):
    path = tmp_path / "history_darkroom_ppo_alg-seed0.hdf5"
    dicp_room(path, GOALS)
    with h5py.File(path, "a") as file:
        file.move("3", "5")
    assert_refused(convert("dicp", path), "off the goal")
    with h5py.File(path, "a") as file:
        del file["5/dones"]
    assert_refused(convert("dicp", path), "has no 'dones'")
    with h5py.File(path, "a") as file:
        del file["5"]
        group = file.create_group("5")
        group["actions"] = np.zeros((4, 2, 3), "f4")
    assert_refused(convert("dicp", path), "continuous")
    path.write_bytes(path.read_bytes()[:5000])
    assert_refused(convert("dicp", path), "not a whole HDF5 file")


def test_xland(tmp_path, convert):
    path = tmp_path / "xland.hdf5"
    xland(path)
    status, message, out = convert("xland", path)
    assert (status, message) == (0, "")
    histories = HistorySet(out, verify=True)
    assert histories.manifest["family"]["settings"]["task 0"].endswith("ruleset 69")
    with h5py.File(path) as file:
        for number, history in enumerate(histories):
            group, h = file[["1", "0"][number // 4]], number % 4
            np.testing.assert_array_equal(history.observations, group["states"][h])
            np.testing.assert_array_equal(history.expert_actions, group["expert_actions"][h])
            np.testing.assert_array_equal(history.rewards, group["rewards"][h].astype(np.float32))
            ends = np.flatnonzero(np.r_[group["dones"][h][:-1], True]) + 1
            np.testing.assert_array_equal(history.episode_offsets[1:], ends)
    with h5py.File(path, "a") as file:
        del file["0"].attrs["ruleset-id"]
    assert_refused(convert("xland", path), "ruleset-id")


def test_a_source_larger_than_the_memory_that_is_allowed(tmp_path):
    """Some 300 MB of steps within 128 MB of data beyond what the interpreter with h5py itself takes."""
    path = tmp_path / "xland.hdf5"
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        group = file.create_group("0")
        histories, steps = 32, 300_000
        for name, shape, dtype in [
                ("states", (5, 5), "u1"), ("actions", (), "u1"), ("rewards", (), "f2"), ("dones", (), "?"),
                ("expert_actions", (), "u1")]:
            data = group.create_dataset(name, (histories, steps, *shape), dtype, chunks=(1, 4096, *shape))
            block = rng.integers(0, 6, (steps, *shape)).astype(dtype)
            if name == "dones":
                block = np.arange(steps) % 243 == 242
            for history in range(histories):
                data[history] = block
        group.attrs.update({"ruleset-id": 1})
    assert path.stat().st_size > 280e6
    script = (
        "import resource, sys; import numpy, h5py; from algorithm_distillation.convert import __main__ as m;"
        "taken = [int(l.split()[1]) * 1024 for l in open('/proc/self/status') if l.startswith('VmData')][0];"
        "resource.setrlimit(resource.RLIMIT_DATA, (taken + (128 << 20),) * 2);"
        f"sys.argv = ['x', 'xland', {str(path)!r}, '--out', {str(tmp_path / 'set')!r}]; sys.exit(m.main())")
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=pathlib.Path(__file__).parents[1])
    assert result.returncode == 0, result.stderr
    assert HistorySet(tmp_path / "set").manifest["shards"][0]["steps"] == 32 * 300_000


def test_minari_both_ways(tmp_path, convert, monkeypatch):
    minari = pytest.importorskip("minari")
    ad_eps_room(tmp_path / "source", GOALS)
    _, _, ours = convert("ad-eps", tmp_path / "source")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    target = tmp_path / "minari/dark-room/histories-v0"
    target.parent.mkdir(parents=True)
    result = subprocess.run(
        [sys.executable, "-m", "algorithm_distillation.convert", "export-minari", str(ours), "--out", str(target)],
        capture_output=True, text=True, cwd=pathlib.Path(__file__).parents[1])
    assert result.returncode == 0, result.stderr
    dataset = minari.load_dataset("dark-room/histories-v0")
    assert dataset.total_episodes == 60 and dataset.total_steps == 1200
    histories = HistorySet(ours)
    places = [(h, e, s) for h in histories for e, s in enumerate(h.episodes())]
    for (history, number, steps), episode in zip(places, dataset.iterate_episodes()):
        np.testing.assert_array_equal(episode.observations[:-1], history.observations[steps])
        np.testing.assert_array_equal(episode.actions, history.actions[steps])
        assert episode.rewards.tobytes() == history.rewards[steps].astype("f4").tobytes()
        assert episode.terminations[-1] == history.terminated[number]
        assert episode.truncations[-1] != history.terminated[number]
    metadata = list(dataset.storage.get_episode_metadata([0, 20, 59]))
    assert [m["task"] for m in metadata] == [3, 24, 80]
    status, message, again = convert("minari", target)
    assert (status, message) == (0, "")
    for before, after in zip(histories, HistorySet(again), strict=True):
        for name in ("task", "observations", "actions", "rewards", "episode_offsets", "terminated"):
            np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    assert HistorySet(again).manifest["family"] == histories.manifest["family"]
    assert HistorySet(again).interface == histories.interface
    with h5py.File(target / "data/main_data.hdf5", "a") as file:
        del file["episode_7"].attrs["task"]
    assert_refused(convert("minari", target), "--task-key")
    (target / "data/main_data.hdf5").write_bytes(b"\x89HDF")
    assert_refused(convert("minari", target), "not a whole HDF5 file")


def test_minari_data_that_minari_wrote(tmp_path, convert, monkeypatch):
    """Episodes of two tasks in turn, written by Minari itself from its own buffers."""
    minari = pytest.importorskip("minari")
    from gymnasium import spaces
    from minari.data_collector import EpisodeBuffer

    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    rng = np.random.default_rng(0)
    buffers = []
    for task, steps in ((0, 7), (1, 5), (0, 7), (1, 5)):
        last = np.arange(steps) == steps - 1
        buffers.append(EpisodeBuffer(
            observations=rng.normal(size=(steps + 1, 3)).astype("f4"), actions=rng.integers(0, [2, 3], (steps, 2)),
            rewards=rng.normal(size=steps), terminations=last & (task == 1), truncations=last & (task == 0),
            infos={"level": np.full(steps + 1, task)}))
    minari.create_dataset_from_buffers(
        "levers/random-v0", buffers, algorithm_name="random",
        observation_space=spaces.Box(-10, 10, (3,), np.float32), action_space=spaces.MultiDiscrete([2, 3]))
    source = tmp_path / "minari/levers/random-v0"
    assert_refused(convert("minari", source), "--task-key")
    status, message, out = convert("minari", source, "--task-key", "level")
    assert (status, message) == (0, "")
    histories = HistorySet(out, verify=True)
    assert histories.manifest["learner"]["name"] == "random"
    assert [(h.task, len(h), h.terminated.tolist()) for h in histories] == [
        (0, 14, [False, False]), (1, 10, [True, True])]
    for history, own in zip(histories, (buffers[::2], buffers[1::2])):
        np.testing.assert_array_equal(history.observations, np.concatenate([b.observations[:-1] for b in own]))
        np.testing.assert_array_equal(history.actions, np.concatenate([b.actions for b in own]))
        np.testing.assert_array_equal(history.rewards, np.concatenate([b.rewards for b in own]).astype("f4"))
