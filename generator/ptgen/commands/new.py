"""``ptgen new``: make a project."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.preview import Preview

RUN = ("--run", "runs/first")


def new(
    destination: Annotated[
        Path | None,
        typer.Argument(
            metavar="DEST", help="Folder of the project; its name becomes the project's."
        ),
    ] = None,
    task: options.Task = None,
    recipes: Annotated[
        list[str] | None,
        typer.Option(
            "--recipes",
            "-r",
            metavar="A,B",
            help="Recipes, with commas between; may be repeated.",
            autocompletion=options.complete_recipe,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="PRESET",
            help="Start from a preset, see ptgen list --presets; --recipes adds, --task wins.",
            autocompletion=options.complete_preset,
        ),
    ] = None,
    answers_file: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Repeat the choices of another project: its folder, its .copier-answers.yml, or "
            "a file with recipes and task. Recipes add up; --task, --data and --preset win.",
        ),
    ] = None,
    template: options.Template = None,
    ref: options.Ref = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            "-d",
            metavar="K=V",
            help="Answer to another question, such as package=NAME; may be repeated.",
        ),
    ] = None,
    train: Annotated[
        bool, typer.Option("--train", help="Train it for 3 epochs and test it, at once.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be made and make nothing.")
    ] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Make no git repository.")] = False,
    as_json: options.Json = False,
) -> None:
    """Make a project that trains at once. With nothing given, on a terminal, it asks."""
    chosen = task or recipes or preset or answers_file or data or as_json
    asks = not chosen and console.interactive()
    if destination is None and not asks:
        raise typer.BadParameter("name the folder of the project", param_hint="'DEST'")
    others: dict[str, Any] = _pairs(data or [])
    names = options.split(recipes or [])

    from ptgen.base.errors import Problems
    from ptgen.base.signals import interruptible
    from ptgen.commands import training, wizard
    from ptgen.projects import project
    from ptgen.projects.preview import preview
    from ptgen.templates import manifest, presets, source
    from ptgen.templates.questions import Questions

    python = training.interpreter() if train and not dry_run else None
    with interruptible():
        destination = destination or wizard.ask_destination()
        if asks and (problems := project.place_problems(destination)):
            raise Problems(problems)  # before anybody answers in vain
        with source.open_template(template, ref) as opened:
            folder = opened.folder
            manifests = manifest.load(folder)
            if asks:
                task, names = wizard.ask_choice(folder, manifests)
            start = presets.begin(folder, Questions(folder), manifests, preset, answers_file)
            answers = project.answers(folder, destination, task, names, others, start)
            for line in presets.told(start, answers):
                console.say(line)
            if asks or dry_run:
                project.refuse_problems(folder, destination, answers, with_git=not no_git)
                plan = preview(folder, manifests, answers)
                if dry_run:
                    _print_plan(plan, _facts(destination, answers, plan.files), as_json)
                    return
                if not wizard.confirm(plan):
                    raise typer.Exit(1)
            files = project.make(opened, destination, answers, with_git=not no_git)

    if opened.src_path is None or opened.commit is None:
        console.warn("this template is not known to be in git: updates will need --template URL")
    elif opened.is_changed:
        console.warn(
            f"the template has changes that are not in {opened.commit}, which updates will start "
            "from: to them, these changes are yours"
        )
    if as_json:
        console.put_json(_facts(destination, answers, files))
    others = {name: value for one in start for name, value in one.others.items()} | others
    wish = {"--template": source.asked_for(template), "--ref": ref}
    _tell(destination, answers, len(files), _again(destination, answers, wish, others, no_git))
    if python:
        training.run(python, "train.py", "--epochs", "3", *RUN, project=destination)
        training.run(python, "test.py", *RUN, project=destination)


def _pairs(data: list[str]) -> dict[str, Any]:
    """Return the answers given as K=V."""
    for pair in data:
        key, sign, _ = pair.partition("=")
        if not sign or not key:
            raise typer.BadParameter(f"{pair!r} is no K=V", param_hint="'--data'")
        if key in ("task", "recipes"):
            raise typer.BadParameter(f"give {key} with --{key}", param_hint="'--data'")
    return dict(pair.split("=", 1) for pair in data)


def _facts(destination: Path, answers: Mapping[str, Any], files: list[str]) -> dict[str, Any]:
    """Return what was made, for a program."""
    return {
        "path": str(destination.absolute()),
        "package": answers["package"],
        "task": answers["task"],
        "recipes": answers["recipes"],
        "files": files,
    }


def _print_plan(plan: "Preview", facts: dict[str, Any], as_json: bool) -> None:
    """Print what would be made."""
    if as_json:
        settings = [setting.model_dump() for setting in plan.settings]
        console.put_json({**facts, "dependencies": plan.dependencies, "settings": settings})
    else:
        console.put(plan.text())


def _again(
    destination: Path,
    answers: Mapping[str, Any],
    options: Mapping[str, str | None],
    others: Mapping[str, Any],
    no_git: bool,
) -> str:
    """Return the command that repeats a choice."""
    command = ["ptgen", "new", str(destination), "--task", answers["task"]]
    if answers["recipes"]:
        command += ["--recipes", ",".join(answers["recipes"])]
    for option, value in options.items():
        command += [option, value] if value else []
    for name, value in others.items():
        text = value if isinstance(value, str) else json.dumps(value)  # which is YAML, too
        command += ["--data", f"{name}={text}"]
    return shlex.join(command + ["--no-git"] * no_git)


def _tell(destination: Path, answers: Mapping[str, Any], count: int, again: str) -> None:
    """Say what was made and what to do now."""
    recipes = ", ".join(answers["recipes"]) or "no recipes"
    console.say(f"Made {destination}: {count} files for {answers['task']}, with {recipes}.")
    if not (destination / ".git").exists():
        console.say("It is no git repository of its own.")
    console.say()
    console.say("Now:")
    console.say(f"  cd {shlex.quote(str(destination))}")
    console.say("  uv run python train.py --epochs 3")
    console.say("  uv run pytest")
    console.say()
    console.say("The same again:")
    console.say(f"  {again}")
