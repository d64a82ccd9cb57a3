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
        if not parameter.requires_grad:
            continue
        settings = {"lr": config.lr, "weight_decay": config.weight_decay}
        {{- slot("parameter_groups.settings", 8) }}
        group = groups.setdefault(tuple(settings.values()), {"params": [], **settings})
        group["params"].append(parameter)
    return list(groups.values())
