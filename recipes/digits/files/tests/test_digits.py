"""The digits against scikit-learn's, and their split."""

import importlib.util

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from torch import Tensor

from {{ package }}.digits import read_digits, split_digits


def test_digits_are_those_of_scikit_learn() -> None:
    images, labels = read_digits()
    digits = load_digits()
    np.testing.assert_array_equal(images.squeeze(1).numpy() * 16, digits.images)
    np.testing.assert_array_equal(labels.numpy(), digits.target)


def samples(images: Tensor, labels: Tensor) -> list[bytes]:
    return [
        image.numpy().tobytes() + bytes([label])
        for image, label in zip(images, labels.tolist(), strict=True)
    ]


def test_every_digit_is_in_exactly_one_part() -> None:
    parts = split_digits()
    assert {name: len(labels) for name, (_, labels) in parts.items()} == {
        "train": 1197,
        "val": 300,
        "test": 300,
    }
    split = [sample for part in parts.values() for sample in samples(*part)]
    assert sorted(split) == sorted(samples(*read_digits()))


def test_every_part_has_every_digit() -> None:
    for _, labels in split_digits().values():
        assert labels.unique().tolist() == list(range(10))


def test_the_split_is_the_same_whatever_the_seed() -> None:
    torch.manual_seed(1)
    first = split_digits()
    torch.manual_seed(2)
    second = split_digits()
    for name, part in first.items():
        assert samples(*part) == samples(*second[name])


def test_missing_scikit_learn_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        read_digits()
