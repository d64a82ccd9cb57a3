{% from "composition/slots.jinja" import imports with context %}
"""Gradient accumulation: an update from small batches equals one from a large batch."""

{% call imports("test_accumulate") %}
import json
import math
from pathlib import Path
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from {{ package }}.config import Config
from {{ package }}.ops.accumulation import accumulation_group
from train import train
from collections.abc import Callable
from {{ package }}.data_info import DataInfo, Splits
{% endcall %}



@pytest.mark.parametrize("batches", range(1, 13))
@pytest.mark.parametrize("size", range(1, 8))
def test_groups_are_slices_of_the_epoch(batches: int, size: int) -> None:
    numbers = list(range(batches))
    slices = [numbers[first : first + size] for first in range(0, batches, size)]
    expected = [(len(part), number == part[-1]) for part in slices for number in part]
    assert [accumulation_group(number, batches, size) for number in numbers] == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_gradients_equal_those_of_one_large_batch(size: int) -> None:
    inputs, targets = torch.randn(5, 4, 3), torch.randint(2, (5, 4))
    model, batches = nn.Linear(3, 2).double(), inputs.double()
    for first in range(0, 5, size):
        model.zero_grad()
        large = slice(first, first + size)
        F.cross_entropy(model(batches[large].flatten(0, 1)), targets[large].flatten()).backward()
        assert model.weight.grad is not None
        expected = model.weight.grad.clone()
        model.zero_grad()
        for batch in range(*large.indices(5)):
            group, update = accumulation_group(batch, 5, size)
            (F.cross_entropy(model(batches[batch]), targets[batch]) / group).backward()
        assert update
        torch.testing.assert_close(model.weight.grad, expected)


@pytest.mark.parametrize("size", [1, 4])
def test_training_updates_once_for_each_group(
    size: int, few_samples: Callable[[Config], tuple[Splits, DataInfo]], tmp_path: Path
) -> None:
    config = Config(epochs=1, run=tmp_path / "run", accumulate=size)
    metrics = json.loads((train(config) / "metrics.jsonl").read_text())
    splits, _ = few_samples(config)
    samples = len(splits["train"])  # type: ignore[arg-type]
    assert metrics["step"] == math.ceil(samples // config.batch_size / size)
