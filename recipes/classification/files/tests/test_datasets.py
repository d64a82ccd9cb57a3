{% from "composition/slots.jinja" import imports with context %}
"""The images and labels, and the message for each batch that does not match their description."""

{% call imports("test_datasets") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import check_batch, load_datasets
from {{ package }}.errors import UserError
{% endcall %}


INFO = DataInfo(channels=1, size=(8, 8), classes=tuple("abcdefghij"))


def test_images_and_labels_match_their_description() -> None:
    splits, info = load_datasets(Config())
    assert splits.keys() == {"train", "val", "test"}
    for split in splits.values():
        images, labels = next(iter(DataLoader(split, batch_size=10_000)))
        check_batch(images, labels, info)
        assert images.min() >= 0
        assert images.max() <= 1
        assert labels.unique().tolist() == list(range(len(info.classes)))


@pytest.mark.parametrize(
    ("images", "labels", "problem"),
    [
        (torch.rand(4, 8, 8), torch.arange(4), "images are (4, 8, 8) float32"),
        (torch.rand(4, 3, 8, 8), torch.arange(4), "expected (N, 1, 8, 8) float32"),
        (torch.rand(4, 1, 8, 9), torch.arange(4), "expected (N, 1, 8, 8) float32"),
        (torch.ones(4, 1, 8, 8, dtype=torch.uint8), torch.arange(4), "(4, 1, 8, 8) uint8"),
        (torch.rand(4, 1, 8, 8), torch.arange(4).float(), "labels are (4,) float32"),
        (torch.rand(4, 1, 8, 8), torch.zeros(4, 10).long(), "labels are (4, 10) int64"),
        (torch.rand(4, 1, 8, 8), torch.arange(4) + 7, "(4,) int64 in [7, 10]: expected (4,)"),
        (torch.rand(4, 1, 8, 8), torch.arange(4) - 1, "(4,) int64 in [-1, 2]: expected (4,)"),
    ],
)
def test_a_batch_that_does_not_match_is_refused(
    images: Tensor, labels: Tensor, problem: str
) -> None:
    with pytest.raises(UserError) as error:
        check_batch(images, labels, INFO)
    assert problem in str(error.value)


def test_all_problems_of_a_batch_are_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        check_batch(torch.rand(4, 8, 8), torch.arange(3), INFO)
    assert len(str(error.value).splitlines()) == 2
