"""The labels of a data set, if possible without reading its samples."""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset, TensorDataset


def labels_of(dataset: Dataset[Any]) -> Tensor:
    """Return the class numbers of all samples, (N,) int64.

    A data set that wraps another one as ``dataset``, sample by sample, has the labels of that one.
    One that has ``labels``, or ``targets`` as torchvision's have, is believed. Of any other one,
    every sample is read: (input, label).
    """
    if isinstance(dataset, TensorDataset):
        return dataset.tensors[1]
    if isinstance(dataset, Subset):
        return labels_of(dataset.dataset)[list(dataset.indices)]
    for name in ("labels", "targets"):
        if hasattr(dataset, name):
            return torch.as_tensor(getattr(dataset, name), dtype=torch.int64)
    count = len(dataset)  # type: ignore[arg-type]
    wrapped = getattr(dataset, "dataset", None)
    if wrapped is not None and len(wrapped) == count:
        return labels_of(wrapped)
    return torch.tensor([int(dataset[index][1]) for index in range(count)], dtype=torch.int64)
