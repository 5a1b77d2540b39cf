"""python3 -m unittest discover scripts/python/tests; DISTILL names the program, without which some tests are skipped."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

PACKAGE = pathlib.Path(__file__).resolve().parent.parent
DATA = PACKAGE.parent.parent / "data"
sys.path[:0] = [str(PACKAGE), str(PACKAGE / "examples")]
import algorithm_distillation as ad  # noqa: E402

DISTILL = os.environ.get("DISTILL")
INTERFACE = {"observation_sizes": [9, 9], "action_count": 5, "episode_length": 20, "rewards": [0, 1]}
SPLIT = {"training": [3, 1], "validation": [], "held_out": [2]}


def life(task, seed=0, **changes):
    rng = np.random.default_rng(seed)
    values = {"task": task, "observations": rng.integers(0, 9, (50, 2)), "actions": rng.integers(0, 5, 50),
              "rewards": rng.integers(0, 2, 50), "episode_lengths": [20, 20, 10], "terminated": [False, False, True]}
    return ad.Life(**{**values, **changes})


def write(folder, lives=None, **changes):
    options = {"interface": INTERFACE, "split": SPLIT, "family": "mine", "learner": "me", **changes}
    ad.write(folder, [life(1), life(3, 1), life(3, 2)] if lives is None else lives, **options)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class ReadingTests(Folder):
    def test_a_shipped_set_is_read_lazily(self):
        histories = ad.read(DATA / "histories" / "dark-room", verify=True)
        self.assertEqual(len(histories), 24)
        self.assertEqual(len(histories[0]), 300)
        self.assertIsInstance(histories[0].observations.base, np.memmap)
        returns = np.array([history.episode_returns() for history in histories])
        self.assertLess(returns[:, :30].mean(), 3)  # as `distill inspect` prints
        self.assertGreater(returns[:, 270:].mean(), 15)
        self.assertEqual(sum(episode.rewards.sum() for episode in histories[0]), histories[0].episode_returns().sum())

    def test_version_1_is_read(self):
        histories = ad.read(DATA / "golden" / "histories-v1")
        self.assertEqual(len(histories), 6)
        self.assertEqual(histories[0].interface["episode_length"], 5)

    def test_windows_are_cut_from_histories(self):
        histories = ad.read(DATA / "golden" / "histories-v1")
        windows = ad.WindowDataset(histories, steps=12, stride=5)
        seen = [window for window in (windows[index] for index in range(len(windows)))]
        expected = [(history, begin) for history in histories for begin in range(0, len(history.rewards) - 11, 5)]
        self.assertEqual(len(seen), len(expected))
        for (observations, actions, rewards, starts), (history, begin) in zip(seen, expected):
            np.testing.assert_array_equal(observations, history.observations[begin:begin + 12])
            np.testing.assert_array_equal(actions, history.actions[begin:begin + 12])
            np.testing.assert_array_equal(rewards, history.rewards[begin:begin + 12])
            np.testing.assert_array_equal(np.flatnonzero(starts) + begin, [
                step for step in history.episode_offsets[:-1] if begin <= step < begin + 12])
        with self.assertRaises(IndexError):
            windows[len(windows)]

    def test_damaged_files_are_errors(self):
        write(self.folder / "set")
        shard = self.folder / "set" / "shard-00000.safetensors"
        data = shard.read_bytes()
        for size in (0, 5, 60, len(data) - 1):
            shard.write_bytes(data[:size])
            with self.assertRaises(ad.HistoryError, msg=size):
                ad.read(self.folder / "set")
        shard.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with self.assertRaisesRegex(ad.HistoryError, "checksum"):
            ad.read(self.folder / "set", verify=True)
        with self.assertRaisesRegex(ad.HistoryError, "no manifest.json"):
            ad.read(self.folder)


class WritingTests(Folder):
    def test_what_is_written_is_read(self):
        lives = [life(1), life(3, 1), life(3, 2)]
        write(self.folder / "set", lives)
        for written, read in zip(lives, ad.read(self.folder / "set", "training", verify=True)):
            self.assertEqual(written.task, read.task)
            np.testing.assert_array_equal(written.observations, read.observations)
            np.testing.assert_array_equal(written.actions, read.actions)
            np.testing.assert_array_equal(written.rewards, read.rewards)
            self.assertEqual([len(episode.rewards) for episode in read], written.episode_lengths)
            self.assertEqual([episode.terminated for episode in read], written.terminated)

    def test_what_does_not_fit_is_refused_and_nothing_is_written(self):
        cases = [([life(1)], "no lives of the training tasks \\[3\\]"),
                 ([life(1), life(2), life(3)], "lives of the tasks \\[2\\]"),
                 ([life(1, actions=np.full(50, 300)), life(3)], "the actions of task 1 have values that U8 does not hold"),
                 ([life(1, rewards=np.full(50, .5)), life(3)], "the rewards of task 1 have values that U8 does not hold"),
                 ([life(1, episode_lengths=[20, 20]), life(3)], "arrays of \\[50\\] steps and episodes of 40 together"),
                 ([life(1, episode_lengths=[0, 30, 20]), life(3)], "a step at least")]
        for lives, message in cases:
            with self.assertRaisesRegex(ad.HistoryError, message):
                write(self.folder / "set", lives)
            self.assertFalse((self.folder / "set").exists())
        write(self.folder / "set")
        with self.assertRaisesRegex(ad.HistoryError, "holds a set already"):
            write(self.folder / "set")

    @unittest.skipUnless(DISTILL, "DISTILL names no program")
    def test_distill_takes_it(self):
        floats = {"observation_sizes": [], "sight": ["floats", 3], "action_count": 6, "action_factors": [3, 2],
                  "episode_length": 20}
        rng = np.random.default_rng(5)
        lives = [life(task, observations=rng.normal(size=(50, 3)), rewards=rng.normal(size=50),
                      actions=np.stack([rng.integers(0, 3, 50), rng.integers(0, 2, 50)], 1)) for task in (1, 3)]
        for name, options in [("cells", {}), ("floats", {"lives": lives, "interface": floats})]:
            write(self.folder / name, **options)
            for arguments in (["inspect", self.folder / name], ["import", self.folder / name, "--out", self.folder / f"run-{name}",
                                                                "--set", "context.steps=40"]):
                result = subprocess.run([DISTILL, *arguments], capture_output=True, text=True)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("imported   me on mine", result.stdout)


@unittest.skipUnless(DISTILL, "DISTILL names no program")
class ServingTests(unittest.TestCase):
    model = DATA / "models" / "dark-room"

    def test_the_documented_forward_pass_gives_the_same_logits(self):
        try:
            import model
        except ImportError as error:
            self.skipTest(f"{error}")
        weights, configuration = model.load(self.model / "model.safetensors")
        rng = np.random.default_rng(0)
        seen, actions, rewards = [], [], []
        with ad.serve(self.model, program=DISTILL) as agent:
            for step in range(100):
                seen.append(rng.integers(0, 9, 2))
                action, predicted = agent.act_and_predict(seen[-1])
                expected = model.logits(weights, configuration, np.array(seen), actions, rewards)[-1]
                np.testing.assert_allclose(predicted, expected, atol=1e-5)
                actions.append(action)
                rewards.append(float(rng.integers(0, 2)))
                agent.observe(rewards[-1], done=step % 20 == 19)

    def test_a_prompt_is_as_good_as_having_lived_it(self):
        with ad.serve(self.model, program=DISTILL) as agent:
            lived = []
            for step in range(20):
                action = agent.act([4, step % 9], stream="a")
                lived.append(([4, step % 9], action, step % 2, step == 19))
                agent.observe(step % 2, step == 19, stream="a")
            agent.prompt(lived, stream="b")
            self.assertEqual(agent.act_and_predict([4, 4], "a")[1], agent.act_and_predict([4, 4], "b")[1])

    def test_mistakes_are_errors_and_the_agent_goes_on(self):
        with ad.serve(self.model, program=DISTILL) as agent:
            self.assertEqual(agent.greeting["protocol"], 1)
            with self.assertRaisesRegex(ad.ServingError, "expected a whole one from 0 to 8"):
                agent.act([4, 9])
            agent.act([4, 4])
            with self.assertRaisesRegex(ad.ServingError, "waits for its reward"):
                agent.act([4, 4])
            agent.reset()
            agent.act([4, 4])
        with self.assertRaisesRegex(ad.ServingError, "ended with status 66"):
            ad.serve(self.model / "none", program=DISTILL)


if __name__ == "__main__":
    unittest.main()
