{% from "composition/slots.jinja" import imports with context %}
"""The cosine schedule: its closed form at every update, also through a resume."""

{% call imports("test_cosine") %}
import dataclasses
import math
from pathlib import Path
import pytest
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.runs import Run
from train import train
{% endcall %}


CONFIG = Config(epochs=3, lr=0.01)


def rates(config: Config) -> list[float]:
    """Train and return the learning rate of each update."""
    seen: list[float] = []

    def keep(optimizer: Optimizer, *_: object) -> None:
        seen.append(optimizer.param_groups[0]["lr"])

    handle = register_optimizer_step_pre_hook(keep)
    try:
        train(config)
    finally:
        handle.remove()
    return seen


def closed_form(updates: int, lr: float) -> list[float]:
    {% if "warmup" in chosen %}
    warm = round(CONFIG.warmup_epochs * updates / CONFIG.epochs)
    factors = [min(1.0, (t + 1) / (warm + 1)) for t in range(updates)]
    {% else %}
    factors = [1.0] * updates
    {% endif %}
    return [lr * f * (1 + math.cos(math.pi * t / updates)) / 2 for t, f in enumerate(factors)]


def test_every_rate_has_its_closed_form(tmp_path: Path) -> None:
    seen = rates(dataclasses.replace(CONFIG, run=tmp_path / "run"))
    assert seen == pytest.approx(closed_form(len(seen), CONFIG.lr), rel=1e-6)


def test_a_resumed_run_goes_on_along_the_cosine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Run.append

    def interrupted(run: Run, figures: dict[str, float]) -> None:
        append(run, figures)
        if figures["epoch"] == 2:
            raise InterruptedError

    config = dataclasses.replace(CONFIG, run=tmp_path / "run")
    whole = rates(dataclasses.replace(CONFIG, run=tmp_path / "whole"))
    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(Run, "append", interrupted)
        train(config)
    assert rates(dataclasses.replace(config, resume=True)) == whole[len(whole) // 3 :]


def test_the_end_cannot_be_moved(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, epochs=1, run=tmp_path / "run")
    train(config)
    updates = read_checkpoint(tmp_path / "run/last.pt")["step"]
    with pytest.raises(SystemExit, match=f"cosine schedule ends after {updates} updates"):
        train(dataclasses.replace(config, epochs=2, resume=True))
