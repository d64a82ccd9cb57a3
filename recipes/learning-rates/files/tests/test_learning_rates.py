{% from "composition/slots.jinja" import imports with context %}
"""The learning rates of a run that is stopped and resumed are those of the whole run."""

{% call imports("test_learning_rates") %}
import dataclasses
from collections.abc import Callable
from pathlib import Path
import pytest
from {{ package }}.config import Config
{% endcall %}



@pytest.mark.parametrize(
    ("epoch", "batch", "kill"), [(0, 5, False), (1, 3, True), (2, 3, False), (3, 1, True)]
)
def test_a_resumed_run_continues_the_schedules(
    epoch: int,
    batch: int,
    kill: bool,
    learning_rates: Callable[[Config], list[list[float]]],
    train_until: Callable[..., None],
    tmp_path: Path,
) -> None:
    whole = learning_rates(Config(epochs=4, run=tmp_path / "whole"))
    config = Config(epochs=4, run=tmp_path / "run")
    train_until(config, epoch, batch, kill)
    resumed = learning_rates(dataclasses.replace(config, resume=True))
    assert 0 < len(resumed) < len(whole)
    assert resumed == whole[-len(resumed) :]
