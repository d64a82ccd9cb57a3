{% from "composition/slots.jinja" import imports with context %}
"""The images and labels, and what is said of batches that cannot be learned from."""

{% call imports("test_datasets") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }}.datasets import CLASSES, check_batch, load_datasets
{% endcall %}



def test_images_and_labels_are_of_the_promised_types_and_ranges() -> None:
    for dataset in load_datasets().values():
        images, labels = next(iter(DataLoader(dataset, batch_size=10_000)))
        check_batch(images, labels)
        assert images.min() == 0
        assert images.max() == 1
        assert labels.unique().tolist() == list(range(len(CLASSES)))


@pytest.mark.parametrize(
    ("images", "labels", "problem"),
    [
        (torch.rand(4, 8, 8), torch.arange(4), "images are (4, 8, 8) float32"),
        (torch.ones(4, 1, 8, 8, dtype=torch.uint8), torch.arange(4), "(4, 1, 8, 8) uint8"),
        (torch.rand(4, 1, 8, 8), torch.arange(4).float(), "labels are (4,) float32"),
        (torch.rand(4, 1, 8, 8), torch.zeros(4, 10).long(), "labels are (4, 10) int64"),
        (torch.rand(4, 1, 8, 8), torch.arange(4) + 7, "(4,) int64 in [7, 10]: expected (4,)"),
        (torch.rand(4, 1, 8, 8), torch.arange(4) - 1, "(4,) int64 in [-1, 2]: expected (4,)"),
    ],
)
def test_a_batch_that_cannot_be_learned_from_is_refused(
    images: Tensor, labels: Tensor, problem: str
) -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(images, labels)
    assert problem in str(left.value)


def test_all_that_is_wrong_with_a_batch_is_told() -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(torch.rand(4, 8, 8), torch.arange(3))
    assert len(str(left.value).splitlines()) == 2
