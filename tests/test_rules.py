"""ptgen and plain Copier refuse the same answers, in the same words."""

import json
import keyword
import shutil
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Any

import copier
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ptgen.base.errors import PtgenError
from ptgen.templates import Template

from .conftest import Tiny

RECIPES = ["augment", "clip", "cutout", "ddp", "fsdp", "mixup", "scan", "sync"]
TASKS = ["searching", "sorting"]
in_place = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def catalogue(tiny: Tiny) -> Tiny:
    """Recipes with every kind of relation."""
    tiny.task("searching")
    tiny.recipe("augment")
    tiny.recipe("clip", conflicts={"augment": "too much"})
    tiny.recipe("mixup", conflicts={"cutout": "labels are mixed"}, requires=["clip"])
    tiny.recipe("cutout", conflicts={"mixup": "labels are mixed"})
    tiny.recipe("scan", tasks=["searching"])
    tiny.recipe("ddp", group="parallel")
    tiny.recipe("fsdp", group="parallel", tasks=["sorting"])
    tiny.recipe("sync", requires=["parallel"])
    return tiny


def is_right(task: str, recipes: set[str]) -> bool:
    """Tell, in plain Python, whether a task and recipes of the catalogue go together."""
    return (
        task in TASKS
        and recipes <= set(RECIPES)
        and not ({"mixup", "cutout"} <= recipes or {"ddp", "fsdp"} <= recipes)
        and not ({"mixup", "augment"} <= recipes)  # which does not go with clip
        and not ("sync" in recipes and task == "sorting" and not recipes & {"ddp", "fsdp"})
        and not ({"clip", "augment"} <= recipes)
        and not ("scan" in recipes and task == "sorting")
        and not ("fsdp" in recipes and task == "searching")
    )


def copiers_refusal(template: Path, answers: dict[str, Any]) -> str:
    """Return what plain Copier says against the answers, nothing if it takes them."""
    folder = template.parent / "pretended"
    try:
        copier.run_copy(
            str(template), folder, data=answers, defaults=True, quiet=True, pretend=True
        )
    except (ValueError, copier.errors.CopierError) as error:
        return str(error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""


choices = st.tuples(
    st.sampled_from([*TASKS, "ranking"]),
    st.lists(st.sampled_from([*RECIPES, "mixpu", "sorting"]), unique=True, max_size=5),
)
letters = st.text("aZ0-_. é", max_size=6)
words = st.sampled_from(["json", "class", "none", "torch", "train", "mine", "x" * 51])


@in_place
@given(choice=choices)
def test_a_choice_is_refused_just_when_it_is_wrong(
    catalogue: Tiny, choice: tuple[str, list[str]]
) -> None:
    task, recipes = choice
    found = Template(catalogue.folder).problems({"task": task, "recipes": recipes})
    assert (not found) == is_right(task, set(recipes))


@in_place
@given(name=st.one_of(letters, words), choice=choices)
def test_copier_refuses_just_what_ptgen_refuses(
    catalogue: Tiny, name: str, choice: tuple[str, list[str]]
) -> None:
    task, recipes = choice
    answers = {"project_name": name, "task": task, "recipes": recipes}
    package = Template(catalogue.folder).config.default("package", answers)
    found = Template(catalogue.folder).problems({**answers, "package": package})
    refusal = copiers_refusal(catalogue.folder, answers)

    assert bool(found) == bool(refusal), (found, refusal)


@in_place
@given(package=st.one_of(letters, words))
def test_copier_refuses_the_same_packages(catalogue: Tiny, package: str) -> None:
    answers = {"project_name": "mine", "package": package, "task": "sorting", "recipes": []}
    found = Template(catalogue.folder).problems(answers)
    refusal = copiers_refusal(catalogue.folder, answers)

    assert bool(found) == bool(refusal), (found, refusal)
    assert all(problem in refusal for problem in found)


@pytest.mark.parametrize(
    ("recipes", "messages"),
    [
        (["mixpu"], ['there is no recipe "mixpu"; did you mean mixup?']),
        (["zzz"], ['there is no recipe "zzz"; list them: ptgen list']),
        (["sorting"], ["sorting is a task, not a recipe: choose it with task"]),
        (["scan"], ["scan does not apply to sorting: it applies to searching"]),
        (["mixup"], []),
        (
            ["augment", "mixup"],
            ["augment and clip (required by mixup) cannot be combined: too much"],
        ),
        (["sync"], ["sync needs one of ddp, fsdp: add one, or leave sync out"]),
        (["clip", "cutout", "mixup"], ["cutout and mixup cannot be combined: labels are mixed"]),
        (
            ["ddp", "fsdp"],
            ['ddp and fsdp are both in the group "parallel": choose one of them'],
        ),
        (
            ["augmnt", "mixup", "scan"],
            [
                'there is no recipe "augmnt"; did you mean augment?',
                "scan does not apply to sorting: it applies to searching",
            ],
        ),
    ],
)
def test_messages(catalogue: Tiny, recipes: list[str], messages: list[str]) -> None:
    answers = {"project_name": "mine", "package": "mine", "task": "sorting", "recipes": recipes}

    assert Template(catalogue.folder).problems(answers) == messages
    refusal = copiers_refusal(catalogue.folder, answers)
    assert all(message in refusal for message in messages)


def test_what_is_left_out_is_not_looked_at(catalogue: Tiny) -> None:
    assert Template(catalogue.folder).problems({}) == []
    assert Template(catalogue.folder).problems({"package": "mine"}) == []


def test_the_rules_reach_nothing_but_the_template(catalogue: Tiny) -> None:
    catalogue.write(
        "composition/problems.jinja", "{{ ''.__class__.__mro__[1].__subclasses__() }}\n"
    )
    with pytest.raises(PtgenError, match="unsafe"):
        Template(catalogue.folder).problems({"package": "mine"})


def modules_of(*names: str) -> set[str]:
    """Return the modules of distributions and of all that these require."""
    seen: set[str] = set()
    left = list(names)
    while left:
        name = canonicalize_name(left.pop())
        if name in seen:
            continue
        seen.add(name)
        with suppress(PackageNotFoundError):
            for line in distribution(name).requires or []:
                requirement = Requirement(line)
                if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                    left.append(requirement.name)
    return {
        module.lower()
        for module, owners in packages_distributions().items()
        if seen.intersection(map(canonicalize_name, owners))
        and module.isidentifier()
        and not module.startswith("_")
        and not module.endswith("__mypyc")
    } - {"py"}


def test_the_names_that_python_has_are_those_of_this_python(catalogue: Tiny) -> None:
    imported = '{% from "composition/names.jinja" import stdlib, keywords, installed %}'
    text = imported + "{{ [stdlib, keywords, installed] | tojson }}"
    environment = Template(catalogue.folder).config.environment
    stdlib, keywords, installed = json.loads(environment.from_string(text).render())
    assert {name for name in sys.stdlib_module_names if not name.startswith("_")} <= set(stdlib)
    assert set(keywords) == set(keyword.kwlist)
    assert modules_of("numpy", "pytest", "scikit-learn", "torch", "tqdm", "tyro") <= set(installed)
