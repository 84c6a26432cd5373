"""Bringing a folder to a state of a git repository, without trusting anything that a repository's address says.

Addresses and names never look like options to git. A token travels in the environment to a credential helper that
answers for the repository's own host; it is in no argument, no address, no file and no error.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from prefect.exceptions import InvalidRepositoryURLError, PrefectException

SCHEMES = ("https", "ssh", "file")
SCP_LIKE = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>[^:\s][^\s]*)")
COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
HELPER = (
    """!f() { test "$1" = get && """
    """printf 'username=%s\\npassword=%s\\n' "$PREFECT__GIT_USER" "$PREFECT__GIT_TOKEN"; }; f"""
)
"""The credential helper: a function of the shell that git starts; it reads the token from its environment."""
OURS = "prefect.checkout"
"""The mark in a repository's configuration of a folder that we made, and whose changes may be thrown away."""
CAUTION = ("-c", "protocol.ext.allow=never", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")


class GitError(PrefectException, RuntimeError):
    """Git could not bring a repository's code."""


@dataclass(frozen=True)
class Remote:
    """A repository elsewhere, and who asks for it."""

    url: str
    user: str | None = None
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, user: str | None = None, token: str | None = None) -> Remote:
        """The remote at an address. Raises `InvalidRepositoryURLError`.

        Allowed are `https://`, `ssh://`, `git@host:path`, `file://` and the path of a folder. Credentials within the
        address are taken out of it.
        """
        text = str(url).strip()
        if not text or text.startswith("-") or any(character < " " for character in text):
            raise InvalidRepositoryURLError(f"{url!r} is no repository's address.")
        if SCP_LIKE.fullmatch(text):
            return cls(text, user, token)
        if "://" not in text:
            return cls(_folder_url(text), user, token)
        return cls._of_url(text, user, token)

    @classmethod
    def _of_url(cls, text: str, user: str | None, token: str | None) -> Remote:
        parts = urlsplit(text)
        if parts.scheme not in SCHEMES or "::" in text.partition("://")[0]:
            raise InvalidRepositoryURLError(
                f"Repositories are reached by {', '.join(SCHEMES)}, or git@host:path; {parts.scheme!r} is not allowed."
            )
        if parts.scheme == "file":
            return cls(text, user, token)
        if not parts.hostname or parts.hostname.startswith("-"):
            raise InvalidRepositoryURLError("The address of the repository names no host.")
        if parts.scheme == "ssh":
            return cls(text, user, token)
        host = parts.netloc.rpartition("@")[2]
        bare = urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
        inner_user, inner_token = unquote(parts.username or ""), unquote(parts.password or "")
        if inner_user and not inner_token:
            inner_user, inner_token = "", inner_user
        return cls(bare, user or inner_user or None, token or inner_token or None)

    @property
    def name(self) -> str:
        """The last part of the address, without `.git`."""
        return re.split(r"[/:]", self.url.rstrip("/"))[-1].removesuffix(".git")

    @property
    def is_local(self) -> bool:
        return self.url.startswith("file://")

    def environment(self) -> dict[str, str]:
        """What git is told: never to ask anybody, and the token where there is one."""
        env = {name: value for name, value in os.environ.items() if name not in ("GIT_ALLOW_PROTOCOL", "GIT_DIR")}
        env |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "LC_ALL": "C"}
        if self.token is None or not self.url.startswith("https://"):
            return env
        settings = [("credential.helper", ""), (f"credential.https://{urlsplit(self.url).netloc}.helper", HELPER)]
        env |= {"PREFECT__GIT_USER": self.user or _usual_user(self.url), "PREFECT__GIT_TOKEN": self.token}
        before = int(env.get("GIT_CONFIG_COUNT") or 0)
        for number, (key, value) in enumerate(settings, before):
            env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return env | {"GIT_CONFIG_COUNT": str(before + len(settings))}


def _folder_url(text: str) -> str:
    folder = Path(text).expanduser()
    if "::" in text or not folder.is_dir():
        raise InvalidRepositoryURLError(
            f"{text!r} is no repository's address and no folder. Expected https://…, ssh://…, git@host:path or a path."
        )
    return folder.resolve().as_uri()


def _usual_user(url: str) -> str:
    """Whom hosts expect in front of a token."""
    host = urlsplit(url).netloc
    if "gitlab" in host:
        return "oauth2"
    return "x-token-auth" if "bitbucket" in host else "x-access-token"


@dataclass(frozen=True)
class Wanted:
    """Which state of a repository, and which parts of it. Raises `ValueError` for names that git would take amiss."""

    branch: str | None = None
    commit_sha: str | None = None
    directories: Sequence[str] = ()
    submodules: bool = False

    def __post_init__(self) -> None:
        if self.branch and self.commit_sha:
            raise ValueError("A branch and a commit were given; give one of them.")
        if self.branch is not None and (not self.branch or self.branch.startswith("-") or ":" in self.branch):
            raise ValueError(f"{self.branch!r} is no name of a branch or tag.")
        if self.commit_sha is not None and not COMMIT.fullmatch(self.commit_sha):
            raise ValueError(f"A commit is given by 7 to 64 hexadecimal digits; {self.commit_sha!r} does not fit.")
        for directory in self.directories:
            if not directory or directory.startswith(("-", "/")) or ".." in Path(directory).parts or "\n" in directory:
                raise ValueError(f"{directory!r} is no directory within a repository.")


def check_out(remote: Remote, wanted: Wanted, folder: Path) -> None:
    """Have a folder hold that state of the repository; done again, the latest one of its branch.

    Raises `GitError` where git cannot do so, and where the folder holds something else, or changes that would be lost.
    """
    _prepare(remote, folder)
    if wanted.directories:
        _git(remote, folder, "sparse-checkout", "set", "--stdin", given="\n".join(wanted.directories))
    state = _fetched(remote, wanted, folder)
    force = ("--force",) if _told(folder, OURS) else ()
    _git(remote, folder, "checkout", "--quiet", "--detach", *force, state)
    if wanted.submodules:
        _git(remote, folder, "submodule", "update", "--quiet", "--init", "--recursive", *force, "--depth", "1")


def _prepare(remote: Remote, folder: Path) -> None:
    """Make a repository of an empty or missing folder; one that is there must be a copy of the same remote."""
    if not (folder / ".git").exists():
        if folder.exists() and any(folder.iterdir()):
            raise GitError(
                f"{str(folder)!r} is not empty and no copy of {remote.url}. Choose another name, or empty it."
            )
        folder.mkdir(parents=True, exist_ok=True)
        _git(remote, folder, "init", "--quiet")
        _git(remote, folder, "config", OURS, "true")
    known = _told(folder, "remote.origin.url")
    if known and Remote.of(known).url != remote.url:
        raise GitError(f"{str(folder)!r} is a copy of another repository than {remote.url}. Choose another name.")
    if not known:
        _git(remote, folder, "remote", "add", "--", "origin", remote.url)


def _told(folder: Path, key: str) -> str:
    asked = subprocess.run(
        ["git", "-C", str(folder), "config", "--local", "--get", key], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def _fetched(remote: Remote, wanted: Wanted, folder: Path) -> str:
    """Fetch what is wanted and nothing more; the name under which it is there."""
    parts = ("--filter=blob:none",) if wanted.directories else ()
    shallow = ("fetch", "--quiet", "--no-tags", "--depth", "1", *parts, "--", "origin")
    if wanted.commit_sha is None:
        _git(remote, folder, *shallow, wanted.branch or "HEAD")
        return "FETCH_HEAD"
    try:
        _git(remote, folder, *shallow, wanted.commit_sha)
    except GitError:
        _git(remote, folder, "fetch", "--quiet", *parts, *_deepened(folder), "--", "origin")
    return f"{wanted.commit_sha}^{{commit}}"


def _deepened(folder: Path) -> tuple[str, ...]:
    return ("--unshallow",) if (folder / ".git" / "shallow").exists() else ()


def _git(remote: Remote, folder: Path, *arguments: str, given: str | None = None) -> str:
    """What git prints. Raises `GitError` with what it complains about, and with no token."""
    try:
        ended = subprocess.run(
            ["git", "-C", str(folder), *CAUTION, *arguments],
            env=remote.environment(),
            input=given if given is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise GitError("The command git was not found; install git to use repositories.") from None
    if ended.returncode == 0:
        return ended.stdout
    said = ended.stderr.strip() or ended.stdout.strip()
    if remote.token:
        said = said.replace(remote.token, "********")
    raise GitError(f"git {arguments[0]} failed for {remote.url} with exit code {ended.returncode}: {said}")
