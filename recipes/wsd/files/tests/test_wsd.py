{% from "composition/slots.jinja" import imports with context %}
"""A constant learning rate with a decay: its closed form, and runs that are resumed longer."""

{% call imports("test_wsd") %}
import dataclasses
import math
from collections.abc import Callable
from typing import Any
import pytest
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from {{ package }}.ops.wsd import Decay
from train import train
{% endcall %}


LearningRates = Callable[[Config], list[list[float]]]


def closed_form(updates: int, shape: str) -> list[float]:
    """Return the shares of the learning rate where the second half of the updates decays."""
    half = round(updates / 2)
    progress = [max(0, update - (updates - half)) / half for update in range(updates)]
    return [1 - (math.sqrt(p) if shape == "sqrt" else p) for p in progress]


@pytest.mark.parametrize("shape", ["sqrt", "linear"])
def test_the_learning_rate_has_its_closed_form(
    shape: Any, learning_rates: LearningRates, schedule_alone: Config
) -> None:
    config = dataclasses.replace(schedule_alone, decay_share=0.5, decay_shape=shape)
    seen = learning_rates(config)
    assert seen[-1][0] > 0
    for shares, expected in zip(seen, closed_form(len(seen), shape), strict=True):
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


@pytest.mark.parametrize("share", [1e-9, 0.1, 1.0])
@pytest.mark.parametrize("updates", [1, 2, 10])
def test_the_factors_multiply_to_the_decay_and_end_at_0(updates: int, share: float) -> None:
    decay, product = Decay(updates, share, "linear"), 1.0
    for update in range(1, updates + 1):
        product *= decay(update)
        assert product == pytest.approx(decay.factor(update), abs=1e-12)
    assert decay.factor(0) == 1
    assert decay.factor(decay.start) == 1
    assert decay.factor(updates) == decay.factor(updates + 1) == decay(updates + 1) == 0


def test_a_run_is_made_longer_before_it_decays(
    learning_rates: LearningRates, train_until: Callable[..., None], schedule_alone: Config
) -> None:
    config = dataclasses.replace(schedule_alone, decay_share=0.5)
    train_until(dataclasses.replace(config, epochs=2), epoch=1, batch=1, kill=True)
    resumed = learning_rates(dataclasses.replace(config, resume=True))
    expected = closed_form(len(resumed) * 4 // 3, "sqrt")[len(resumed) // 3 :]
    for shares, share in zip(resumed, expected, strict=True):
        assert shares == pytest.approx([share] * len(shares), rel=1e-6)


@pytest.mark.parametrize(
    ("share", "changed"),
    [
        (0.5, {"epochs": 5}),
        (0.5, {"decay_share": 0.4}),
        (0.5, {"decay_shape": "linear"}),
        (0.1, {"decay_share": 0.5}),  # which would have begun
    ],
)
def test_a_decay_that_was_begun_cannot_be_changed(
    share: float,
    changed: dict[str, Any],
    train_until: Callable[..., None],
    schedule_alone: Config,
) -> None:
    config = dataclasses.replace(schedule_alone, decay_share=share)
    train_until(config, epoch=3, batch=1, kill=True)
    with pytest.raises(UserError, match="keep --epochs and the settings of the decay"):
        train(dataclasses.replace(config, resume=True, **changed))
    train(dataclasses.replace(config, resume=True))
