"""The digits against scikit-learn's, and the split."""

import importlib.util

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from torch import Tensor
from torch.utils.data import DataLoader

from {{ package }} import datasets


def load_all() -> dict[str, tuple[Tensor, Tensor]]:
    return {
        name: next(iter(DataLoader(dataset, batch_size=10_000)))
        for name, dataset in datasets.load_datasets().items()
    }


def test_digits_are_those_of_scikit_learn() -> None:
    images, labels = datasets.read_digits()
    digits = load_digits()
    np.testing.assert_array_equal(images.squeeze(1).numpy() * 16, digits.images)
    np.testing.assert_array_equal(labels.numpy(), digits.target)


def test_images_and_labels_are_of_the_promised_types_and_ranges() -> None:
    for images, labels in load_all().values():
        assert images.dtype == torch.float32
        assert images.ndim == 4
        assert images.min() == 0
        assert images.max() == 1
        assert labels.dtype == torch.int64
        assert labels.unique().tolist() == list(range(len(datasets.CLASSES)))


def test_every_digit_is_in_exactly_one_split() -> None:
    splits = load_all()
    assert {name: len(labels) for name, (_, labels) in splits.items()} == {
        "train": 1197,
        "val": 300,
        "test": 300,
    }

    def samples(images: Tensor, labels: Tensor) -> list[bytes]:
        return [
            image.numpy().tobytes() + bytes([label])
            for image, label in zip(images, labels.tolist(), strict=True)
        ]

    split = [sample for part in splits.values() for sample in samples(*part)]
    assert sorted(split) == sorted(samples(*datasets.read_digits()))


def test_the_split_is_the_same_whatever_the_seed() -> None:
    torch.manual_seed(1)
    first = load_all()
    torch.manual_seed(2)
    second = load_all()
    for name, parts in first.items():
        for one, other in zip(parts, second[name], strict=True):
            assert torch.equal(one, other)


def test_missing_scikit_learn_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        datasets.read_digits()
