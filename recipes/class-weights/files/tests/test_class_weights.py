{% from "composition/slots.jinja" import imports, slot with context %}
"""Weights of classes: their formulas, and the loss against PyTorch's with the same weights."""

{% call imports("test_class_weights") %}
from collections.abc import Callable
from pathlib import Path
from typing import Any
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
import train as script
from {{ package }}.checkpoint import TrainState
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.loaders import TrainingLoader
from {{ package }}.losses import loss_function
from {{ package }}.ops.class_weights import weigh_classes
from train import train
{% endcall %}


COUNTS = torch.tensor([1, 10, 100, 0])


def test_inverse_weights_give_every_class_the_same_sum() -> None:
    weights = weigh_classes(COUNTS, "inverse")
    assert (weights * COUNTS).tolist() == pytest.approx([37, 37, 37, 0])


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.9999])
def test_effective_weights_are_those_of_geometric_series(beta: float) -> None:
    weights = weigh_classes(COUNTS, "effective", beta).tolist()
    effective = [sum(beta**power for power in range(count)) for count in COUNTS.tolist()]
    for one, other in ((0, 1), (1, 2)):
        expected = effective[other] / effective[one]
        assert weights[one] / weights[other] == pytest.approx(expected, rel=1e-5)
    assert weights[3] == 0


@pytest.mark.parametrize("beta", [1e-6, 0.5, 0.999999])
def test_the_mean_over_all_samples_is_1_and_equal_counts_change_nothing(beta: float) -> None:
    kinds: list[Any] = ["inverse", "effective"]
    for kind in kinds:
        mean = (weigh_classes(COUNTS, kind, beta) * COUNTS).sum() / COUNTS.sum()
        assert mean.item() == pytest.approx(1)
        torch.testing.assert_close(weigh_classes(torch.full((5,), 7), kind, beta), torch.ones(5))


def test_a_weighted_target_has_the_loss_of_a_weighted_class() -> None:
    torch.manual_seed(0)
    weights = weigh_classes(COUNTS, "inverse")
    logits, labels = torch.randn(20, 4), torch.randint(3, (20,))
    targets = F.one_hot(labels, 4) * weights
    expected = F.cross_entropy(logits, labels, weights, reduction="sum") / 20
    torch.testing.assert_close(loss_function(logits, targets), expected)


class Trained(Exception):
    """Ends a training in its first batch."""


@pytest.mark.parametrize("weighting", ["inverse", "effective"])
def test_training_weighs_targets_by_the_labels_of_the_training_set(
    weighting: Any,
    few_samples: Callable[[Config], tuple[Splits, DataInfo]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Tensor] = []

    def keep(_model: object, state: TrainState, loader: TrainingLoader, *_: object) -> None:
        found.append(state.class_weights)
        raise Trained

    monkeypatch.setattr(script, "train_epoch", keep)
    config = Config(epochs=1, run=tmp_path / "run", class_weighting=weighting)
    with pytest.raises(Trained):
        train(config)
    splits, info = few_samples(config)
    labels = [int(splits["train"][index][1]) for index in range(len(splits["train"]))]  # type: ignore[arg-type]
    counts = torch.tensor([labels.count(number) for number in range(len(info.classes))])
    assert torch.equal(found[0].cpu(), weigh_classes(counts, weighting, config.effective_beta))
