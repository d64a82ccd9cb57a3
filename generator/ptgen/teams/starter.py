"""Creates a team's own template: a repository with a copy of this one, for the team to change."""

import json
import tomllib
from pathlib import Path
from string import Template as Text
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ptgen.base import git
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.staging import atomic_folder
from ptgen.projects.create import place_problems
from ptgen.teams import upstream
from ptgen.teams.upstream import Record
from ptgen.templates import Template, dependencies, source
from ptgen.templates.origins import without_credentials

TEXTS = Path(__file__).resolve().parent / "starter_files"
# The team's own files, each with its text; in those that end in .in, $names are filled in.
FILES = {
    ".github/workflows/ci.yml": "ci.yml",
    ".gitignore": "gitignore",
    "CHANGELOG.md": "CHANGELOG.md.in",
    "README.md": "README.md.in",
    "pyproject.toml": "pyproject.toml.in",
}
# What `ptgen smoke` itself needs, even where a template does not.
SMOKE = ("pytest>=8.3,<10", "ruff>=0.11,<1", "torch>=2.8,<3")


def create(template: Template, destination: Path) -> tuple[Record, list[str]]:
    """Create a team's template from another one.

    It is a git repository: branch ``upstream`` holds what composes a project, as it is in the other
    one, and ``main`` adds the team's own files.

    Args:
        template: The open template that the team starts from.
        destination: Folder of the repository, which does not exist.

    Returns:
        What its ``upstream.yml`` says, and the paths of all files, relative to it.

    Raises:
        PtgenError: If it could not be created. Then nothing is left of it.
    """
    _refuse_place(destination)
    template.config.refuse_code()
    needs = requirements(template)
    destination = destination.absolute()
    with atomic_folder(destination) as folder:
        record = _begin(template, folder)
        _write_own(folder, destination.name, record, needs)
        listed = git.run("ls-files", "-z", cwd=folder)
    return record, sorted(filter(None, listed.split("\0")))


def requirements(template: Template) -> list[str]:
    """Return what any project of a template may need, as PEP 508 has it.

    Raises:
        Problems: With every mistake of every manifest.
    """
    return dependencies.of_all(template.folder, template.manifests)


def missing(repository: Path) -> list[str]:
    """Return what recipes need that the environment of the team's template does not name."""
    path = repository / "pyproject.toml"
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = [known.get("project", {}).get("dependencies", [])]
        lists += known.get("dependency-groups", {}).values()
        lines = [line for lines in lists for line in lines if isinstance(line, str)]
        names = {_name(line) for line in lines}
        needs = requirements(Template(repository))
    except (OSError, tomllib.TOMLDecodeError, InvalidRequirement, PtgenError):
        return []  # it has none, or `ptgen check` will say what is wrong
    return [line for line in needs if _name(line) not in names]


def own_requirement() -> str:
    """Return the requirement of this very ptgen: from its repository, where that is known."""
    own = source.packed()
    address = own.src_path if own else _origin(source.own_folder())
    url = source.git_url(address) if address else None
    if url and "://" not in url and url.startswith("git@"):
        url = "ssh://" + url.replace(":", "/", 1)
    if not url or urlsplit(url).scheme not in ("http", "https", "ssh", "git"):
        return "ptgen"
    return f"ptgen @ git+{without_credentials(url)}"


def _origin(folder: Path) -> str | None:
    """Return the address that a checkout was cloned from."""
    arguments = ("remote", "get-url", "origin")
    if not git.is_root(folder) or not git.succeeds(*arguments, cwd=folder):
        return None
    return git.run(*arguments, cwd=folder).strip()


def _refuse_place(destination: Path) -> None:
    """Refuse a place where no repository can be created."""
    problems = place_problems(destination)
    if not git.available():
        problems.append("git is not on PATH; install it: https://git-scm.com/downloads")
    elif not problems:
        above = next(folder for folder in destination.absolute().parents if folder.is_dir())
        if git.inside_work_tree(above):
            problems.append(
                f"{above} is in a git repository, and a team's template is one of its own; "
                "name a folder outside"
            )
    if problems:
        raise Problems(problems)


def _begin(template: Template, repository: Path) -> Record:
    """Make a repository whose branches upstream and main hold what composes a project."""
    git.run("init", "--quiet", "--initial-branch=main", cwd=repository)
    address = without_credentials(template.src_path) if template.src_path else None
    tree = upstream.write_tree(template.folder, repository)
    message = upstream.message_of(address, template.commit)
    snapshot = upstream.commit_tree(tree, (), message, repository)
    git.run("update-ref", f"refs/heads/{upstream.BRANCH}", snapshot, cwd=repository)
    git.run("reset", "--quiet", "--hard", snapshot, cwd=repository)
    return Record(address, template.commit, snapshot)


def _write_own(repository: Path, name: str, record: Record, needs: list[str]) -> None:
    """Write the team's own files and commit them."""
    own = own_requirement()
    values = {
        "name": name,
        "upstream": record.template or "an unknown place",
        "version": record.version or "no version",
        "ptgen": own.removeprefix("ptgen @ "),
        "own": json.dumps(own),
        "recipes": "\n".join(f"    {json.dumps(line)}," for line in needs),
        "smoke": "\n".join(f"    {json.dumps(line)}," for line in SMOKE),
    }
    for path, text in FILES.items():
        target, content = repository / path, (TEXTS / text).read_text(encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        filled = Text(content).substitute(values) if text.endswith(".in") else content
        target.write_text(filled, encoding="utf-8")
    record.write(repository)
    git.run("add", "--force", "--", *FILES, upstream.RECORD, cwd=repository)
    git.commit("Add what is the team's own", cwd=repository)


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)
