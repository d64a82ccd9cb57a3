"""Policies of random image operations, by name, from torchvision's transforms v2.

RandAugment (Cubuk et al., NeurIPS 2020, arXiv:1909.13719), TrivialAugment (Müller and Hutter, ICCV
2021, arXiv:2103.10158), AutoAugment (Cubuk et al., CVPR 2019, arXiv:1805.09501) and AugMix
(Hendrycks et al., ICLR 2020, arXiv:1912.02781).
"""

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor, nn

Policy = Literal["none", "rand", "trivial", "auto", "augmix"]
Found = Literal["imagenet", "cifar10", "svhn"]


class AutoAugment(nn.Module):
    """Changes an image by the random operations of a policy.

    Maps (C, H, W) float32 in [0, 1] to the same, with C 1 or 3.

    Args:
        policy: Its name; ``none`` leaves images as they are.
        operations: Operations that RandAugment applies to an image, at least 1.
        magnitude: Strength of RandAugment's operations, in [0, 30].
        found: Data set on which AutoAugment's operations were found.
        severity: Strength of AugMix's operations, in [1, 10].

    Raises:
        ValueError: The policy is not one of ``Policy``.
    """

    def __init__(
        self,
        policy: Policy,
        operations: int = 2,
        magnitude: int = 9,
        found: Found = "imagenet",
        severity: int = 3,
    ) -> None:
        super().__init__()
        self.transform = build_policy(policy, operations, magnitude, found, severity)

    def forward(self, image: Tensor) -> Tensor:
        return self.transform(image)


def build_policy(
    policy: Policy, operations: int, magnitude: int, found: Found, severity: int
) -> Callable[[Tensor], Tensor]:
    """Return a function from an image to a changed one, both (C, H, W) float32 in [0, 1].

    The arguments are those of ``AutoAugment``.
    """
    if policy == "none":
        return nn.Identity()
    from torchvision.transforms import v2  # type: ignore[import-untyped]

    smooth = v2.InterpolationMode.BILINEAR
    if policy == "rand":
        transform = v2.RandAugment(operations, magnitude, interpolation=smooth)
    elif policy == "trivial":
        transform = v2.TrivialAugmentWide(interpolation=smooth)
    elif policy == "augmix":
        transform = v2.AugMix(severity, interpolation=smooth)
    elif policy == "auto":
        transform = v2.AutoAugment(v2.AutoAugmentPolicy(found), interpolation=smooth)
    else:
        raise ValueError(f"policy is {policy}: expected one of {', '.join(get_args(Policy))}")
    composed: Callable[[Tensor], Tensor] = v2.Compose(
        [
            v2.ToDtype(torch.uint8, scale=True),
            v2.ToPILImage(),  # the policies were published with Pillow's operations
            transform,
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.ToPureTensor(),
        ]
    )
    return composed
