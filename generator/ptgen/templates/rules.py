"""What is wrong with answers, for who has a folder and not a template that is open."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptgen.templates.template import Template


def problems(template: Path, answers: Mapping[str, Any]) -> list[str]:
    """See ``Template.problems``."""
    return Template(template).problems(answers)
