{% from "composition/slots.jinja" import imports with context %}
"""Polynomial decay: its closed form at every update, and an end that stays."""

{% call imports("test_poly") %}
import dataclasses
from collections.abc import Callable
import pytest
from {{ package }}.errors import UserError
from {{ package }}.config import Config
from train import train
{% endcall %}



def test_the_learning_rate_has_its_closed_form(
    learning_rates: Callable[[Config], list[list[float]]], schedule_alone: Config
) -> None:
    seen = learning_rates(dataclasses.replace(schedule_alone, poly_power=0.7))
    for update, shares in enumerate(seen):
        expected = (1 - update / len(seen)) ** 0.7
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


def test_the_end_of_the_schedule_cannot_be_moved(schedule_alone: Config) -> None:
    config = dataclasses.replace(schedule_alone, epochs=1)
    train(config)
    with pytest.raises(UserError, match=r"polynomial schedule ends after \d+ updates"):
        train(dataclasses.replace(config, epochs=2, resume=True))
