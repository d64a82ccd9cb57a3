{% from "composition/slots.jinja" import imports with context %}
"""Labels: those of the samples, whatever a data set is wrapped in."""

{% call imports("test_labels") %}
from typing import Any
import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset
from {{ package }}.config import Config
from {{ package }}.datasets import load_datasets
from {{ package }}.labels import labels_of
{% endcall %}


IMAGES, LABELS = torch.zeros(6, 1, 2, 2), torch.tensor([2, 0, 1, 1, 2, 0])


class Plain(Dataset[tuple[Tensor, ...]]):
    """Samples that must be read."""

    def __len__(self) -> int:
        return len(LABELS)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return IMAGES[index], LABELS[index]


class Wrapper(Plain):
    """Another data set, as ``dataset``; its samples cannot be read."""

    def __init__(self, dataset: Dataset[Any]) -> None:
        self.dataset = dataset

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        raise AssertionError(f"sample {index} is read")


class WithTargets(Wrapper):
    """Knows its labels by torchvision's name."""

    def __init__(self) -> None:
        self.targets = LABELS.tolist()


@pytest.mark.parametrize(
    "dataset", [Plain(), TensorDataset(IMAGES, LABELS), Wrapper(Wrapper(Plain())), WithTargets()]
)
def test_labels_are_those_of_the_samples(dataset: Dataset[Any]) -> None:
    assert torch.equal(labels_of(dataset), LABELS)
    assert torch.equal(labels_of(Subset(dataset, [3, 0])), LABELS[[3, 0]])


def test_a_part_of_a_data_set_that_is_called_dataset_is_not_taken_for_the_whole() -> None:
    class Twice(Plain):
        """Each sample of another data set twice."""

        dataset = TensorDataset(IMAGES, LABELS)

        def __len__(self) -> int:
            return 2 * len(LABELS)

        def __getitem__(self, index: int) -> tuple[Tensor, ...]:
            return IMAGES[index // 2], LABELS[index // 2]

    assert torch.equal(labels_of(Twice()), LABELS.repeat_interleave(2))


def test_labels_of_this_project_are_those_that_are_loaded() -> None:
    splits, _ = load_datasets(Config())
    for name in ("train", "val"):
        labels = labels_of(splits[name])
        assert len(labels) == len(splits[name])  # type: ignore[arg-type]
        for index in range(0, len(labels), 1 + len(labels) // 20):
            assert splits[name][index][1] == labels[index]
