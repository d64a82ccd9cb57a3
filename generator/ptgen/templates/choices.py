"""Recipes that are gone, for who has a folder and not a template that is open."""

from pathlib import Path

from ptgen.templates.former_names import WITHDRAWN
from ptgen.templates.template import Template

__all__ = ["WITHDRAWN", "withdrawn"]


def withdrawn(template: Path) -> dict[str, str]:
    """See ``Template.withdrawn``."""
    return Template(template).withdrawn
