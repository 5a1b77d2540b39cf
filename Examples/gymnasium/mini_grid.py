"""A MiniGrid room whose goal is not seen: where it is differs from task to task. The agent sees its own place and
direction, and is rewarded for every step on the goal."""

import gymnasium
import numpy as np
from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.minigrid_env import MiniGridEnv


class HiddenGoal(MiniGridEnv):
    """A room of 8 x 8 free cells. The agent starts in the middle of the first row, and looks into the room."""

    def __init__(self, goal_x, goal_y, max_steps=30, render_mode=None):
        self.goal = (goal_x, goal_y)
        mission = MissionSpace(mission_func=lambda: "find the goal")
        super().__init__(mission, grid_size=10, max_steps=max_steps, render_mode=render_mode)

    def _gen_grid(self, width, height):
        self.grid = Grid(width, height)
        self.grid.wall_rect(0, 0, width, height)
        self.agent_pos, self.agent_dir = (4, 1), 1
        self.mission = "find the goal"

    def step(self, action):
        observation, _, terminated, truncated, info = super().step(action)
        return observation, float(tuple(self.agent_pos) == self.goal), terminated, truncated, info


class OwnPlace(gymnasium.Wrapper):
    """Shows the agent's place and direction, and leaves it the actions that matter: left, right, forward."""

    def __init__(self, env):
        super().__init__(env)
        size = env.unwrapped.width - 2
        self.observation_space = gymnasium.spaces.MultiDiscrete([size, size, 4])
        self.action_space = gymnasium.spaces.Discrete(3)

    def reset(self, **options):
        _, info = self.env.reset(**options)
        return self.place(), info

    def step(self, action):
        _, *outcome = self.env.step(action)
        return self.place(), *outcome

    def place(self):
        world = self.env.unwrapped
        return np.array([world.agent_pos[0] - 1, world.agent_pos[1] - 1, world.agent_dir])


gymnasium.register(
    "HiddenGoal-v0", entry_point=lambda **arguments: OwnPlace(HiddenGoal(**arguments)), max_episode_steps=30
)
