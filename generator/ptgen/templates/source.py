"""Where a template comes from, and how it is opened as a plain folder on this machine.

`ptgen list` imports this module, so what takes long to import is imported where it is used.
"""

import glob
import json
import os
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ptgen.base import git
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.home import below_home, expanded
from ptgen.base.staging import scratch
from ptgen.templates.template import Template

PACKAGE = Path(__file__).resolve().parents[1]
PACKED = PACKAGE / "_template"  # in a wheel
SHORTHANDS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
# What Copier takes for git without being told.
COPIER_KNOWS = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")
COMPOSED_OF = ("copier.yml", "copier.yaml", "template", "recipes", "presets", "composition")


def asked_for(where: str | None = None) -> str | None:
    """Return the source to use: ``where``, else the environment's, else the user's own, else None.

    None stands for ptgen's own template. A relative path becomes absolute, because it would mean
    something else in the project.
    """
    address = where or os.environ.get("PTGEN_TEMPLATE") or _configured()
    if address and Path(address).exists() and not Path(address).is_absolute():
        return str(Path(address).resolve())
    return address


@contextmanager
def open_template(where: str | None = None, ref: str | None = None) -> Iterator[Template]:
    """Give a template as a plain folder, for the time of a ``with``.

    Args:
        where: A path, or a URL of git, or gh:owner/name, as Copier takes it; see ``asked_for``.
        ref: Tag, branch or commit; the newest version if not given, as Copier does, and of
            ptgen's own template the one that is installed.

    Raises:
        PtgenError: If it cannot be had.
    """
    address = asked_for(where)
    with scratch() as folder:
        template = _fetch(address, ref, folder) if address else _own(ref, folder)
        if not any((template.folder / name).is_file() for name in ("copier.yml", "copier.yaml")):
            raise PtgenError(
                f"{address or template.folder} is not a template: it has no copier.yml"
            )
        refuse_links(template.folder)
        yield template


@contextmanager
def open_nearby(where: str | None = None, ref: str | None = None) -> Iterator[Template]:
    """Like ``open_template``, but in the folder of a template, that one as it lies there.

    Who is there works on it, so it comes before what is set for making projects.
    """
    here = Path().absolute()
    if not where and not ref and (here / "copier.yml").is_file():
        where, ref = str(here), "HEAD" if git.is_root(here) else None
    with open_template(where, ref) as template:
        yield template


@contextmanager
def open_catalogue(where: str | None = None, ref: str | None = None) -> Iterator[Template]:
    """Give a template to read recipes from, like ``open_nearby`` but without a copy."""
    if not where and not ref and (Path() / "copier.yml").is_file():
        yield Template(Path())
    elif asked_for(where) or ref:
        with open_template(where, ref) as template:
            yield template
    else:
        yield Template(own_folder())


def own_folder() -> Path:
    """Return the template that ptgen brings: in a wheel inside it, else the repository's root."""
    return PACKED if PACKED.is_dir() else PACKAGE.parents[1]


def nearby_template() -> Path:
    """Return the current folder if it is a template, else ptgen's own."""
    here = Path()
    return here if (here / "copier.yml").is_file() else own_folder()


def packed() -> Template | None:
    """Return the template inside an installed wheel, None where ptgen runs from its repository."""
    folder = own_folder()
    note = folder / "source.json"  # written by the build, see generator/build_hook.py
    if not note.is_file():
        return None
    built = json.loads(note.read_text())
    return Template(folder, _installed_from() or built.get("url"), built.get("commit"))


def _own(ref: str | None, workdir: Path) -> Template:
    folder, wheel = own_folder(), packed()
    is_checkout = not wheel and git.available() and git.is_root(folder)
    src_path = wheel.src_path if wheel else _installed_from()
    src_path = src_path or (str(folder) if is_checkout else None)
    if ref:
        if src_path is None:
            raise PtgenError(
                f"--ref {ref} is a version of a template in git: say which, --template URL"
            )
        return _fetch(src_path, ref, workdir)
    if is_checkout:
        return _of_work_tree(folder, src_path, workdir)
    return wheel or Template(folder, src_path)


def _installed_from() -> str | None:
    """Return where ptgen was installed from (PEP 610), unless it was from an index or a file."""
    import importlib.metadata

    try:
        text = importlib.metadata.distribution("ptgen").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return None
    record = json.loads(text or "{}")
    if "vcs_info" in record:
        return recordable(record["url"])
    if "dir_info" in record:
        folder = Path(unquote(urlsplit(record["url"]).path))
        return str(folder) if (folder / ".git").exists() else None
    return None


def _configured() -> str | None:
    """Return ``template`` of the user's config.toml."""
    base = below_home("XDG_CONFIG_HOME", ".config")
    if base is None or not (path := base / "ptgen" / "config.toml").is_file():
        return None
    try:
        template = tomllib.loads(path.read_text(encoding="utf-8")).get("template")
    except tomllib.TOMLDecodeError as error:
        raise PtgenError(f"{path} is not TOML: {error}") from error
    if not isinstance(template, str | None):
        raise PtgenError(f'{path}: template is {template!r}; expected text, as in "gh:us/ours"')
    return template


def _fetch(address: str, ref: str | None, workdir: Path) -> Template:
    """Make a plain folder of what lies at an address."""
    url = git_url(address)
    if url is None:
        folder = expanded(address)
        if not folder.is_dir():
            raise PtgenError(
                f"there is no template at {address}; expected a folder, a git URL or gh:owner/name"
            )
        if ref:
            raise PtgenError(f"--ref {ref} needs a template in git, and {address} is not in git")
        return Template(folder, address)
    local = Path(url)
    if git.is_root(local):
        ref = ref or newest_tag(local) or "HEAD"
        if ref == "HEAD":
            return _of_work_tree(local, address, workdir)
    clone = clone_of(address, url, workdir / "clone")
    ref = ref or newest_tag(clone) or "HEAD"
    git.run("checkout", "--quiet", "--detach", commit_of(clone, ref, address), cwd=clone)
    bring_submodules(clone)
    commit = name_of(clone, asked=ref)
    shutil.rmtree(clone / ".git")
    return Template(clone, recordable(address), commit)


def clone_of(address: str, url: str, folder: Path, what: str = "template") -> Path:
    """Clone a repository into ``folder``, without a work tree, and return the folder.

    Args:
        address: What the user calls it.
        url: What git calls it.
        folder: A folder that does not exist.
        what: What it is to hold, for messages.

    Raises:
        PtgenError: If it cannot be had.
    """
    try:
        git.run("clone", "--quiet", "--no-checkout", "--", url, str(folder))
    except PtgenError as error:
        raise PtgenError(f"cannot get the {what} {address}: {error}") from error
    return folder


def bring_submodules(clone: Path) -> None:
    """Bring what a checked-out template has in other repositories."""
    if (clone / ".gitmodules").is_file():
        git.run("submodule", "--quiet", "update", "--init", "--recursive", cwd=clone)
        for link in [*clone.rglob("?*/.git")]:  # which are files that point into the clone's own
            link.unlink()


def _is_remote(address: str) -> bool:
    return "://" in address or address.startswith((*COPIER_KNOWS, *SHORTHANDS))


def git_url(address: str) -> str | None:
    """Return what git can clone, or None if the address is a folder that is not in git."""
    for shorthand, host in SHORTHANDS.items():
        if address.startswith(shorthand):
            name = address.removeprefix(shorthand).strip("/").removesuffix(".git")
            return f"{host}{name}.git"
    if _is_remote(address):
        return address.removeprefix("git+")
    path = expanded(address)
    is_repository = path.is_dir() and (git.is_root(path) or git.is_bare(path))
    if path.is_file() or address.endswith(".git") or is_repository:
        return str(path)
    return None


def recordable(address: str) -> str:
    """Return an address that Copier, too, takes for git."""
    if "://" not in address or address.endswith(".git") or address.startswith(COPIER_KNOWS):
        return address
    return f"git+{address}"


def newest_tag(repository: Path) -> str | None:
    """Return the tag of the highest version (PEP 440), leaving out pre-releases."""
    tags = by_version(git.run("tag", "--list", cwd=repository).splitlines())
    return tags[-1] if tags else None


def name_of(repository: Path, commit: str = "HEAD", asked: str | None = None) -> str:
    """Return what to record of a commit, which must stand for it as long as there is the template.

    That is a tag that is a version (PEP 440), else a name with the commit in it, but never a tag
    that is moved from commit to commit, such as ``latest``.

    Args:
        repository: The repository.
        commit: The commit.
        asked: What was asked for; of several versions there, it is preferred to the highest one.
    """
    tags = git.run("tag", "--points-at", commit, cwd=repository).splitlines()
    versions = by_version(tags) or by_version(tags, prereleases=True)
    if versions:
        return asked if asked in versions else versions[-1]
    others = [f"--exclude={glob.escape(tag)}" for tag in tags]
    return git.run("describe", "--tags", "--always", *others, commit, cwd=repository).strip()


def by_version(tags: Iterable[str], *, prereleases: bool = False) -> list[str]:
    """Return the tags that are versions (PEP 440), the lowest first.

    Args:
        tags: The tags.
        prereleases: Whether to take pre-releases, too.
    """
    from packaging.version import InvalidVersion, Version

    versions: dict[Version, str] = {}
    for tag in tags:
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        if prereleases or not version.is_prerelease:
            versions[version] = tag
    return [versions[version] for version in sorted(versions)]


def commit_of(clone: Path, ref: str, address: str, what: str = "template") -> str:
    """Return the commit of a tag, branch or commit of a clone.

    Args:
        clone: The clone.
        ref: The tag, branch or commit.
        address: Where it was cloned from, for messages.
        what: What it holds, for messages.

    Raises:
        PtgenError: If there is none, with the newest tags.
    """
    for name in (ref, f"refs/remotes/origin/{ref}"):
        if commit := git.commit_of(name, cwd=clone):
            return commit
    tags = git.run("tag", "--list", "--sort=-version:refname", cwd=clone).split()
    known = f"; its newest tags: {', '.join(tags[:5])}" if tags else "; it has no tags"
    raise PtgenError(f'the {what} {address} has no tag, branch or commit "{ref}"{known}')


def _version(work_tree: Path) -> str | None:
    """Return the tag or commit of a work tree, None before its first commit."""
    return name_of(work_tree) if git.succeeds("rev-parse", "HEAD", cwd=work_tree) else None


def _of_work_tree(repository: Path, src_path: str | None, workdir: Path) -> Template:
    """Copy what git knows or would add, so that changes can be tried before they are committed."""
    copy = workdir / "copy"
    listed = git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=repository)
    for name in filter(None, listed.split("\0")):
        source, target = repository / name, copy / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    changes = git.run("status", "--porcelain", "--", *COMPOSED_OF, cwd=repository)
    return Template(copy, src_path, _version(repository), bool(changes))


def refuse_links(folder: Path) -> None:
    """Refuse symbolic links: they could bring files of this machine into a project."""
    links = []
    for name in COMPOSED_OF:
        top = folder / name
        below = top.rglob("*") if top.is_dir() and not top.is_symlink() else ()
        links += [path for path in (top, *below) if path.is_symlink()]
    if links:
        raise Problems(
            f"{path.relative_to(folder).as_posix()} is a symbolic link; expected a file"
            for path in links
        )
