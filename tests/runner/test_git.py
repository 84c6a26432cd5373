"""Repositories are brought as they are asked for, and their addresses are not trusted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prefect.exceptions import InvalidRepositoryURLError
from prefect.runner.git import GitError, Remote, Wanted, check_out
from tests.repositories import Repository


def test_the_latest_state_of_the_usual_branch_is_brought(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"flows/a.py": "one", "docs/b.md": "text"})

    check_out(repository.remote, Wanted(), tmp_path / "copy")

    assert (tmp_path / "copy/flows/a.py").read_text() == "one"
    assert repository.depth_of(tmp_path / "copy") == 1


def test_done_again_it_brings_what_is_new(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "one"})
    check_out(repository.remote, Wanted(), tmp_path / "copy")
    repository.commit({"a.py": "two"})

    check_out(repository.remote, Wanted(), tmp_path / "copy")

    assert (tmp_path / "copy/a.py").read_text() == "two"


def test_a_branch_a_tag_or_a_commit_is_brought(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit({"a.py": "one"})
    repository.git("tag", "v1")
    repository.git("checkout", "-q", "-b", "feature/x")
    repository.commit({"a.py": "two"})

    check_out(repository.remote, Wanted(branch="feature/x"), tmp_path / "branch")
    check_out(repository.remote, Wanted(branch="v1"), tmp_path / "tag")
    check_out(repository.remote, Wanted(commit_sha=first), tmp_path / "commit")
    check_out(repository.remote, Wanted(commit_sha=first[:8]), tmp_path / "short")

    assert (tmp_path / "branch/a.py").read_text() == "two"
    assert {(tmp_path / name / "a.py").read_text() for name in ("tag", "commit", "short")} == {"one"}


def test_only_the_wanted_directories_are_there(repository: Repository, tmp_path: Path) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.commit({"flows/a.py": "one", "data/big.bin": "x" * 1000, "README": "top"})

    check_out(repository.remote, Wanted(directories=["flows"]), tmp_path / "copy")

    assert (tmp_path / "copy/flows/a.py").exists()
    assert not (tmp_path / "copy/data").exists()


def test_submodules_of_local_paths_are_not_followed(
    repository: Repository, another_repository: Callable[[str], Repository], tmp_path: Path
) -> None:
    inner = another_repository("inner")
    inner.commit({"i.py": "inner"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.folder), "inner")
    repository.commit({"a.py": "one"})

    with pytest.raises(GitError, match="submodule"):
        check_out(repository.remote, Wanted(submodules=True), tmp_path / "copy")


def test_a_copy_that_was_cut_off_is_repaired(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "one", "b.py": "one"})
    check_out(repository.remote, Wanted(), tmp_path / "copy")
    (tmp_path / "copy/a.py").unlink()
    (tmp_path / "copy/b.py").write_text("half")
    repository.commit({"b.py": "two"})

    check_out(repository.remote, Wanted(), tmp_path / "copy")

    assert (tmp_path / "copy/a.py").read_text() == "one"
    assert (tmp_path / "copy/b.py").read_text() == "two"


def test_changes_in_a_folder_that_is_the_users_are_not_lost(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "one"})
    subprocess.run(["git", "clone", "-q", repository.remote.url, str(tmp_path / "mine")], check=True)
    (tmp_path / "mine/a.py").write_text("my work")
    repository.commit({"a.py": "two"})

    with pytest.raises(GitError, match="overwritten by checkout"):
        check_out(repository.remote, Wanted(), tmp_path / "mine")
    assert (tmp_path / "mine/a.py").read_text() == "my work"


def test_a_folder_that_holds_something_else_is_left_alone(
    repository: Repository, another_repository: Callable[[str], Repository], tmp_path: Path
) -> None:
    repository.commit({"a.py": "one"})
    other = another_repository("other")
    other.commit({"a.py": "other"})
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/notes.txt").write_text("mine")
    check_out(other.remote, Wanted(), tmp_path / "other copy")

    with pytest.raises(GitError, match="not empty"):
        check_out(repository.remote, Wanted(), tmp_path / "taken")
    with pytest.raises(GitError, match="another repository"):
        check_out(repository.remote, Wanted(), tmp_path / "other copy")


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch sentinel",
        "-u./sentinel",
        "ext::sh -c touch% sentinel",
        "http://example.com/x.git",
        "git://example.com/x.git",
        "ftp://example.com/x.git",
        "https://",
        "https://-oProxyCommand=touch/x.git",
        "ssh://-oProxyCommand=touch sentinel/x",
        "-oProxyCommand=touch@host:x",
        "",
        "https://example.com/x\n.git",
        "/no/such/folder",
    ],
)
def test_an_address_that_is_none_is_refused_before_git_sees_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRepositoryURLError):
        Remote.of(url)
    assert not list(tmp_path.rglob("sentinel"))


@pytest.mark.parametrize("url", ["https://github.com/a/b.git", "ssh://git@host/a/b", "git@github.com:a/b.git"])
def test_addresses_that_hosts_give_are_taken(url: str) -> None:
    assert Remote.of(url).url == url
    assert Remote.of(url).name == "b"


@pytest.mark.parametrize(
    "wanted",
    [
        {"branch": "--upload-pack=x"},
        {"branch": ""},
        {"branch": "a:b"},
        {"commit_sha": "HEAD"},
        {"commit_sha": "--exec"},
        {"directories": ["--x"]},
        {"directories": ["../out"]},
        {"directories": ["/etc"]},
        {"branch": "a", "commit_sha": "a" * 40},
    ],
)
def test_names_that_git_would_take_amiss_are_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Wanted(**wanted)  # type: ignore[arg-type]


def test_credentials_in_an_address_are_taken_out_of_it() -> None:
    both = Remote.of("https://me:s%40cret@example.com:8443/a/b.git")
    alone = Remote.of("https://s3cret@gitlab.com/a/b.git")

    assert (both.url, both.user, both.token) == ("https://example.com:8443/a/b.git", "me", "s@cret")
    assert (alone.url, alone.user, alone.token) == ("https://gitlab.com/a/b.git", None, "s3cret")
    assert "s@cret" not in repr(both)


def test_what_git_complains_about_is_told_without_the_token(tmp_path: Path) -> None:
    with pytest.raises(GitError) as told:
        check_out(Remote.of("https://me:swordfish@127.0.0.1:9/a.git"), Wanted(), tmp_path / "copy")

    assert "swordfish" not in str(told.value)
    assert "git fetch failed for https://127.0.0.1:9/a.git" in str(told.value)
    assert not [file for file in (tmp_path / "copy").rglob("*") if file.is_file() and b"swordfish" in file.read_bytes()]


def test_git_is_handed_the_token_for_its_own_host_alone(tmp_path: Path) -> None:
    remote = Remote.of("https://example.com/a.git", token="swordfish")

    def asked(host: str) -> str:
        return subprocess.run(
            ["git", "credential", "fill"],
            input=f"protocol=https\nhost={host}\n\n",
            env=remote.environment(),
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        ).stdout

    assert "password=swordfish" in asked("example.com")
    assert "username=x-access-token" in asked("example.com")
    assert "swordfish" not in asked("elsewhere.example")


def test_the_token_is_in_no_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = tmp_path / "said"
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> {said}\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")

    check_out(Remote.of("https://me:swordfish@example.com/a.git"), Wanted(branch="main"), tmp_path / "copy")

    assert "-c protocol.ext.allow=never" in said.read_text()
    assert "-- origin main" in said.read_text()
    assert "swordfish" not in said.read_text()
