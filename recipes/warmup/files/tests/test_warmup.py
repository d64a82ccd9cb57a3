{% from "composition/slots.jinja" import imports with context %}
"""Warm-up: a straight line to the full learning rate, from above 0."""

{% call imports("test_warmup") %}
import dataclasses
from pathlib import Path
import pytest
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from {{ package }}.runs import Run
from train import train
{% endcall %}



def learning_rates(run: Path, warmup_epochs: float) -> list[list[float]]:
    """Train for two epochs and return the learning rate of each group at each update."""
    seen: list[list[float]] = []

    def keep(optimizer: Optimizer, *_: object) -> None:
        seen.append([group["lr"] for group in optimizer.param_groups])
        if warmup_epochs == 0 and len(seen) == 1:
            assert seen == [[group["initial_lr"] for group in optimizer.param_groups]]

    handle = register_optimizer_step_pre_hook(keep)
    try:
        train(Config(epochs=2, lr=1e-3, run=run, warmup_epochs=warmup_epochs))
    finally:
        handle.remove()
    return seen


@pytest.mark.parametrize("warmup_epochs", [0.0, 0.5, 1.0, 1.5])
def test_the_learning_rate_has_its_closed_form(warmup_epochs: float, tmp_path: Path) -> None:
    full = learning_rates(tmp_path / "full", 0.0)
    updates = round(warmup_epochs * len(full) / 2)
    warm = learning_rates(tmp_path / "warm", warmup_epochs)
    assert len(warm) == len(full)
    for number, (found, unwarmed) in enumerate(zip(warm, full, strict=True)):
        factor = min(1.0, (number + 1) / (updates + 1))
        assert found == pytest.approx([factor * lr for lr in unwarmed], rel=1e-6)


def test_the_first_update_has_a_learning_rate_above_0(tmp_path: Path) -> None:
    assert min(learning_rates(tmp_path / "run", 2.0)[0]) > 0


def test_without_warmup_the_first_learning_rate_is_the_full_one(tmp_path: Path) -> None:
    assert 1e-3 in learning_rates(tmp_path / "run", 0.0)[0]


def test_a_warm_up_that_was_begun_cannot_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Run.append

    def interrupted(run: Run, metrics: dict[str, float]) -> None:
        append(run, metrics)
        raise InterruptedError

    config = Config(epochs=2, run=tmp_path / "run", warmup_epochs=2.0)
    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(Run, "append", interrupted)
        train(config)
    with pytest.raises(UserError, match=r"--warmup-epochs is 0\.5, but this run began with"):
        train(dataclasses.replace(config, resume=True, warmup_epochs=0.5))
    train(dataclasses.replace(config, resume=True))
