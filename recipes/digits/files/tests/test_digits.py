{% from "composition/slots.jinja" import imports with context %}
{% set is_source = task in ["classification", "gan"] %}
"""The digits against scikit-learn's, and their split."""

{% call imports("test_digits") %}
import importlib.util
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from torch import Tensor
from {{ package }}.digits import read_digits, split_digits
{% if is_source %}
from {{ package }}.config import Config
from {{ package }}.digits import load_splits
{% endif %}
{% endcall %}



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


def test_every_digit_is_in_exactly_one_split() -> None:
    splits = split_digits()
    assert {name: len(labels) for name, (_, labels) in splits.items()} == {
        "train": 1197,
        "val": 300,
        "test": 300,
    }
    found = [sample for split in splits.values() for sample in samples(*split)]
    assert sorted(found) == sorted(samples(*read_digits()))


def test_every_split_has_every_digit() -> None:
    for _, labels in split_digits().values():
        assert labels.unique().tolist() == list(range(10))


def test_the_split_does_not_depend_on_the_seed() -> None:
    torch.manual_seed(1)
    first = split_digits()
    torch.manual_seed(2)
    second = split_digits()
    for name, split in first.items():
        assert samples(*split) == samples(*second[name])
{% if is_source %}


def test_the_description_is_that_of_the_digits() -> None:
    splits, info = load_splits(Config())
    assert splits.keys() == {"train", "val", "test"}
    image, _ = splits["val"][0]
    assert image.shape == (info.channels, *info.size) == (1, 8, 8)
    assert info.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
{% endif %}


def test_missing_scikit_learn_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        read_digits()
