"""Beginning a project: a `prefect.yaml` that fits where its code is kept, or a whole small program.

A template's files lie in `templates/`, with `.template` behind their names; names and contents have placeholders.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from prefect.deployments.project_file import FILE
from prefect.runner.git import Remote
from prefect.utilities.templating import apply_values
from prefect.utilities.yaml_text import written_yaml

FILES = Path(__file__).parent / "templates"
TEMPLATES = ("project",)
STEPS = "prefect.deployments.steps"
IGNORED = """# What is not uploaded with a project's code
.prefectignore
.git/
__pycache__/
*.py[cod]
.venv/
.env
"""
HEAD = """# The deployments of this project: `prefect deploy --all` makes them.
# Steps under `build` and `push` are run then, those under `pull` wherever a run starts.

"""
EXAMPLE = """
# One entry for each deployment:
#   - name: every-morning
#     entrypoint: flows/report.py:daily_report
#     schedules:
#       - cron: "0 8 * * *"
#         timezone: UTC
#     work_pool:
#       name: my-pool
deployments: []
"""
NO_INPUTS: Mapping[str, str] = MappingProxyType({})


class Recipe(NamedTuple):
    """Where code is kept, what has to be known for it, and the steps that follow."""

    steps: Callable[[Mapping[str, str]], dict[str, Any]]
    inputs: Mapping[str, str] = NO_INPUTS


def _local(known: Mapping[str, str]) -> dict[str, Any]:
    directory = known.get("directory", str(Path.cwd()))
    return {"pull": [{f"{STEPS}.set_working_directory": {"directory": directory}}]}


def _git(known: Mapping[str, str]) -> dict[str, Any]:
    remote = known.get("repository") or _origin() or "https://example.com/your/repository.git"
    branch = known.get("branch") or _git_said("rev-parse", "--abbrev-ref", "HEAD") or "main"
    return {"pull": [{f"{STEPS}.git_clone": {"repository": remote, "branch": branch}}]}


def _bucket(scheme: str, package: str) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    def steps(known: Mapping[str, str]) -> dict[str, Any]:
        url = f"{scheme}://{known.get('bucket', 'your-bucket')}/{known.get('folder', 'your-folder')}"
        return {"pull": [{f"{STEPS}.pull_from_remote_storage": {"requires": package, "url": url}}]}

    return steps


def _image(pull: Callable[[Mapping[str, str]], dict[str, Any]]) -> Callable[[Mapping[str, str]], dict[str, Any]]:
    """An image for the environment, beside where the code is kept."""

    def steps(known: Mapping[str, str]) -> dict[str, Any]:
        built = {
            "id": "build_image",
            "requires": "prefect-docker",
            "image_name": known.get("image_name", "your/image"),
            "tag": known.get("tag", "latest"),
            "dockerfile": known.get("dockerfile", "auto"),
        }
        pushed = {"image_name": "{{ build_image.image_name }}", "tag": "{{ build_image.tag }}"}
        return {
            "build": [{"prefect_docker.deployments.steps.build_docker_image": built}],
            "push": [{"prefect_docker.deployments.steps.push_docker_image": {"requires": "prefect-docker", **pushed}}],
            **pull(known),
        }

    return steps


def _in_image(known: Mapping[str, str]) -> dict[str, Any]:
    return {"pull": [{f"{STEPS}.set_working_directory": {"directory": f"/opt/prefect/{known['name']}"}}]}


BUCKET = {"bucket": "The bucket of the code", "folder": "Its folder there"}
IMAGE = {"image_name": "The name of the image", "tag": "Its tag"}
_s3, _gcs, _azure = _bucket("s3", "s3fs"), _bucket("gs", "gcsfs"), _bucket("az", "adlfs")
RECIPES = {
    "local": Recipe(_local),
    "git": Recipe(_git),
    "docker": Recipe(_image(_in_image), IMAGE),
    "docker-git": Recipe(_image(_git), IMAGE),
    "docker-s3": Recipe(_image(_s3), {**IMAGE, **BUCKET}),
    "docker-gcs": Recipe(_image(_gcs), {**IMAGE, **BUCKET}),
    "docker-azure": Recipe(_image(_azure), {**IMAGE, **BUCKET}),
    "s3": Recipe(_s3, BUCKET),
    "gcs": Recipe(_gcs, BUCKET),
    "azure": Recipe(_azure, BUCKET),
}


def inputs_of(recipe: str) -> Mapping[str, str]:
    """What a recipe asks for, by name, each with its meaning. Raises `ValueError` for a recipe that is none."""
    if recipe not in RECIPES:
        raise ValueError(f"There is no recipe {recipe!r}; there are {', '.join(RECIPES)}.")
    return RECIPES[recipe].inputs


def initialize_project(
    name: str | None = None, recipe: str | None = None, inputs: Mapping[str, str] | None = None
) -> list[str]:
    """Write a `prefect.yaml` and a `.prefectignore` here, where they are not there yet; the files written.

    Without a recipe, that of git within a repository with a remote, else that of local code. Raises `ValueError` for a
    recipe that is none.
    """
    chosen = recipe or ("git" if _origin() else "local")
    inputs_of(chosen)
    project = name or Path.cwd().name
    told = {"name": project, **RECIPES[chosen].steps({"name": project, **(inputs or {})})}
    files = {FILE: f"{HEAD}{written_yaml(told)}{EXAMPLE}", ".prefectignore": IGNORED}
    return _written(files, Path.cwd())


def configure_project_by_recipe(recipe: str, **formatting_kwargs: Any) -> dict[str, Any]:
    """The steps of a recipe, with what is known filled in. Raises `ValueError` for a recipe that is none."""
    inputs_of(recipe)
    known = {"name": Path.cwd().name, **formatting_kwargs}
    return {"name": formatting_kwargs.get("name"), **RECIPES[recipe].steps(known)}


def create_default_prefect_yaml(path: str, name: str | None = None, contents: Mapping[str, Any] | None = None) -> bool:
    """Write a `prefect.yaml` into a folder unless it has one; whether it was written.

    `contents` are its steps, as `configure_project_by_recipe` gives them; without a name it is that of the folder.
    """
    folder = Path(path)
    told = {"name": name or folder.resolve().name} | {
        part: steps for part in ("build", "push", "pull") if (steps := (contents or {}).get(part)) is not None
    }
    return bool(_written({FILE: f"{HEAD}{written_yaml(told)}{EXAMPLE}"}, folder))


def write_template(template: str, folder: Path, name: str) -> list[str]:
    """Write a template's files into a folder, where they are not there yet; the files written. Raises `ValueError`."""
    if template not in TEMPLATES:
        raise ValueError(f"There is no template {template!r}; there are {', '.join(TEMPLATES)}.")
    source = FILES / template
    values = {"project": json.dumps(name, ensure_ascii=False), "slug": re.sub(r"[^\w-]+", "-", name) or "project"}
    files = {
        str(file.relative_to(source)).removesuffix(".template"): apply_values(file.read_text(encoding="utf-8"), values)
        for file in sorted(source.rglob("*.template"))
    }
    return _written(files, folder)


def _written(files: Mapping[str, str], folder: Path) -> list[str]:
    new = [name for name in files if not (folder / name).exists()]
    for name in new:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[name], encoding="utf-8")
    return new


def _origin() -> str | None:
    """The address of this repository's remote, without credentials."""
    told = _git_said("config", "--get", "remote.origin.url")
    return Remote.of(told).url if told else None


def _git_said(*arguments: str) -> str | None:
    told = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return (told.stdout.strip() or None) if told.returncode == 0 else None


__all__ = [
    "RECIPES",
    "TEMPLATES",
    "configure_project_by_recipe",
    "create_default_prefect_yaml",
    "initialize_project",
    "inputs_of",
    "write_template",
]
