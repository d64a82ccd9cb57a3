"""``ptgen smoke``: which variants it tries, and that each kind of fault turns its variant red."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptgen.base.errors import Problems, PtgenError
from ptgen.smoke import plan
from ptgen.smoke.plan import Plan, Variant
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
    alone = ["gan bare", "video bare", "gan b", "video a", "video b"]
    assert planned(*registry) == [*alone, "video a,b"]
    assert planned(*registry, task="gan") == ["gan bare", "gan b"]


def test_a_recipe_is_tried_with_what_it_requires() -> None:
    registry = [task("gan"), manifest("a", requires=["b"]), manifest("b", requires=["c"])]
    assert planned(*registry, manifest("c")) == ["gan bare", "gan a,b,c", "gan b,c", "gan c"]
    reversed_needs = [task("gan"), manifest("b", requires=["a"]), manifest("a")]
    assert planned(*reversed_needs) == ["gan bare", "gan a", "gan b,a"]


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


# What is refused before anything is trained.


def test_the_problems_of_all_variants_are_told_together(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup")
    tiny.recipe("cutmix", requires=["mixup"])
    arguments = ("smoke", "mixupp", "mixup", "cutmix", "--template", tiny.folder)
    assert ptgen(*arguments, status=1).stderr.splitlines() == [
        'error: there is no recipe "mixupp"; did you mean mixup?',
        "error: cutmix needs mixup: add it, or leave cutmix out",
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


# Runs. Each imports torch anew in a process of its own, so there are few.

NO_GRADIENTS = "state.optimizer.zero_grad()"
# Every kind of fault that a recipe can have, as its files.
FAULTS = {
    "broken": {"slots/train.ready": "{% if %}"},
    "untidy": {"slots/train.imports": "import os"},
    "untyped": {"slots/train.ready": 'state.step = "0"'},
    "undeclared": {"slots/train.imports": "import yaml", "slots/train.ready": "yaml.dump(1)"},
    "idle": {"slots/train.gradients": NO_GRADIENTS},
    "backwards": {"slots/train.loss": "loss = -loss"},
    "constant": {
        "slots/evaluation.reduce": "criterion.confusion = 30 * torch.eye(10).long()",
    },
    "forgetful": {"slots/train.gradients": f"if config.resume:\n    {NO_GRADIENTS}"},
    "lossy": {
        "blocks/checkpoint.write": 'del content["optimizer"]\n{{ default }}',
    },
    "random": {"slots/train.loss": "loss = loss * (1 + 1e-3 * math.sin(time.time()))"},
    "leaking": {
        "slots/train.batch": "state.model.register_forward_hook(lambda *_: None)",
    },
    "deadly": {
        "slots/train.imports": "import os",
        "slots/train.ready": "os.kill(os.getpid(), 9)",
    },
    "hungry": {
        "slots/train.ready": "hoard = torch.ones(500_000_000)\ntime.sleep(60 * hoard[0].item())"
    },
    "hanging": {
        "slots/train.imports": "import os",
        "slots/train.ready": 'Path(os.environ["HUNG"]).write_text(str(os.getpid()))\n'
        "time.sleep(600)",
    },
    "useless": {"slots/train.ready": "seconds = 0.0"},
    "unreached": {
        "slots/train.loss": "loss = loss * 1.01",
        "slots/train.ready": "{% if 'nothing' in recipes %}\npass\n{% endif %}",
    },
    "untested": {
        "slots/train.loss": "loss = loss * 1.02",
        "files/tests/test_untested.py": "def test_oracle() -> None:\n    assert 1 + 1 == 3\n",
    },
}
TOUCHY = {
    "touchy": {
        "slots/train.loss": "loss = {{ '-' if 'partner' in recipes }}1.01 * loss",
    },
    "partner": {"slots/train.gradients": "nn.utils.clip_grad_norm_(model.parameters(), 1.0)"},
    "bystander": {"slots/train.loss": "loss = 1.03 * loss"},
}


@pytest.fixture(scope="module")
def planted(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real template with recipes that each have a fault, and no others."""
    folder = Tiny(tmp_path_factory.mktemp("planted") / "template")
    shutil.copytree(template, folder.folder)
    for recipe in (folder.folder / "recipes").iterdir():
        if recipe.name != TASK:
            shutil.rmtree(recipe)
    for name, files in FAULTS.items():
        folder.recipe(name, files)
    return folder.folder


@pytest.fixture(scope="module")
def touchy(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same template with recipes that fail only together."""
    folder = Tiny(tmp_path_factory.mktemp("touchy") / "template")
    shutil.copytree(planted, folder.folder)
    for name in FAULTS:
        shutil.rmtree(folder.folder / "recipes" / name)
    for name, files in TOUCHY.items():
        folder.recipe(name, files)
    return folder.folder


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder whose path is short enough for the sockets in it, as that of tmp_path is not."""
    with tempfile.TemporaryDirectory(prefix="test-") as folder:
        yield Path(folder)


def start(*arguments: str | Path, temporary: Path, **variables: str) -> subprocess.Popen[str]:
    """Start ``ptgen smoke`` with a folder for temporary files."""
    return subprocess.Popen(
        [sys.executable, "-m", "ptgen", "smoke", *map(str, arguments)],
        env={**os.environ, "TMPDIR": str(temporary), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture(scope="module")
def faults(planted: Path) -> dict[str, Any]:
    """What a run with every fault left behind: its results by recipe, and what it said."""
    limits = ["--timeout", "100", "--memory", "1.5"]
    arguments = ["bare", *FAULTS, "--no-cache", "--json", *limits, "--template", str(planted)]
    with tempfile.TemporaryDirectory(prefix="test-") as temporary:
        folder = Path(temporary)
        run = start(*arguments, temporary=folder, HUNG=str(folder / "hung"))
        out, said = run.communicate()
        left = list(folder.glob("ptgen*"))
        hung = int((folder / "hung").read_text())
    results = {",".join(result["recipes"]) or "bare": result for result in json.loads(out)}
    return {"results": results, "status": run.returncode, "said": said, "left": left, "hung": hung}


EXPECTED = [
    ("broken", "declared", "the template has a mistake"),
    ("unreached", "declared", "slots/train.ready is never reached"),
    ("untidy", "lint", "ruff check has found something"),
    ("untyped", "types", "mypy has found something"),
    ("undeclared", "dependencies", "deptry has found something"),
    ("idle", "train", "in 3 epochs; expected at least 0.95"),
    ("backwards", "train", "in 3 epochs; expected at least 0.95"),
    ("constant", "train", "val_accuracy is 1 in every epoch"),
    ("leaking", "train", "train.py ended with status 1"),
    ("deadly", "train", "train.py was ended by SIGKILL"),
    ("hungry", "train", "GiB of memory; the limit is 1.5"),
    ("hanging", "train", "not done after 100 s"),
    ("forgetful", "resume", "comparison with the whole run ended with status 1"),
    ("lossy", "resume", "comparison with the whole run ended with status 1"),
    ("random", "resume", "comparison with the whole run ended with status 1"),
    ("untested", "tests", "pytest ended with status 1"),
    ("useless", "effect", "ends exactly as it does without useless"),
]


@pytest.mark.long
def test_every_fault_fails_its_variant_and_no_other(faults: dict[str, Any], planted: Path) -> None:
    """All in one test: who runs the tests side by side would otherwise run the faults twice."""
    results, said = faults["results"], faults["said"]
    assert results.keys() == {"bare", *FAULTS} == {"bare", *(recipe for recipe, *_ in EXPECTED)}
    assert results["bare"]["passed"], said
    assert results["bare"]["metric"] == "val_accuracy"
    assert results["bare"]["figure"] >= 0.95
    for recipe, phase, reason in EXPECTED:
        result = results[recipe]
        assert not result["passed"], recipe
        assert (recipe, result["phase"]) == (recipe, phase), result["log"][-20:]
        assert reason in result["reason"]
        repeat = f"ptgen smoke {recipe} --task {TASK} --template {shlex.quote(str(planted))}"
        assert result["repeat"] == repeat
        assert reason in said
        assert repeat in said
    assert faults["status"] == 1
    assert f"1 of {len(FAULTS) + 1} variants passed" in said
    assert "| $ python train.py --run runs/whole --device cpu --epochs 3" in said
    assert "| the resumed run differs in model." in said
    assert "| hooks pile up: " in said
    assert faults["left"] == []
    assert not is_running(faults["hung"])


def test_recipes_that_fail_only_together_are_found(touchy: Path, temporary: Path) -> None:
    run = start("--no-cache", "--json", "--template", touchy, temporary=temporary)
    out, said = run.communicate()
    assert run.returncode == 1, said
    results = json.loads(out)
    assert len(results) > len(TOUCHY) + 1
    for result in results:
        together = {"touchy", "partner"} <= set(result["recipes"])
        assert result["passed"] is not together, said
        assert result["reduced"] == (["partner", "touchy"] if together else None)
    assert f"repeat: ptgen smoke partner,touchy --task {TASK}" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_who_ends_ptgen_ends_all_that_it_started(
    number: signal.Signals, planted: Path, temporary: Path
) -> None:
    hung = temporary / "hung"
    arguments = ("hanging", "--no-cache", "--template", planted)
    run = start(*arguments, temporary=temporary, HUNG=str(hung))
    while not hung.is_file() or not hung.read_text():
        assert run.poll() is None
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


def test_a_folder_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    run = start("bare", "--task", TASK, temporary=folder)
    assert "too long for the sockets that loaders make in it" in run.communicate()[1]
    assert run.returncode == 1


def test_processes_that_train_together_pass(
    template: Path, tmp_path: Path, temporary: Path
) -> None:
    kept = tmp_path / "kept"
    arguments = ("mixup,ddp", "--task", TASK, "--no-cache", "--template", template, "--keep", kept)
    run = start(*arguments, temporary=temporary)
    out, said = run.communicate()
    assert run.returncode == 0, said
    assert "1 of 1 variants passed" in said
    assert not out
    assert "torchrun --nproc-per-node 2" in (kept / "001/log.txt").read_text()
    assert (kept / "001/project/runs/whole/report.json").is_file()


def test_nothing_runs_beside_the_process_that_is_forked() -> None:
    code = (
        "import os, threading; from ptgen.smoke import processes; processes.warm_up();"
        "print(threading.active_count(), len(os.listdir('/proc/self/task')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "1"]
