"""A factor for each milestone that has passed."""

from typing import Any

VARIANTS = {"multistep": {"milestones": "1,2", "step_factor": 0.3}}


def rate(run: Any, _name: str) -> float:
    milestones = map(int, run.settings["milestones"].split(","))
    return float(run.settings["step_factor"] ** sum(run.epoch >= epoch for epoch in milestones))
