{% from "composition/slots.jinja" import imports, slot with context %}
{% set ways = [] %}
{% for way in slot("mixing.ways").strip().splitlines() %}
{% set _ = ways.append(way.split(",")[0]) %}
{% endfor %}
"""One way of mixing for each batch, drawn by the seed of the run."""

{% call imports("test_mixing") %}
from pathlib import Path
import pytest
from torch import Tensor
import train as script
from {{ package }}.config import Config
from train import train
{% endcall %}


WAYS = {{ ways | tojson }}


def drawn(run: Path, seed: int) -> tuple[list[str], int]:
    """Train and return the ways in which batches are mixed, and the number of the batches."""
    found: list[str] = []
    batches = 0

    def recorder(name: str) -> object:
        def mix(inputs: Tensor, targets: Tensor, _alpha: float) -> tuple[Tensor, Tensor]:
            found.append(name)
            return inputs, targets

        return mix

    def counted(*arguments: object) -> Tensor:
        nonlocal batches
        batches += 1
        return training_loss(*arguments)  # type: ignore[arg-type]

    training_loss = script.training_loss
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script, "training_loss", counted)
        for name in WAYS:
            patch.setattr(script, name, recorder(name))
        train(Config(epochs=4, run=run, seed=seed))
    return found, batches


def test_every_batch_is_mixed_once_and_every_way_occurs(tmp_path: Path) -> None:
    found, batches = drawn(tmp_path / "run", seed=0)
    assert len(found) == batches
    assert set(found) == set(WAYS)


def test_the_ways_depend_on_the_seed_alone(tmp_path: Path) -> None:
    first, _ = drawn(tmp_path / "first", seed=0)
    second, _ = drawn(tmp_path / "second", seed=0)
    other, _ = drawn(tmp_path / "other", seed=1)
    assert first == second
    assert (first == other) == (len(WAYS) == 1)
