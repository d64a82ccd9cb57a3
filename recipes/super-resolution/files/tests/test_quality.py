"""PSNR and SSIM against scikit-image's."""

import numpy as np
import pytest
import torch
from skimage import metrics
from torch import Tensor

from {{ package }}.ops.quality import psnr, ssim

SIZES = [(11, 11), (12, 31), (36, 36), (60, 45)]


def pairs(channels: int, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return five originals, smooth and rough, dark and bright, and images more and less like."""
    torch.manual_seed(0)
    levels = torch.linspace(0, 0.7, 5, dtype=torch.float64).view(5, 1, 1, 1)
    originals = levels + 0.3 * torch.rand(5, channels, *size, dtype=torch.float64) ** 3
    images = originals + (0.01 + 0.2 * levels) * torch.randn_like(originals)
    return images.clamp(0, 1), originals


def reference_ssim(image: Tensor, original: Tensor) -> float:
    return float(
        metrics.structural_similarity(
            original.numpy(),
            image.numpy(),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=0,
        )
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_psnr_is_that_of_scikit_image(channels: int, size: tuple[int, int]) -> None:
    images, originals = pairs(channels, size)
    expected = [
        metrics.peak_signal_noise_ratio(original.numpy(), image.numpy(), data_range=1)
        for image, original in zip(images, originals, strict=True)
    ]
    np.testing.assert_allclose(psnr(images, originals), expected, rtol=1e-12)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_that_of_scikit_image(channels: int, size: tuple[int, int]) -> None:
    images, originals = pairs(channels, size)
    both = zip(images, originals, strict=True)
    expected = [reference_ssim(image, original) for image, original in both]
    np.testing.assert_allclose(ssim(images, originals), expected, rtol=1e-11)
    single = ssim(images.float(), originals.float())
    np.testing.assert_allclose(single, expected, atol=2e-6)


def test_a_bright_and_even_image_needs_no_float64() -> None:
    """Its variance is a millionth of its square: the worst case of float32."""
    originals = 0.98 + 0.002 * torch.rand(4, 3, 20, 20, dtype=torch.float64)
    images = originals + 0.002 * torch.rand_like(originals)
    single = ssim(images.float(), originals.float()).double()
    torch.testing.assert_close(single, ssim(images, originals), rtol=0, atol=1e-6)


def test_mixed_precision_computes_in_float32() -> None:
    images, originals = (tensor.float() for tensor in pairs(3, (20, 20)))
    plain = psnr(images, originals), ssim(images, originals)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = psnr(images, originals), ssim(images, originals)
    assert all(map(torch.equal, plain, mixed))


def test_an_image_equal_to_its_original_has_the_highest_metrics() -> None:
    images = torch.rand(2, 3, 20, 20)
    assert psnr(images, images).tolist() == pytest.approx([100, 100])
    assert ssim(images, images).tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("size", [(10, 20), (20, 10)])
def test_an_image_smaller_than_a_window_is_refused(size: tuple[int, int]) -> None:
    images = torch.rand(2, 3, *size)
    with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} pixels: expected at least 11 x"):
        ssim(images, images)
