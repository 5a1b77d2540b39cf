"""A model that acts through `distill serve`; DISTILL names the program, without which these are skipped."""

import os
import pathlib

import pytest

import algorithm_distillation as ad

DISTILL = os.environ.get("DISTILL")
MODEL = pathlib.Path(__file__).resolve().parents[3] / "data" / "models" / "dark-room"
pytestmark = pytest.mark.skipif(not DISTILL, reason="DISTILL names no program")


@pytest.fixture
def agent():
    with ad.serve(MODEL, program=DISTILL) as agent:
        yield agent


def test_a_trained_model_learns_a_held_out_room(agent):
    """Goal (7, 3) of the shipped model's dark rooms, whose first episodes find nothing."""
    returns = []
    for _ in range(40):
        x, y, total = 4, 4, 0
        for step in range(20):
            action = agent.act([x, y])
            dx, dy = [(-1, 0), (1, 0), (0, -1), (0, 1), (0, 0)][action]
            x, y = min(max(x + dx, 0), 8), min(max(y + dy, 0), 8)
            total += (x, y) == (7, 3)
            agent.observe(float((x, y) == (7, 3)), done=step == 19)
        returns.append(total)
    assert sum(returns[:3]) / 3 < 5 and sum(returns[-10:]) / 10 > 10


def test_a_prompt_is_as_good_as_having_lived_it(agent):
    lived = []
    for step in range(20):
        action = agent.act([4, step % 9], stream="a")
        lived.append(([4, step % 9], action, step % 2, step == 19))
        agent.observe(step % 2, step == 19, stream="a")
    agent.prompt(lived, stream="b")
    assert agent.act_and_predict([4, 4], "a")[1] == agent.act_and_predict([4, 4], "b")[1]


def test_mistakes_are_errors_and_the_agent_goes_on(agent):
    assert agent.greeting["protocol"] == 1
    with pytest.raises(ad.ServingError, match="expected a whole one from 0 to 8"):
        agent.act([4, 9])
    agent.act([4, 4])
    with pytest.raises(ad.ServingError, match="waits for its reward"):
        agent.act([4, 4])
    agent.reset()
    agent.act([4, 4])
    with pytest.raises(ad.ServingError, match="ended with status 66"):
        ad.serve(MODEL / "none", program=DISTILL)
