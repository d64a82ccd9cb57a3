{% from "composition/slots.jinja" import imports, slot with context %}
"""The model that is trained: a network, and what is done to it before training."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .datasets import CLASSES
from .networks.convnet import ConvNet
from .networks.tsn import TemporalSegmentNetwork
{% endcall %}



def build_model(config: Config) -> nn.Module:
    """Return a network from clips, (N, T, 3, H, W), to logits, (N, classes)."""
    backbone = ConvNet(in_channels=3, num_classes=len(CLASSES), width=config.width)
    model = TemporalSegmentNetwork(backbone)
    {{- slot("models.build", 4) }}
    return model
