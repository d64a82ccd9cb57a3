"""The page of slots says what the template offers; the commands of the other pages work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from . import plain
from .conftest import ROOT, Ptgen, git

SOURCES = [
    path.read_text()
    for folder in (ROOT / "template", ROOT / "recipes")
    for path in folder.rglob("*")
    if path.is_file()
]


def names(macros: str) -> set[str]:
    """Return the names of the slots or blocks that the template offers."""
    return {name for text in SOURCES for name in re.findall(rf'\b(?:{macros})\("([a-z_.]+)"', text)}


def test_the_page_of_slots_names_every_slot_and_block() -> None:
    page = (ROOT / "docs/slots.md").read_text()
    tables = {"slot": set[str](), "block": set[str]()}
    for kind, table in re.findall(r"\| (slot|block) \| is \|\n\|---\|---\|\n((?:\|.*\n)+)", page):
        tables[kind] |= set(re.findall(r"^\| `([a-z_.]+)`", table, re.MULTILINE))
    assert tables == {"slot": names("slot"), "block": names("block|expression")}


def test_the_page_for_authors_has_the_hooks_of_a_reference_and_shows_one() -> None:
    page = (ROOT / "docs/authors.md").read_text()
    section = page.partition("## reference.py\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)\(run", section)) == {*plain.HOOKS}
    assert (ROOT / "recipes/label-smoothing/reference.py").read_text() in section


TOOLS = Path(sys.executable).parent
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
# A line number before a line of code: pages need not change whenever a line is added to train.py.
NUMBERED = re.compile(r" +\d+  +")
SEPARATOR = "-- the next block --"
# What happens elsewhere before the first line that starts so: the template has a newer version.
RELEASED_BEFORE = ("ptgen update --dry-run", "ptgen template sync")
RELEASE = """\
(cd "$UPSTREAM" && echo "The last line." >> template/README.md.jinja &&
    git commit --quiet --all --message "A version" && git tag v1.1.0)
"""


@pytest.mark.parametrize("page", ["researcher", "teams", "authors"])
def test_the_commands_of_a_page_do_what_it_shows(
    ptgen: Ptgen, repository: Path, tmp_path: Path, page: str
) -> None:
    upstream, physics = tmp_path / "upstream", tmp_path / "physics"
    git("clone", "--quiet", str(repository), str(upstream), cwd=tmp_path)
    git("clone", "--quiet", "--bare", str(repository), "starter.git", cwd=tmp_path)
    starter = tmp_path / "starter.git"
    if page == "teams":  # which pushes to one that is empty, and imports of one that is not
        starter = tmp_path / "empty.git"
        git("init", "--quiet", "--bare", "--initial-branch=main", str(starter), cwd=tmp_path)
        git("clone", "--quiet", str(repository), str(physics), cwd=tmp_path)
        ptgen("recipe", "new", "spectral-loss", "--path", physics)
        git("add", "--all", cwd=physics)
        git("commit", "--quiet", "--message", "A recipe", cwd=physics)
        git("tag", "--force", "v1.0.0", cwd=physics)
    blocks = BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text())
    assert len(blocks) > 2

    # The environment of these tests is the one that uv run would make.
    lines = [f"echo {SEPARATOR}\n{commands}" for commands, _ in blocks]
    script = re.sub(r"^uv run (--group test )?", "", "".join(lines), flags=re.MULTILINE)
    for start in RELEASED_BEFORE:
        script = script.replace(start, RELEASE + start, 1)
    addresses = {
        "https://git.example.com/acme/starter.git": starter,
        "https://git.example.com/physics/recipes.git": physics,
    }
    environment = {
        **os.environ,
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "PTGEN_TEMPLATE": str(upstream),
        "UPSTREAM": str(upstream),
        "OMP_NUM_THREADS": "1",
        "GIT_CONFIG_COUNT": str(len(addresses)),
    }
    for number, (url, folder) in enumerate(addresses.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = f"url.{folder}.insteadOf"
        environment[f"GIT_CONFIG_VALUE_{number}"] = url
    for role in ("AUTHOR", "COMMITTER"):
        environment[f"GIT_{role}_NAME"] = "Somebody"
        environment[f"GIT_{role}_EMAIL"] = "somebody@example.com"
    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=script,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    outputs = done.stdout.split(SEPARATOR)[1:]
    for (commands, shown), output in zip(blocks, outputs, strict=True):
        output = NUMBERED.sub(" N  ", output)
        for line in shown.splitlines():
            assert NUMBERED.sub(" N  ", line) in output, f"{commands}{output}"
