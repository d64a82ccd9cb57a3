"""Settings of git that somebody has: with each, a project lives as it does without."""

from pathlib import Path

import pytest

from .conftest import Ptgen, Tiny, commit_all, git, tree

SETTINGS = [
    "advice.detachedHead=false",
    "alias.commit=!false",
    "checkout.workers=4",
    "clone.defaultRemoteName=upstream",
    "clone.rejectShallow=true",
    "color.ui=always",
    "column.ui=always",
    "commit.gpgSign=true",
    "commit.status=false",
    "commit.template=/nowhere",
    "commit.verbose=true",
    "core.abbrev=40",
    "core.attributesFile={folder}/attributes",
    "core.autocrlf=input",
    "core.autocrlf=true",
    "core.bigFileThreshold=1",
    "core.checkStat=minimal",
    "core.commentChar=;",
    "core.compression=0",
    "core.editor=false",
    "core.eol=crlf",
    "core.excludesFile={folder}/ignored",
    "core.fileMode=false",
    "core.fsmonitor=true",
    "core.hooksPath={folder}/hooks",
    "core.ignoreCase=true",
    "core.logAllRefUpdates=false",
    "core.pager=false",
    "core.preloadIndex=false",
    "core.quotePath=false",
    "core.safecrlf=true",
    "core.sharedRepository=group",
    "core.splitIndex=true",
    "core.symlinks=false",
    "core.trustctime=false",
    "core.untrackedCache=true",
    "core.warnAmbiguousRefs=true",
    "core.whitespace=cr-at-eol",
    "diff.algorithm=histogram",
    "diff.external=false",
    "diff.mnemonicPrefix=true",
    "diff.noprefix=true",
    "diff.renames=copies",
    "diff.relative=true",
    "feature.experimental=true",
    "feature.manyFiles=true",
    "fetch.prune=true",
    "format.pretty=oneline",
    "gc.auto=1",
    "gpg.program=false",
    "help.autoCorrect=immediate",
    "i18n.commitEncoding=latin1",
    "index.threads=4",
    "index.version=4",
    "init.defaultBranch=trunk",
    "init.templateDir={folder}/initial",
    "interactive.singleKey=true",
    "log.showSignature=true",
    "merge.conflictStyle=diff3",
    "merge.directoryRenames=conflict",
    "merge.ff=only",
    "merge.renameLimit=1",
    "merge.renames=false",
    "merge.renormalize=true",
    "merge.verbosity=5",
    "protocol.version=0",
    "pull.rebase=true",
    "push.default=nothing",
    "rebase.autoStash=true",
    "receive.fsckObjects=true",
    "rerere.enabled=true",
    "safe.bareRepository=explicit",
    "status.branch=true",
    "status.relativePaths=false",
    "status.renames=copies",
    "status.short=true",
    "status.showStash=true",
    "status.showUntrackedFiles=no",
    "status.submoduleSummary=true",
    "submodule.recurse=true",
    "tag.gpgSign=true",
    "tag.sort=-version:refname",
    "transfer.fsckObjects=true",
    "uploadpack.allowFilter=true",
    "user.useConfigOnly=true",
    "versionsort.suffix=-rc",
]
# What lets somebody commit whose settings are in the way.
ALLOWING = ("core.hooksPath=/dev/null", "core.excludesFile=/dev/null", "commit.gpgSign=false")
# Every day, those that were seen to matter; the others in a campaign.
DAILY = {"core.autocrlf=true", "core.hooksPath={folder}/hooks", "status.showUntrackedFiles=no"}


def configure(setting: str, folder: Path) -> None:
    """Set it for the user, with the files that it may name."""
    (folder / "attributes").write_text("*.py text eol=crlf\n")
    (folder / "ignored").write_text("*.py\n*.txt\n")
    for place in ("hooks", "initial/hooks"):
        for name in ("post-checkout", "pre-commit", "reference-transaction"):
            hook = folder / place / name
            hook.parent.mkdir(parents=True, exist_ok=True)
            hook.write_text("#!/bin/sh\nexit 1\n")
            hook.chmod(0o755)
    section, _, rest = setting.partition(".")
    key, _, value = rest.partition("=")
    text = f'[{section}]\n{key} = "{value.format(folder=folder)}"\n'
    (Path.home() / ".gitconfig").write_text(text)


def live(ptgen: Ptgen, versions: Tiny, place: str) -> dict[str, list[str]]:
    """Let a project live, and return the lines of its files; the ends of lines are the user's."""
    project = Path(place, "mine").absolute()
    ptgen("new", project, "-r", "scale", "--template", versions.folder, "--ref", "v1.0.0")

    def commit() -> None:
        """Commit as somebody whose settings allow it."""
        allowing = [part for setting in ALLOWING for part in ("-c", setting)]
        git(*allowing, "add", "--all", cwd=project)
        git(*allowing, "commit", "--quiet", "--message", "Mine", cwd=project)

    train = project / "train.py"
    train.write_bytes(b"# mine\n" + train.read_bytes())
    commit()
    ptgen("add", "clip", "cosine", "--project", project)
    assert "edited    train.py\n" in ptgen("status", "--project", project).stdout
    ptgen("undo", "--project", project)
    ptgen("add", "clip", "cosine", "--project", project)
    commit()
    ptgen("remove", "cosine", "--project", project)
    commit()
    ptgen("update", project)
    assert "on ptgen/v1.1.0" not in ptgen("update", project).stdout
    return {name: content.decode().splitlines() for name, (_, content) in tree(project).items()}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_project_lives_as_it_does_without(
    ptgen: Ptgen, versions: Tiny, tmp_path: Path, setting: str, campaign: bool
) -> None:
    if setting not in DAILY and not campaign:
        pytest.skip("one of a campaign: pytest --campaign")
    versions.write("template/news.txt", "new\n")
    commit_all(versions.folder, "v1.1.0")
    calm = live(ptgen, versions, "calm")
    assert calm["news.txt"] == ["new"]
    configure(setting, tmp_path)
    assert live(ptgen, versions, "disturbed") == calm
