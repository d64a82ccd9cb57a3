{% from "composition/slots.jinja" import imports, slot with context %}
"""Polynomial decay: its closed form at every update, also in a resumed run."""

{% call imports("test_poly") %}
import dataclasses
from collections.abc import Callable
from pathlib import Path
import pytest
from {{ package }}.errors import UserError
from {{ package }}.config import Config
from train import train
{{- slot("tests.settings.imports") }}
{% endcall %}


LearningRates = Callable[[Config], list[list[float]]]


def settings(run: Path) -> Config:
    return Config(
        epochs=4,
        lr=0.01,
        run=run,
        poly_power=0.7,
        {{- slot("tests.settings", 8) }}
    )


def test_the_learning_rate_has_its_closed_form(
    learning_rates: LearningRates, tmp_path: Path
) -> None:
    seen = learning_rates(settings(tmp_path / "run"))
    for update, shares in enumerate(seen):
        expected = (1 - update / len(seen)) ** 0.7
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


def test_a_resumed_run_continues_the_schedule(
    learning_rates: LearningRates, train_until: Callable[..., None], tmp_path: Path
) -> None:
    config = settings(tmp_path / "run")
    whole = learning_rates(settings(tmp_path / "whole"))
    train_until(config, epoch=2, batch=1, kill=True)
    resumed = learning_rates(dataclasses.replace(config, resume=True))
    assert resumed == whole[len(whole) // 2 :]


def test_the_end_of_the_schedule_cannot_be_moved(tmp_path: Path) -> None:
    config = dataclasses.replace(settings(tmp_path / "run"), epochs=1)
    train(config)
    with pytest.raises(UserError, match=r"polynomial schedule ends after \d+ updates"):
        train(dataclasses.replace(config, epochs=2, resume=True))
