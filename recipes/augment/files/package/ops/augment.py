"""Random crops and flips of training images (Szegedy et al., CVPR 2015, arXiv:1409.4842)."""

from torch import Tensor
from torch.utils.data import Dataset


class Augmented(Dataset[tuple[Tensor, ...]]):
    """A data set whose images are cropped and flipped at random each time they are read.

    Args:
        dataset: Of samples that begin with an image, (C, H, W) float.
        size: Height and width of the crops in pixels.
        crop_scale: Smallest share of an image's area that a crop has, in (0, 1]; its ratio of width
            to height is between 3/4 and 4/3. With 1, images are resized as they are.
        flip: Probability of a horizontal flip, in [0, 1].
    """

    def __init__(
        self,
        dataset: Dataset[tuple[Tensor, ...]],
        size: tuple[int, int],
        crop_scale: float,
        flip: float,
    ) -> None:
        from torchvision.transforms import v2  # type: ignore[import-untyped]

        self.dataset = dataset
        crop = v2.RandomResizedCrop(size, scale=(crop_scale, 1.0), antialias=True)
        whole = v2.Resize(size, antialias=True)
        self.transform = v2.Compose(
            [crop if crop_scale < 1 else whole, v2.RandomHorizontalFlip(flip)]
        )

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        image, *others = self.dataset[index]
        # Interpolation may leave the interval of the pixels.
        return self.transform(image).clamp(0, 1), *others


def larger(size: tuple[int, int]) -> tuple[int, int]:
    """Return 8/7 of a height and width, for images to crop, as 256 pixels are to 224."""
    height, width = size
    return height * 8 // 7, width * 8 // 7
