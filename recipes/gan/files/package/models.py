{% from "composition/slots.jinja" import imports, slot with context %}
"""The two networks: the generator is the model, the discriminator is its teacher."""

{% call imports("models") %}
from torch import nn
from .config import Config
from .datasets import CHANNELS, NOISE, SIZE
from .networks.dcgan import Discriminator, Generator
{% endcall %}



def build_model(config: Config) -> nn.Module:
    """Return a network from noise, (N, NOISE), to images, (N, CHANNELS, SIZE, SIZE) in [-1, 1]."""
    model = Generator(NOISE, CHANNELS, SIZE, config.width)
    {{- slot("models.build", 4) }}
    return model


def build_discriminator(config: Config) -> nn.Module:
    """Return a network from images, (N, CHANNELS, SIZE, SIZE), to logits of being real, (N,)."""
    discriminator = Discriminator(CHANNELS, SIZE, config.width)
    {{- slot("models.discriminator", 4) }}
    return discriminator
