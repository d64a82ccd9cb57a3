{% from "composition/slots.jinja" import imports with context %}
"""Step decay: the rate of every update, and milestones that are refused."""

{% call imports("test_multistep") %}
import dataclasses
from collections.abc import Callable
import pytest
from {{ package }}.milestones import read_milestones
from {{ package }}.config import Config
{% endcall %}


LearningRates = Callable[[Config], list[list[float]]]


def test_the_learning_rate_falls_after_each_milestone(
    learning_rates: LearningRates, schedule_alone: Config
) -> None:
    config = dataclasses.replace(schedule_alone, milestones="1,3", step_factor=0.5)
    seen = learning_rates(config)
    for update, shares in enumerate(seen):
        expected = [1, 0.5, 0.5, 0.25][4 * update // len(seen)]
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


def test_milestones_that_are_given_on_resume_take_effect(
    learning_rates: LearningRates, schedule_alone: Config
) -> None:
    config = dataclasses.replace(schedule_alone, milestones="1", step_factor=0.5)
    learning_rates(dataclasses.replace(config, epochs=2))
    seen = learning_rates(
        dataclasses.replace(config, resume=True, milestones="1,3", step_factor=0.1)
    )
    for update, shares in enumerate(seen):
        expected = [0.5, 0.05][2 * update // len(seen)]
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


@pytest.mark.parametrize(
    ("epochs", "milestones"),
    [(0, []), (1, []), (2, [1]), (3, [1, 2]), (20, [10, 15]), (90, [45, 67])],
)
def test_half_and_three_quarters_are_the_default(epochs: int, milestones: list[int]) -> None:
    assert read_milestones("auto", epochs) == milestones
    assert not [problem for problem in Config(epochs=epochs).problems() if "milestones" in problem]


@pytest.mark.parametrize("text", ["", "a", "2,1", "1,1", "0,1", "1.5", "1,,2"])
def test_what_is_not_a_list_of_epochs_is_refused(text: str) -> None:
    assert Config(milestones=text).problems() == [
        f"--milestones is {text}: expected epochs in ascending order, such as 30,60,80"
    ]


def test_milestones_beyond_the_run_are_refused() -> None:
    assert Config(epochs=5, milestones="2,5").problems() == [
        "--milestones is 2,5: expected epochs below --epochs, which is 5"
    ]
