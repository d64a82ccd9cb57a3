{% from "composition/slots.jinja" import imports with context %}
"""Cosine annealing: its closed form at every update, and an end that stays."""

{% call imports("test_cosine") %}
import dataclasses
from collections.abc import Callable
import math
import pytest
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from train import train
{% endcall %}



def test_the_learning_rate_has_its_closed_form(
    learning_rates: Callable[[Config], list[list[float]]], schedule_alone: Config
) -> None:
    seen = learning_rates(schedule_alone)
    for update, shares in enumerate(seen):
        expected = (1 + math.cos(math.pi * update / len(seen))) / 2
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


def test_the_end_of_the_cosine_cannot_be_moved(schedule_alone: Config) -> None:
    config = dataclasses.replace(schedule_alone, epochs=1)
    updates = read_checkpoint(train(config) / "last.pt")["step"]
    with pytest.raises(UserError, match=f"cosine schedule ends after {updates} updates"):
        train(dataclasses.replace(config, epochs=2, resume=True))
