"""``ptgen smoke``: which variants it tries, and that each kind of fault turns its variant red."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from ptgen.base.errors import Problems, PtgenError
from ptgen.smoke import plan
from ptgen.smoke.job import Job, Setup, lowest_floor
from ptgen.smoke.phases import PHASES
from ptgen.smoke.plan import Plan, Variant
from ptgen.templates import Template
from ptgen.templates.manifest import Manifest

from .conftest import Ptgen, Tiny

TASK = "classification"


def task(name: str) -> Manifest:
    floor = {"metric": "val_accuracy", "at_least": 0.9, "epochs": 3}
    return manifest(name, kind="task", category="task", tasks=[name], floor=floor)


def manifest(name: str, **keys: Any) -> Manifest:
    facts = {"kind": "recipe", "summary": "It.", "category": "training", "status": "stable"}
    return Manifest.model_validate({"name": name, "tasks": "all", **facts, **keys})


def planned(*manifests: Manifest, task: str | None = None) -> list[str]:
    return [str(variant) for variant in Plan.of(manifests, task).variants]


# The plan, which is a pure function.


def test_every_task_is_tried_bare_and_with_every_recipe_that_applies() -> None:
    registry = [task("gan"), task("video"), manifest("b"), manifest("a", tasks=["video"])]
    bare = ["gan bare", "video bare"]
    assert planned(*registry) == [*bare, "gan b", "video a,b", "video a", "video b"]
    assert planned(*registry, task="gan") == ["gan bare", "gan b"]


def test_a_recipe_is_tried_with_what_it_requires() -> None:
    registry = [task("gan"), manifest("a", requires=["b"]), manifest("b", requires=["c"])]
    assert planned(*registry, manifest("c")) == ["gan bare", "gan a,b,c", "gan b,c", "gan c"]
    reversed_needs = [task("gan"), manifest("b", requires=["a"]), manifest("a")]
    assert planned(*reversed_needs) == ["gan bare", "gan b,a", "gan a"]


def test_of_a_required_group_the_first_recipe_that_fits_is_tried() -> None:
    rates = [
        manifest("cosine", group="schedule", conflicts={"warm": "both set the rate"}),
        manifest("linear", group="schedule", tasks=["video"]),
        manifest("step", group="schedule"),
    ]
    registry = [task("gan"), task("video"), *rates, manifest("warm", requires=["schedule"])]
    variants = planned(*registry)
    assert "gan warm,step" in variants
    assert "video warm,linear" in variants


def test_a_recipe_is_not_tried_where_what_it_requires_does_not_apply() -> None:
    registry = [task("gan"), task("video"), manifest("a", requires=["b"])]
    assert "gan a,b" not in planned(*registry, manifest("b", tasks=["video"]))


def test_recipes_that_fit_nowhere_are_refused_together() -> None:
    registry = [task("gan"), manifest("a", requires=["none"]), manifest("b", tasks=["video"])]
    with pytest.raises(Problems) as refused:
        Plan.of(registry)
    assert refused.value.problems == (
        "recipe a fits no task, with what it requires",
        "recipe b fits no task, with what it requires",
    )


def test_an_unknown_task_and_an_empty_plan_are_refused() -> None:
    with pytest.raises(PtgenError, match='there is no task "gam"; did you mean gan'):
        Plan.of([task("gan")], "gam")
    with pytest.raises(PtgenError, match="nothing to try"):
        Plan.of([])


def test_a_choice_is_one_variant_on_each_task_it_applies_to() -> None:
    registry = [task("gan"), task("video"), manifest("a"), manifest("b", tasks=["video"])]
    assert plan.parse(["a,b", "b, a", "bare"], registry) == [
        Variant("video", ("a", "b")),
        Variant("gan"),
        Variant("video"),
    ]
    assert plan.parse(["a"], registry, "gan") == [Variant("gan", ("a",))]


def lowered(name: str, **bound: float) -> Manifest:
    return manifest(name, floor={"gan": {**bound, "reason": f"{name} is slow"}})


def test_the_lowest_of_several_floors_counts_with_its_reason() -> None:
    some = [lowered("a", at_least=0.7), lowered("b", at_least=0.5), lowered("c", at_least=0.6)]
    floor, reason = lowest_floor("gan", [task("gan"), *some])
    assert (floor.metric, floor.at_least, floor.epochs) == ("val_accuracy", 0.5, 3)
    assert reason == "b: b is slow"
    assert lowest_floor("video", [task("video"), *some])[0].at_least == 0.9
    assert lowest_floor("gan", [task("gan"), lowered("a", at_least=0.95)]) == (
        task("gan").floor,
        "",
    )
    distance = {"metric": "val_swd", "at_most": 0.2, "epochs": 3}
    gan = manifest("gan", kind="task", category="task", tasks=["gan"], floor=distance)
    assert lowest_floor("gan", [gan, lowered("a", at_most=0.4)])[0].at_most == 0.4


def test_a_floor_on_the_other_side_is_refused() -> None:
    with pytest.raises(PtgenError, match=r"recipes/a/recipe.yml: floor.gan: expected at_least"):
        lowest_floor("gan", [task("gan"), lowered("a", at_most=0.7)])


@pytest.mark.parametrize(
    ("device", "recipes", "expected"),
    [
        ("cpu", ("amp", "mixup"), ["--amp-dtype", "off"]),
        ("cpu", ("amp",), []),
        ("cuda", ("amp", "mixup"), []),
    ],
)
def test_what_is_slow_on_a_cpu_is_turned_off_there_beside_other_recipes(
    template: Path, tmp_path: Path, device: str, recipes: tuple[str, ...], expected: list[str]
) -> None:
    setup = Setup(Template(template), device=device)
    job = Job.of(Variant(TASK, recipes), setup, tmp_path / "job")
    assert (job.arguments, job.cpu_arguments) == (["--amp-dtype", "bf16"], expected)


# What is refused before anything is trained.


def test_the_problems_of_all_variants_are_told_together(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", conflicts={"cutmix": "both replace the batch"})
    tiny.recipe("cutmix")
    arguments = ("smoke", "mixupp", "mixup", "mixup,cutmix", "--template", tiny.folder)
    assert ptgen(*arguments, status=1).stderr.splitlines() == [
        'error: there is no recipe "mixupp"; did you mean mixup?',
        "error: cutmix and mixup cannot be combined: both replace the batch",
    ]


def test_an_environment_without_torch_is_refused(
    ptgen: Ptgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    said = ptgen("smoke", status=1).stderr
    assert "torch is not installed here" in said
    assert "uv run --project" in said


def test_a_folder_to_keep_must_be_new(ptgen: Ptgen, tmp_path: Path) -> None:
    said = ptgen("smoke", "--keep", tmp_path, status=1).stderr
    assert said == f"error: {tmp_path} exists; name a folder that does not\n"


# One run of variants that fail, each in its own way, and of some that pass. It imports torch, which
# takes as long as several variants: whatever needs a run is in this one.

READY, IMPORTS = "slots/train.ready", "slots/train.imports"
LOSS, GRADIENTS = "slots/train.loss_scale", "slots/train.gradients"
NO_GRADIENTS = "state.optimizer.zero_grad()"
# Every kind of fault that a recipe can have, as its files.
FAULTS = {
    "broken": {READY: "{% if %}"},
    "untidy": {IMPORTS: "import os"},
    "untyped": {READY: 'state.step = "0"'},
    "undeclared": {IMPORTS: "import yaml", READY: "yaml.dump(1)"},
    "idle": {GRADIENTS: NO_GRADIENTS},
    "constant": {
        "slots/evaluation.reduce": "criterion.confusion = 30 * torch.eye(10).long()",
    },
    "reading": {LOSS: "loss = loss * (1 + 1e-9 * loss.item())"},
    "blocking": {
        IMPORTS: "import torch.distributed as dist\nimport tempfile",
        READY: 'dist.init_process_group("gloo", f"file://{tempfile.mktemp()}", None, 1, 0)',
        LOSS: "dist.all_reduce(loss)",
    },
    "lossy": {
        "blocks/checkpoint.write": 'del content["optimizer"]\n{{ default }}',
    },
    "random": {
        IMPORTS: "import math",
        LOSS: "loss = loss * (1 + 1e-3 * math.sin(time.time()))",
    },
    "leaking": {
        "slots/train.batch": "state.model.register_forward_hook(lambda *_: None)",
    },
    "deadly": {IMPORTS: "import os", READY: "os.kill(os.getpid(), 9)"},
    "hungry": {
        IMPORTS: "import torch",
        READY: "hoard = torch.ones(500_000_000)\ntime.sleep(60 * hoard[0].item())",
    },
    "hanging": {READY: "time.sleep(600)"},
    "useless": {READY: "seconds = 0.0"},
    "unreached": {
        LOSS: "loss = loss * 1.01",
        READY: "{% if 'nothing' in chosen %}\npass\n{% endif %}",
    },
    "untested": {
        LOSS: "loss = loss * 1.02",
        "files/tests/test_untested.py": "def test_oracle() -> None:\n    assert 1 + 1 == 3\n",
    },
}
EXPECTED = [
    ("broken", "declared", "the template has a mistake"),
    ("unreached", "declared", "slots/train.ready is never reached"),
    ("untidy", "lint", "ruff check has found something"),
    ("untyped", "types", "mypy has found something"),
    ("undeclared", "dependencies", "deptry ended with status 1"),
    ("idle", "train", "in 3 epochs; expected at least 0.95"),
    ("constant", "train", "val_accuracy is 1 in every epoch"),
    ("leaking", "train", "train.py ended with status 1"),
    ("deadly", "train", "train.py was ended by SIGKILL"),
    ("hungry", "train", "GiB of memory; the limit is 1.5"),
    ("hanging", "train", "not done after 180 s"),
    ("reading", "no waiting", "(.item(), float(), int() or bool())"),
    ("blocking", "no waiting", "(all_reduce without async_op=True)"),
    ("lossy", "resume", "comparison with the whole run ended with status 1"),
    ("random", "resume", "comparison with the whole run ended with status 1"),
    ("untested", "tests", "pytest ended with status 1"),
    ("useless", "effect", "ends exactly as it does without useless"),
]
# Recipes of which two fail together, and all else passes.
TOUCHY = {
    "touchy": {LOSS: "loss = {{ '-' if 'partner' in chosen }}1.01 * loss"},
    "partner": {GRADIENTS: "nn.utils.clip_grad_norm_(model.parameters(), 1.0)"},
    "bystander": {LOSS: "loss = 1.03 * loss"},
}
TOGETHER = "bystander,partner,touchy"
# Recipes that pass by what their manifests say.
LATE: dict[str, Any] = {
    "floor": {TASK: {"at_least": 0.2, "reason": "most batches are ignored"}},
}
PREPARED: dict[str, Any] = {
    "smoke": {
        "prepare": "prepare.py",
        "arguments": ["--prepared", "2"],
        "cpu_arguments": ["--slow", "0"],
    },
    "config": [
        {"name": "prepared", "type": "int", "default": 0, "help": "A number", "range": "[0, 9)"},
        {"name": "slow", "type": "int", "default": 1, "help": "A number", "range": "[0, 1]"},
    ],
}
WELL = "late,prepared"


@pytest.fixture
def planted(template: Path, tmp_path: Path) -> Path:
    """The real template with recipes that each have a fault, and no others."""
    tiny = Tiny(tmp_path / "planted")
    shutil.copytree(template, tiny.folder)
    for recipe in Template(template).manifests:
        if recipe.is_recipe or (recipe.is_task and recipe.name != TASK):
            shutil.rmtree(tiny.folder / "recipes" / recipe.name)
    for name, files in {**FAULTS, **TOUCHY}.items():
        tiny.recipe(name, files)
    tiny.recipe("late", {GRADIENTS: f"if state.step % 8:\n    {NO_GRADIENTS}"}, **LATE)
    check = (
        'if config.prepared != 2 or not Path("prepared").exists():\n'
        '    raise SystemExit("unprepared")'
    )
    script = 'from pathlib import Path\n\nPath("prepared").touch(exist_ok=False)\n'
    slow = 'if config.slow:\n    Path("slow").write_text(run.folder.name)'
    files = {READY: check, "slots/train.validated": slow, "prepare.py": script}
    tiny.recipe("prepared", files, **PREPARED)
    return tiny.folder


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder whose path is short enough for the sockets in it, as that of tmp_path is not."""
    with tempfile.TemporaryDirectory(prefix="test-") as folder:
        yield Path(folder)


# Runs ``ptgen``; writes how many threads there are where it begins to fork.
COUNTED = """\
import os, sys, threading
from pathlib import Path
from ptgen.cli import app
from ptgen.smoke import processes

def warm_up(import_what_is_slow=processes.warm_up):
    import_what_is_slow()
    threads = threading.active_count(), len(os.listdir("/proc/self/task"))
    Path(os.environ["TMPDIR"], "threads").write_text(repr(threads))

processes.warm_up = warm_up
app()
"""
# The same, for runs that do not get as far as to import torch.
COLD = "from ptgen.cli import app\nfrom ptgen.smoke import processes\n"
COLD += "processes.warm_up = lambda: None\napp()\n"


def start(code: str, *arguments: str | Path, temporary: Path) -> subprocess.Popen[str]:
    """Start ``ptgen smoke`` with a folder for temporary files."""
    return subprocess.Popen(
        [sys.executable, "-c", code, "smoke", *map(str, arguments)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.long
def test_every_fault_fails_its_variant_and_no_other(
    planted: Path, temporary: Path, tmp_path: Path
) -> None:
    """All in one test: who runs the tests side by side would otherwise run the faults twice."""
    kept = tmp_path / "kept"
    choices = ["bare", *FAULTS, TOGETHER, WELL]
    arguments = [*choices, "--no-cache", "--json", "--timeout", "180", "--memory", "1.5"]
    run = start(COUNTED, *arguments, "--keep", kept, "--template", planted, temporary=temporary)
    out, said = run.communicate()
    results = {",".join(result["recipes"]) or "bare": result for result in json.loads(out)}
    assert run.returncode == 1
    assert f"2 of {len(choices)} variants passed" in said
    assert results.keys() == set(choices)
    assert set(FAULTS) == {recipe for recipe, *_ in EXPECTED}
    for recipe, phase, reason in EXPECTED:
        result = results[recipe]
        assert not result["passed"], recipe
        assert (recipe, result["phase"]) == (recipe, phase), result["log"][-20:]
        assert reason in result["reason"]
        beside = "bare " if phase == "effect" else ""
        repeat = f"ptgen smoke {beside}{recipe} --task {TASK} --template {planted}"
        assert result["repeat"] == repeat
        assert reason in said
        assert repeat in said
    assert "| $ python train.py --run runs/whole --device cpu --epochs 3" in said
    assert "| the resumed run differs in " in said
    assert "| hooks pile up: " in said
    for name in ("reading", "blocking"):  # by the line that waits
        place, line = re.findall(r"(\S+\.py):(\d+) \(", results[name]["reason"])[0]
        number = list(results).index(name) + 1
        source = (kept / f"{number:03}/project" / place).read_text().splitlines()
        assert source[int(line) - 1].strip() == FAULTS[name][LOSS]

    together = results[TOGETHER]
    assert not together["passed"]
    assert together["reduced"] == ["partner", "touchy"]
    assert f"repeat: ptgen smoke partner,touchy --task {TASK}" in said

    bare, well = results["bare"], results[WELL]
    assert bare["passed"], said
    assert bare["metric"] == "val_accuracy"
    assert bare["figure"] >= 0.95
    assert bare["expected"] == "at least 0.95"
    assert [*bare["phases"]] == [phase.name for phase in PHASES]
    assert all(cost["cpu_seconds"] >= 0 for cost in bare["phases"].values())
    spent = sum(cost["seconds"] for cost in bare["phases"].values())
    assert 0.5 * bare["seconds"] < spent <= bare["seconds"]
    assert well["passed"], said
    assert well["expected"] == "at least 0.2, lowered by late: most batches are ignored"
    trained = [line for line in well["log"] if line.startswith("$ python train.py")]
    for line in trained:
        started = "--resume" not in line
        assert ("--prepared 2" in line) == started
        assert ("--slow 0" in line) == (started and "runs/watched" not in line)
    number = list(results).index(WELL) + 1
    assert (kept / f"{number:03}/project/slow").read_text() == "watched"

    assert (kept / "001/project/runs/whole/report.json").is_file()
    assert (temporary / "threads").read_text() == "(1, 1)"  # nothing runs beside what is forked
    assert list(temporary.glob("ptgen*")) == []
    assert not running_in(kept)


def running_in(folder: Path) -> list[int]:
    """Return the processes that run in a folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process.pid)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_who_ends_ptgen_ends_all_that_it_started(
    number: signal.Signals, tiny: Tiny, temporary: Path
) -> None:
    hung = temporary / "hung"
    tiny.write(
        "recipes/sorting/hang.py",
        f"import os, time\nfrom pathlib import Path\n\n"
        f"Path({str(hung)!r}).write_text(str(os.getpid()))\ntime.sleep(600)\n",
    )
    tiny.edit("recipes/sorting/recipe.yml", "kind: task", "kind: task\nsmoke: {prepare: hang.py}")
    tiny.write("template/train.py.jinja", "pass\n")
    arguments = ("bare", "--no-cache", "--template", tiny.folder)
    run = start(COLD, *arguments, temporary=temporary)
    while not hung.is_file() or not hung.read_text():
        assert run.poll() is None, run.communicate()
        time.sleep(0.05)
    run.send_signal(number)
    said = run.communicate()[1]
    if number == signal.SIGINT:
        assert run.returncode == 1
        assert "error: stopped" in said
        assert not list(temporary.glob("ptgen*"))
    deadline = time.monotonic() + 5
    while is_running(int(hung.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_folder_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    run = start(COLD, "bare", "--task", TASK, temporary=folder)
    assert "too long for the sockets that loaders make in it" in run.communicate()[1]
    assert run.returncode == 1
