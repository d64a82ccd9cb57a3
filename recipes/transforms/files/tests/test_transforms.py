{% from "composition/slots.jinja" import imports with context %}
"""Transforms: of training images alone, in their order."""

{% call imports("test_transforms") %}
from collections.abc import Iterator
from typing import Any
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from {{ package }}.config import Config
from {{ package }}.datasets import load_datasets
from {{ package }}.ops.transforms import Transformed
{% endcall %}



class Double(nn.Module):
    """Multiplies by 2."""

    def forward(self, image: Tensor) -> Tensor:
        return image * 2


class Increment(nn.Module):
    """Adds 1."""

    def forward(self, image: Tensor) -> Tensor:
        return image + 1


def wrapped(dataset: Any) -> Iterator[Any]:
    """Yield a data set and those that it wraps."""
    while dataset is not None:
        yield dataset
        dataset = getattr(dataset, "dataset", None)


def test_images_are_transformed_in_order_and_labels_kept() -> None:
    images, labels = torch.rand(3, 1, 4, 4), torch.arange(3)
    data = Transformed(TensorDataset(images, labels), nn.Sequential(Double(), Increment()))
    assert len(data) == 3
    for index in range(3):
        image, label = data[index]
        assert torch.equal(image, 2 * images[index] + 1)
        assert label == index


def test_training_images_alone_are_transformed() -> None:
    splits, info = load_datasets(Config())
    counts = {
        name: sum(isinstance(layer, Transformed) for layer in wrapped(split))
        for name, split in splits.items()
    }
    assert counts == {"train": 1, "val": 0, "test": 0}
    for name in ("val", "test"):
        assert torch.equal(splits[name][0][0], splits[name][0][0])
    image, *_ = splits["train"][0]
    assert image.shape == (info.channels, *info.size)
    assert 0 <= image.min() <= image.max() <= 1
