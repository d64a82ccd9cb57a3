"""Projects: create, change, update, inspect.

    from pathlib import Path
    from ptgen.projects import complete_answers, create_project
    from ptgen.templates import open_template

    folder = Path("faces")
    with open_template() as template:
        answers = complete_answers(template, folder, "gan", ["amp", "ema"])
        create_project(template, folder, answers)

What is named here is the typed API; importing it takes no Copier.
"""

from ptgen.projects.blame import Blame
from ptgen.projects.bulk_update import update_projects
from ptgen.projects.create import complete_answers, create_project
from ptgen.projects.difference import difference
from ptgen.projects.existing import Project
from ptgen.projects.local_changes import local_changes
from ptgen.projects.preview import preview
from ptgen.projects.recipes import prepare_recipes, with_added, without_removed
from ptgen.projects.update import Change, prepare_update

__all__ = [
    "Blame",
    "Change",
    "Project",
    "complete_answers",
    "create_project",
    "difference",
    "local_changes",
    "prepare_recipes",
    "prepare_update",
    "preview",
    "update_projects",
    "with_added",
    "without_removed",
]
