"""The rules of names, and of recipes that go together, as plain Copier applies them.

They are written once: composition/problems.jinja of the template is Copier's validator, too.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptgen.base.names import did_you_mean
from ptgen.templates import registry
from ptgen.templates.questions import Questions

RULES = "composition/problems.jinja"


def problems(template: Path, answers: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the answers to a template's questions, nothing if all is well.

    Args:
        template: Folder of the template; its manifests are sound.
        answers: ``project_name``, ``package``, ``task`` and ``recipes``. Those left out are not
            looked at.
    """
    manifests = [document.data for document in registry.read(template)]
    tasks = sorted(manifest["name"] for manifest in manifests if manifest["kind"] == "task")
    found = []
    task = answers.get("task")
    if task is not None and task not in tasks:
        hint = did_you_mean(task, tasks) or f"; there are: {', '.join(tasks)}"
        found.append(f'there is no task "{task}"{hint}')
    questions = Questions(template)

    def broken(question: str) -> list[str]:
        if question not in answers:
            return []
        context = {**answers, "registry": manifests, "question": question}
        lines = questions.render(RULES, context).splitlines()
        return [line.strip() for line in lines if line.strip()]

    names = broken("project_name")
    # A package that follows from a bad name is not a second mistake.
    if not names or answers.get("package") != questions.default("package", answers):
        names += broken("package")
    return [*names, *found, *broken("recipes")]
