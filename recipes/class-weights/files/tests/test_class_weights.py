{% from "composition/slots.jinja" import imports, slot with context %}
"""Weights of classes: their formulas, and the loss against PyTorch's with the same weights."""

{% call imports("test_class_weights") %}
from collections.abc import Callable
from pathlib import Path
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
from {{ package }}.ops.class_weights import effective_weights, inverse_weights
from train import train
{% endcall %}


COUNTS = torch.tensor([1, 10, 100, 0])


def test_inverse_weights_give_every_class_the_same_sum() -> None:
    weights = inverse_weights(COUNTS)
    assert (weights * COUNTS).tolist() == pytest.approx([37, 37, 37, 0])


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.9999])
def test_effective_weights_are_those_of_geometric_series(beta: float) -> None:
    weights = effective_weights(COUNTS, beta).tolist()
    effective = [sum(beta**power for power in range(count)) for count in COUNTS.tolist()]
    for one, other in ((0, 1), (1, 2)):
        expected = effective[other] / effective[one]
        assert weights[one] / weights[other] == pytest.approx(expected, rel=1e-5)
    assert weights[3] == 0


@pytest.mark.parametrize("beta", [1e-6, 0.5, 0.999999])
def test_the_mean_over_all_samples_is_1_and_equal_counts_change_nothing(beta: float) -> None:
    for weights in (inverse_weights(COUNTS), effective_weights(COUNTS, beta)):
        assert (weights * COUNTS).sum().item() / COUNTS.sum().item() == pytest.approx(1)
    equal = torch.full((5,), 7)
    for weights in (inverse_weights(equal), effective_weights(equal, beta)):
        torch.testing.assert_close(weights, torch.ones(5))


def test_a_weighted_target_has_the_loss_of_a_weighted_class() -> None:
    torch.manual_seed(0)
    logits, labels, weights = torch.randn(20, 4), torch.randint(3, (20,)), inverse_weights(COUNTS)
    targets = F.one_hot(labels, 4) * weights
    expected = F.cross_entropy(logits, labels, weights, reduction="sum") / 20
    torch.testing.assert_close(loss_function(logits, targets), expected)


class Trained(Exception):
    """Ends a training in its first batch."""


@pytest.mark.parametrize("weighting", ["inverse", "effective"])
def test_training_weighs_targets_by_the_labels_of_the_training_set(
    weighting: str,
    few_samples: Callable[[Config], tuple[Splits, DataInfo]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Tensor] = []

    def keep(_model: object, state: TrainState, loader: TrainingLoader, *_: object) -> None:
        found.append(state.class_weights)
        raise Trained

    monkeypatch.setattr(script, "train_epoch", keep)
    config = Config(epochs=1, run=tmp_path / "run", class_weighting=weighting)  # type: ignore[arg-type]
    with pytest.raises(Trained):
        train(config)
    splits, info = few_samples(config)
    labels = [int(splits["train"][index][1]) for index in range(len(splits["train"]))]  # type: ignore[arg-type]
    counts = torch.tensor([labels.count(number) for number in range(len(info.classes))])
    inverse, effective = inverse_weights(counts), effective_weights(counts, config.effective_beta)
    assert torch.equal(found[0].cpu(), inverse if weighting == "inverse" else effective)
