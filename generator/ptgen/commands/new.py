"""``ptgen new``: create a project."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.preview import Preview
    from ptgen.templates import Template

RUN = ("--run", "runs/first")


def new(
    ctx: typer.Context,
    destination: Annotated[
        Path | None,
        typer.Argument(
            metavar="DEST",
            help="Folder of the project, which gives it its name. If it exists, it holds no more "
            "than README, LICENSE and what is git's, which are kept.",
        ),
    ] = None,
    task: options.Task = None,
    recipes: options.ChosenRecipes = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="PRESET",
            help="Start from a preset, see ptgen list --presets; --recipes adds to it and --task "
            "overrides its task.",
            autocompletion=options.complete_preset,
        ),
    ] = None,
    answers_file: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Repeat the choices of another project: its folder, its .copier-answers.yml, or "
            "a file with recipes and task. --recipes adds to them; --task, --data and --preset "
            "override them.",
        ),
    ] = None,
    template: options.Template = None,
    ref: options.Ref = None,
    data: options.Data = None,
    train: Annotated[
        bool, typer.Option("--train", help="Train the project for 3 epochs and test it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be created; create nothing.")
    ] = False,
    no_git: Annotated[
        bool, typer.Option("--no-git", help="Do not initialize a git repository.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Create a project that is ready to train; prompts when run without options."""
    if ctx.args:
        names = ",".join([*(recipes or []), *ctx.args])
        raise typer.BadParameter(
            f"{' '.join(ctx.args)} follows what is one folder; names of recipes are separated by "
            f"commas: --recipes {names}",
            param_hint="'DEST'",
        )
    given = task or recipes or preset or answers_file or data or as_json
    asks = not given and console.interactive()
    if destination is None and not asks:
        raise typer.BadParameter("name the folder of the project", param_hint="'DEST'")
    others = options.pairs(data or [])

    from ptgen.base.signals import interruptible
    from ptgen.commands import training
    from ptgen.templates import open_template

    python = training.interpreter() if train and not dry_run else None
    wish = _Wish(task, options.split(recipes or []), preset, answers_file, others, not no_git)
    with interruptible():
        if destination:
            _take_back(destination)
        with open_template(template, ref) as opened:
            if asks:
                destination, wish = _ask(opened, destination, wish)
            assert destination is not None
            plan = _plan(opened, destination, wish)
            if dry_run:
                _print_preview(plan, as_json)
                return
            files = plan.create()
    plan.warn()
    if as_json:
        console.put_json(plan.as_dict(files))
    plan.tell(files, {"--template": template, "--ref": ref})
    if python:
        training.run(python, "train.py", "--epochs", "3", *RUN, project=destination)
        training.run(python, "test.py", *RUN, project=destination)


@dataclass(frozen=True)
class _Wish:
    """What was asked for on the command line."""

    task: str | None
    recipes: list[str]
    preset: str | None
    answers_file: Path | None
    others: dict[str, Any]
    with_git: bool


@dataclass(frozen=True)
class _Plan:
    """A project that is to be created.

    Attributes:
        template: Its template, which is open until the project is there.
        destination: Its folder.
        answers: Those to all questions.
        others: Those of them that are not on the command line by an option of their own.
        with_git: Whether it becomes a git repository.
    """

    template: "Template"
    destination: Path
    answers: dict[str, Any]
    others: dict[str, Any]
    with_git: bool

    @property
    def installed(self) -> list[str]:
        """All recipes that are in the project, with those that others require."""
        return self.template.catalogue(self.answers["task"]).installed(self.answers["recipes"])

    def refuse_problems(self) -> None:
        """Raise Problems if anything stands against creating the project."""
        from ptgen.projects.create import refuse_problems

        refuse_problems(self.template, self.destination, self.answers, with_git=self.with_git)

    def preview(self) -> "Preview":
        """Return what would be created."""
        from ptgen.projects.preview import preview

        self.refuse_problems()
        return preview(self.template, self.answers)

    def create(self) -> list[str]:
        """Create the project and return its files."""
        from ptgen.projects import create_project

        return create_project(self.template, self.destination, self.answers, with_git=self.with_git)

    def as_dict(self, files: list[str]) -> dict[str, Any]:
        """Return what there is to say, for a program."""
        return {
            "path": str(self.destination.absolute()),
            "package": self.answers["package"],
            "task": self.answers["task"],
            "recipes": self.answers["recipes"],
            "installed": self.installed,
            "files": files,
        }

    def warn(self) -> None:
        """Warn of what will be in the way of updates."""
        template = self.template
        if template.src_path is None or template.commit is None:
            console.warn("this template is not in git: updates will need --template URL")
        elif template.is_changed:
            console.warn(
                f"the template has changes that are not in {template.commit}, which updates start "
                "from: they will be treated as yours"
            )

    def tell(self, files: list[str], places: Mapping[str, str | None]) -> None:
        """Say what was created and what to do next.

        Args:
            files: Those of the project.
            places: The options that say where its template is.
        """
        recipes = ", ".join(self.installed) or "no recipes"
        name, count = self.destination, len(files)
        is_here = name.absolute() == Path().absolute()
        if is_here:
            name = Path(self.answers["project_name"])
        console.say(f"Created {name}: {count} files for {self.answers['task']} with {recipes}.")
        if not (self.destination / ".git").exists():
            console.say("It is not a git repository of its own.")
        console.say()
        console.say("Next:")
        if not is_here:
            console.say(f"  cd {shlex.quote(str(self.destination))}")
        console.say("  uv run python train.py --epochs 3")
        console.say("  uv run pytest")
        console.say()
        console.say("To repeat:")
        console.say(f"  {self._command(places)}")

    def _command(self, places: Mapping[str, str | None]) -> str:
        """Return the command that creates the same project again."""
        from ptgen.templates.source import asked_for

        command = ["ptgen", "new", str(self.destination), "--task", self.answers["task"]]
        if self.answers["recipes"]:
            command += ["--recipes", ",".join(self.answers["recipes"])]
        for option, value in {**places, "--template": asked_for(places["--template"])}.items():
            command += [option, value] if value else []
        for name, value in self.others.items():
            text = value if isinstance(value, str) else json.dumps(value)  # which is YAML, too
            command += ["--data", f"{name}={text}"]
        return shlex.join(command + ["--no-git"] * (not self.with_git))


def _plan(template: "Template", destination: Path, wish: _Wish) -> _Plan:
    """Return what to create, and say what else it brings."""
    from ptgen.projects.create import complete_answers
    from ptgen.templates import presets

    start = presets.begin(template, wish.preset, wish.answers_file)
    answers = complete_answers(template, destination, wish.task, wish.recipes, wish.others, start)
    plan = _Plan(
        template,
        destination,
        answers,
        {name: value for one in start for name, value in one.others.items()} | wish.others,
        wish.with_git,
    )
    for line in presets.notes(start, answers):
        console.say(line)
    plan.refuse_problems()
    for line in template.catalogue(answers["task"]).notes(answers["recipes"]):
        console.say(line)
    return plan


def _take_back(destination: Path) -> None:
    """Take back what a killed process has begun to create there."""
    from ptgen.projects.create import take_back

    for line in take_back(destination.absolute()):
        console.warn(line)


def _ask(template: "Template", destination: Path | None, wish: _Wish) -> tuple[Path, _Wish]:
    """Ask for the folder, the task and the recipes."""
    from ptgen.commands import wizard

    def completed(choice: wizard.Choice) -> tuple[Path, _Wish]:
        assert choice.destination is not None
        return choice.destination, replace(wish, task=choice.task, recipes=choice.recipes)

    def preview(choice: wizard.Choice) -> "Preview":
        return _plan(template, *completed(choice)).preview()

    choice = wizard.ask(template, destination, preview)
    if choice is None:
        raise typer.Exit(1)
    return completed(choice)


def _print_preview(plan: _Plan, as_json: bool) -> None:
    """Print what would be created."""
    found = plan.preview()
    if as_json:
        settings = [setting.model_dump() for setting in found.settings]
        facts = {"dependencies": found.dependencies, "settings": settings}
        console.put_json({**plan.as_dict(found.files), **facts})
    else:
        console.put(found.text())
