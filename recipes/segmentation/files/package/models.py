{% from "composition/slots.jinja" import imports, slot with context %}
"""The model that is trained: a network, and what is done to it before training."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .datasets import CLASSES
from .networks.unet import UNet
{% endcall %}



def build_model(config: Config) -> nn.Module:
    """Return a network from images, (N, 1, H, W), to logits, (N, classes, H, W)."""
    model = UNet(in_channels=1, num_classes=len(CLASSES), width=config.width)
    {{- slot("models.build", 4) }}
    return model
