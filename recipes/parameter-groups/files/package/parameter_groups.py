{% from "composition/slots.jinja" import imports, slot with context %}
"""Which parameters the optimizer updates, and with which settings."""

{% call imports("parameter_groups") %}
from typing import Any
from torch import nn
from .config import Config
{% endcall %}



def parameter_groups(model: nn.Module, config: Config) -> list[dict[str, Any]]:
    """Return the trainable parameters, one group for each combination of settings."""
    {{- slot("parameter_groups.begin", 4) }}
    groups: dict[tuple[float, ...], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            settings = settings_of(name, parameter, config)
            {{- slot("parameter_groups.changes", 12) }}
            group = groups.setdefault(tuple(settings.values()), {"params": [], **settings})
            group["params"].append(parameter)
    return list(groups.values())


def settings_of(name: str, parameter: nn.Parameter, config: Config) -> dict[str, float]:
    """Return the optimizer's settings for one parameter."""
    settings = {"lr": config.lr, "weight_decay": config.weight_decay}
    {{- slot("parameter_groups.settings", 4) }}
    return settings
