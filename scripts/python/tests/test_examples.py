"""The example learners write sets that the package reads."""

import importlib.util
import pathlib
import subprocess
import sys

import pytest

from algorithm_distillation import HistorySet

package = pathlib.Path(__file__).parents[1]
examples = package.parents[1] / "Examples" / "python"


@pytest.mark.parametrize("name, options, needs", [
    ("q_learning", ["--histories", "2"], "numpy"),
    ("stable_baselines", ["--actors", "2"], "stable_baselines3"),
])
def test_lives_become_a_set(name, options, needs, tmp_path):
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"there is no {needs}")
    folder = tmp_path / "set"
    subprocess.run(
        [sys.executable, "-B", examples / f"{name}.py", folder, "--held-out", "79", "--episodes", "3", *options],
        check=True, env={"PYTHONPATH": str(package), "PATH": "/usr/bin:/bin"})
    histories = HistorySet(folder)
    assert len(histories) == 4 and len(histories.tasks("held_out")) == 79
    for history in histories:
        goal = (history.task % 9, history.task // 9)
        assert [steps.stop - steps.start for steps in history.episodes()] == [20, 20, 20]
        for steps in history.episodes():
            cells = [tuple(int(part) for part in cell) for cell in history.observations[steps]]
            assert cells[0] == (4, 4)
            # A reward is given where the next step begins on the goal.
            assert list(history.rewards[steps][:-1]) == [cell == goal for cell in cells[1:]]
