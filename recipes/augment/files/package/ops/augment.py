"""Random crops and flips of training images (Szegedy et al., CVPR 2015, arXiv:1409.4842)."""

from torch import Tensor, nn


class CropAndFlip(nn.Module):
    """Crops an image at random, resizes the crop and flips it with a probability.

    Maps (C, H, W) float in [0, 1] to (C, height, width).

    Args:
        size: Height and width of the result in pixels.
        crop_scale: Smallest share of an image's area that a crop has, in (0, 1]; its ratio of width
            to height is between 3/4 and 4/3. With 1, images are resized as they are.
        flip: Probability of a horizontal flip, in [0, 1].
    """

    def __init__(self, size: tuple[int, int], crop_scale: float, flip: float) -> None:
        from torchvision.transforms import v2  # type: ignore[import-untyped]

        super().__init__()
        crop = v2.RandomResizedCrop(size, scale=(crop_scale, 1.0), antialias=True)
        whole = v2.Resize(size, antialias=True)
        self.crop = crop if crop_scale < 1 else whole
        self.flip = v2.RandomHorizontalFlip(flip)

    def forward(self, image: Tensor) -> Tensor:
        cropped: Tensor = self.flip(self.crop(image))
        return cropped.clamp(0, 1)  # interpolation may leave the interval of the pixels


def larger(size: tuple[int, int]) -> tuple[int, int]:
    """Return 8/7 of a height and width, for images to crop, as 256 pixels are to 224."""
    height, width = size
    return height * 8 // 7, width * 8 // 7
