{% from "composition/slots.jinja" import imports with context %}
"""The warm-up: a straight line to the whole rate, from above 0."""

{% call imports("test_warmup") %}
from pathlib import Path
import pytest
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
from {{ package }}.config import Config
from train import train
{% endcall %}



def rates(run: Path, warmup_epochs: float) -> list[float]:
    """Train for two epochs at rate 1e-3 and return the rate of each update."""
    seen: list[float] = []

    def keep(optimizer: Optimizer, *_: object) -> None:
        seen.append(optimizer.param_groups[0]["lr"])

    handle = register_optimizer_step_pre_hook(keep)
    try:
        train(Config(epochs=2, lr=1e-3, run=run, warmup_epochs=warmup_epochs))
    finally:
        handle.remove()
    return seen


@pytest.mark.parametrize("warmup_epochs", [0.0, 0.5, 1.0, 1.5])
def test_every_rate_has_its_closed_form(warmup_epochs: float, tmp_path: Path) -> None:
    unwarmed = rates(tmp_path / "unwarmed", 0.0)
    updates = round(warmup_epochs * len(unwarmed) / 2)
    expected = [rate * min(1.0, (t + 1) / (updates + 1)) for t, rate in enumerate(unwarmed)]
    assert rates(tmp_path / "run", warmup_epochs) == pytest.approx(expected, rel=1e-6)


def test_the_first_update_counts(tmp_path: Path) -> None:
    assert rates(tmp_path / "run", 2.0)[0] > 0


def test_without_warmup_the_first_rate_is_whole(tmp_path: Path) -> None:
    assert rates(tmp_path / "run", 0.0)[0] == 1e-3
