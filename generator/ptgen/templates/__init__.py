"""A template: its manifests, rules, presets and versions, and how it is rendered.

    from ptgen.templates import open_template

    with open_template("gh:us/ours", ref="v1.2.0") as template:
        if not template.problems({"task": "gan", "recipes": ["amp"]}):
            files = template.compose({"project_name": "faces", "task": "gan", "recipes": ["amp"]})

What is named here is the typed API; importing it takes no pydantic, Jinja or Copier.
"""

from ptgen.templates.catalogue import Catalogue
from ptgen.templates.source import open_catalogue, open_nearby, open_template
from ptgen.templates.template import Template
from ptgen.templates.versions import Versions

__all__ = [
    "Catalogue",
    "Template",
    "Versions",
    "open_catalogue",
    "open_nearby",
    "open_template",
]
