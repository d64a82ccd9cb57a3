"""Data sets whose images are transformed each time they are read."""

from torch import Tensor, nn
from torch.utils.data import Dataset


class Transformed(Dataset[tuple[Tensor, ...]]):
    """A data set whose images are transformed, and the rest of each sample left as it is.

    Args:
        dataset: Of samples that begin with an image, (C, H, W) float in [0, 1].
        transform: From such an image to another one.
    """

    def __init__(self, dataset: Dataset[tuple[Tensor, ...]], transform: nn.Module) -> None:
        self.dataset = dataset
        self.transform = transform

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        image, *others = self.dataset[index]
        return self.transform(image), *others
