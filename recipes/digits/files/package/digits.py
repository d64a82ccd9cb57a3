{% from "composition/slots.jinja" import imports with context %}
{% set is_source = task in ["classification", "gan"] %}
"""Scikit-learn's 1,797 real handwritten digits (Alpaydin and Kaynak, UCI 1998)."""

{% call imports("digits") %}
import importlib.util
from pathlib import Path
import numpy as np
import torch
from torch import Tensor
{% if is_source %}
from torch.utils.data import TensorDataset
from .config import Config
from .data_info import DataInfo, Splits
{% endif %}
{% endcall %}


{% if is_source %}

def load_splits(config: Config) -> tuple[Splits, DataInfo]:
    """Return ``train``, ``val`` and ``test``, and their description.

    A sample is an image, (1, 8, 8) float in [0, 1], and its class number, int64.
    """
    splits = {name: TensorDataset(*split) for name, split in split_digits().items()}
    return splits, DataInfo(channels=1, size=(8, 8), classes=tuple("0123456789"))

{% endif %}

def read_digits() -> tuple[Tensor, Tensor]:
    """Return images, (1797, 1, 8, 8) float in [0, 1], and labels, (1797,) int64 in [0, 9].

    The file of ``sklearn.datasets.load_digits`` is read directly, because the import of
    scikit-learn takes longer than an epoch.
    """
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the digits come with scikit-learn: pip install scikit-learn")
    table = np.loadtxt(Path(package.origin).parent / "datasets/data/digits.csv.gz", delimiter=",")
    images = torch.from_numpy(table[:, :-1]).float().div(16).view(-1, 1, 8, 8)
    return images, torch.from_numpy(table[:, -1]).long()


def split_digits() -> dict[str, tuple[Tensor, Tensor]]:
    """Return images and labels of ``train``, ``val`` and ``test``: 1,197, 300 and 300 digits.

    The split is the same in every run, whatever its seed.
    """
    images, labels = read_digits()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    parts = {"test": order[:300], "val": order[300:600], "train": order[600:]}
    return {name: (images[part], labels[part]) for name, part in parts.items()}
