{% from "composition/slots.jinja" import imports with context %}
"""Warm-up: a straight line to the full learning rate, from above 0."""

{% call imports("test_warmup") %}
import dataclasses
from collections.abc import Callable
from pathlib import Path
import pytest
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from train import train
{% endcall %}


LearningRates = Callable[[Config], list[list[float]]]


@pytest.mark.parametrize("warmup_epochs", [0.0, 0.5, 1.0, 1.5, 2.0])
def test_the_learning_rate_has_its_closed_form(
    warmup_epochs: float, learning_rates: LearningRates, tmp_path: Path
) -> None:
    config = Config(epochs=2, run=tmp_path / "full", warmup_epochs=0.0)
    full = learning_rates(config)
    assert set(full[0]) == {1.0}
    warm = learning_rates(
        dataclasses.replace(config, run=tmp_path / "warm", warmup_epochs=warmup_epochs)
    )
    assert len(warm) == len(full)
    updates = round(warmup_epochs * len(full) / 2)
    for number, (found, unwarmed) in enumerate(zip(warm, full, strict=True)):
        factor = min(1.0, (number + 1) / (updates + 1))
        assert found == pytest.approx([factor * share for share in unwarmed], rel=1e-6)


def test_a_warm_up_that_was_begun_cannot_be_changed(
    train_until: Callable[..., None], tmp_path: Path
) -> None:
    config = Config(epochs=2, run=tmp_path / "run", warmup_epochs=2.0)
    train_until(config, epoch=1, batch=1, kill=True)
    with pytest.raises(UserError, match=r"--warmup-epochs is 0\.5, but this run began with"):
        train(dataclasses.replace(config, resume=True, warmup_epochs=0.5))
    train(dataclasses.replace(config, resume=True))
