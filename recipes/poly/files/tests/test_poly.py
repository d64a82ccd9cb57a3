{% from "composition/slots.jinja" import imports, slot with context %}
"""Polynomial decay: its closed form at every update, also in a resumed run."""

{% call imports("test_poly") %}
import dataclasses
from pathlib import Path
import pytest
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
from {{ package }}.errors import UserError
from {{ package }}.config import Config
from {{ package }}.runs import Run
from train import train
{{- slot("tests.settings.imports") }}
{% endcall %}



def settings(run: Path) -> Config:
    return Config(
        epochs=4,
        lr=0.01,
        run=run,
        poly_power=0.7,
        {{- slot("tests.settings", 8) }}
    )


def learning_rates(config: Config) -> list[list[float]]:
    """Train and return, for each update, the learning rate of each group as a share of its own."""
    seen: list[list[float]] = []

    def keep(optimizer: Optimizer, *_: object) -> None:
        groups = optimizer.param_groups
        seen.append([group["lr"] / group["initial_lr"] for group in groups])

    handle = register_optimizer_step_pre_hook(keep)
    try:
        train(config)
    finally:
        handle.remove()
    return seen


def test_the_learning_rate_has_its_closed_form(tmp_path: Path) -> None:
    seen = learning_rates(settings(tmp_path / "run"))
    for update, shares in enumerate(seen):
        expected = (1 - update / len(seen)) ** 0.7
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


def test_a_resumed_run_continues_the_schedule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Run.append

    def interrupted(run: Run, metrics: dict[str, float]) -> None:
        append(run, metrics)
        if metrics["epoch"] == 2:
            raise InterruptedError

    config = settings(tmp_path / "run")
    whole = learning_rates(settings(tmp_path / "whole"))
    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(Run, "append", interrupted)
        train(config)
    resumed = learning_rates(dataclasses.replace(config, resume=True))
    assert resumed == whole[len(whole) // 2 :]


def test_the_end_of_the_schedule_cannot_be_moved(tmp_path: Path) -> None:
    config = dataclasses.replace(settings(tmp_path / "run"), epochs=1)
    train(config)
    with pytest.raises(UserError, match=r"polynomial schedule ends after \d+ updates"):
        train(dataclasses.replace(config, epochs=2, resume=True))
