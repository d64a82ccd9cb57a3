"""How near an image is to the original: PSNR, and SSIM (Wang et al., IEEE TIP 2004)."""

import math

import torch
from torch import Tensor

SMALLEST_ERROR = 1e-10
WINDOW = 11
"""Side of the windows of SSIM, in pixels."""
BELL = [math.exp(-(((place - WINDOW // 2) / 1.5) ** 2) / 2) for place in range(WINDOW)]
WEIGHTS = [height / sum(BELL) for height in BELL]


def psnr(images: Tensor, originals: Tensor) -> Tensor:
    """Return the peak signal-to-noise ratio of each image in dB, (N,).

    A mean squared error below 1e-10 counts as 1e-10, so that an image that is the same as the
    original has 100 dB and not infinitely many.

    Args:
        images: (N, C, H, W) float in [0, 1].
        originals: Of the same shape and range.
    """
    errors = (images - originals).square().mean((1, 2, 3))
    return errors.clamp(min=SMALLEST_ERROR).log10().mul(-10)


def ssim(images: Tensor, originals: Tensor) -> Tensor:
    """Return the structural similarity of each image, (N,) in [-1, 1].

    It is the mean over the channels and over all windows, 11 x 11 pixels weighed by a Gaussian with
    a deviation of 1.5 pixels, that lie wholly inside.

    Args:
        images: (N, C, H >= 11, W >= 11) float in [0, 1].
        originals: Of the same shape and range.

    Raises:
        ValueError: The images are smaller than a window.
    """
    height, width = originals.shape[-2:]
    if min(height, width) < WINDOW:
        expected = f"at least {WINDOW} x {WINDOW}, a window of the SSIM"
        raise ValueError(f"images are {height} x {width} pixels: expected {expected}")
    # A variance is a small difference of large numbers; near 0 they are less large.
    centre = originals.mean((2, 3), keepdim=True)
    x, y = images - centre, originals - centre
    means = window_means(torch.stack([x, y, x * x, y * y, x * y]))
    x_mean, y_mean, xx, yy, xy = means.unbind()
    variances = xx - x_mean**2 + yy - y_mean**2
    covariance = xy - x_mean * y_mean
    x_mean, y_mean = x_mean + centre, y_mean + centre
    luminance = (2 * x_mean * y_mean + 0.01**2) / (x_mean**2 + y_mean**2 + 0.01**2)
    structure = (2 * covariance + 0.03**2) / (variances + 0.03**2)
    return (luminance * structure).mean((1, 2, 3))


def window_means(images: Tensor) -> Tensor:
    """Return the weighted means of all windows: (..., H, W) becomes (..., H - 10, W - 10)."""
    for dim in (-2, -1):
        length = images.shape[dim] - WINDOW + 1
        # A convolution would be shorter, but devices may do one in fewer bits: TF32, autocast.
        means = torch.zeros_like(images.narrow(dim, 0, length))
        for start, weight in enumerate(WEIGHTS):
            means += weight * images.narrow(dim, start, length)
        images = means
    return images
