"""Templates of jobs: what a work pool's type lets one say of the process, container or pod of a run.

`variables` is a JSON schema of what can be said, `job_configuration` says where it goes. A pool's defaults yield to its
deployments' job variables, these to those of a run.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from prefect.utilities.annotations import NotSet
from prefect.utilities.templating import UNKNOWN, Lookup, filled, values_in


def _text(title: str, description: str) -> dict[str, Any]:
    return {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
        "title": title,
        "description": description,
    }


def _texts(title: str, description: str) -> dict[str, Any]:
    values = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    return {"type": "object", "additionalProperties": values, "title": title, "description": description}


ISOLATIONS = ("process", "warm")
"""What a run's process shares with others: nothing, or the loaded code of its deployment."""
PROCESS_VARIABLES: dict[str, Any] = {
    "name": _text("Name", "The name of the run's process."),
    "env": _texts("Environment Variables", "Environment variables of the run's process."),
    "labels": _texts("Labels", "Labels of the run's process."),
    "command": _text("Command", "The command that starts the run; without one the worker knows it."),
    "isolation": {
        "enum": list(ISOLATIONS),
        "default": "process",
        "title": "Isolation",
        "description": "Whether each run's process loads the flow's code itself, or is forked from one that has.",
    },
    "stream_output": {
        "type": "boolean",
        "default": True,
        "title": "Stream Output",
        "description": "Whether the worker shows what the run prints.",
    },
    "working_dir": {
        **_text("Working Directory", "The folder in which the run is started; without one a folder of its own."),
        "anyOf": [{"type": "string", "format": "path"}, {"type": "null"}],
    },
}
PROCESS: dict[str, Any] = {
    "job_configuration": {name: "{{ " + name + " }}" for name in PROCESS_VARIABLES},
    "variables": {"type": "object", "properties": PROCESS_VARIABLES},
}
"""Of a pool whose runs are processes on the worker's machine."""
TEMPLATES = {"process": PROCESS}
KEPT = ("prefect.", "$")
"""How the names begin of what is no job variable."""
USED = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


def template_for(type: str) -> dict[str, Any]:
    """The job template of a kind of pool; an empty one for a kind that we do not know."""
    return deepcopy(TEMPLATES.get(type, {}))


def require_whole(template: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a template that lacks a part, or that uses a variable without declaring it."""
    if not template:
        return
    missing = {"job_configuration", "variables"} - set(template)
    if missing:
        raise ValueError(f"A base job template holds 'job_configuration' and 'variables'; it lacks {sorted(missing)}.")
    used = set(USED.findall(json.dumps(template["job_configuration"])))
    undeclared = used - set((template["variables"] or {}).get("properties") or {})
    if undeclared:
        raise ValueError(f"The base job template uses variables that it does not declare: {sorted(undeclared)}.")


def schema_of(template: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    """The JSON schema of a template's variables; without `required`, none of them has to be there."""
    schema = dict(template.get("variables") or {})
    if not required:
        schema.pop("required", None)
    return schema


def defaults_of(template: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a template's variables that nobody has to give."""
    properties = (template.get("variables") or {}).get("properties") or {}
    return {name: told["default"] for name, told in properties.items() if "default" in told}


def declared(template: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The job variables that a template lets one set; all where there is no template."""
    known = (template.get("variables") or {}).get("properties") or {}
    return {name: value for name, value in variables.items() if not template or name in known}


def configured(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a job: what a template says, with job variables in the places of their names.

    A variable that nobody gave has its default. What has none is left out, with its key or from its list; within a
    longer text it is an empty one. One that is given as None is None, whatever its default. Without a template each
    variable is its part of the name. Variables of the environment are added to those that a template sets itself. What
    refers to blocks and variables that are kept stays as it is.
    """
    defaults = {name: value for name, value in defaults_of(template).items() if value is not None}
    variables = joined(defaults, {name: value for name, value in given.items() if name != "env" or value is not None})
    parts = template.get("job_configuration")
    if parts is None:
        return variables
    made: dict[str, Any] = filled(parts, _named_in(variables))
    if isinstance(parts.get("env"), (Mapping, list)):
        made["env"] = _joined_environments(made["env"], variables.get("env") or {})
    return made


def _named_in(variables: Mapping[str, Any]) -> Lookup:
    """Looks up a variable, nothing for one that nobody gave; what is kept elsewhere it does not know."""
    given = values_in(variables)

    def look_up(name: str) -> Any:
        if name.startswith(KEPT):
            return UNKNOWN
        found = given(name)
        return NotSet if found is UNKNOWN else found

    return look_up


def fault_in(variables: Mapping[str, Any]) -> str | None:
    """What keeps job variables from starting a process, as a sentence; None where nothing does."""
    env = variables.get("env") or {}
    if not isinstance(env, Mapping):
        return f"The job variable 'env' maps names to texts; {env!r} does not."
    for name, value in env.items():
        if not _is_settable(name, value):
            return f"The job variables set {name!r} in the environment, which no process takes: {value!r}."
    if variables.get("isolation") not in (None, *ISOLATIONS):
        return f"The job variable 'isolation' is one of {', '.join(ISOLATIONS)}; {variables['isolation']!r} is none."
    for name in ("working_dir", "command"):
        text = variables.get(name)
        if text is not None and not (isinstance(text, str) and "\0" not in text):
            return f"The job variable {name!r} is a text; {text!r} is none."
    if not _can_be_split(variables.get("command") or ""):
        return f"The job variable 'command' lacks a quotation mark: {variables['command']!r}."
    return None


def _is_settable(name: str, value: Any) -> bool:
    fits = value is None or isinstance(value, (str, int, float))
    return bool(name) and not set("=\0") & set(name) and fits and "\0" not in str(value)


def _can_be_split(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def joined(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Job variables of several layers, of which the later ones count; environment variables are joined one by one.

    A key such as `env.DEBUG` is one variable of the environment. An environment may also be a list of variables with a
    `name` each, as manifests of Kubernetes have it.
    """
    whole: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            outer, _, inner = name.partition(".")
            if inner:
                whole[outer] = _joined_environments(whole.get(outer) or {}, {inner: value})
            elif name == "env" and isinstance(value, (Mapping, list)):
                whole[name] = _joined_environments(whole.get(name) or {}, value)
            else:
                whole[name] = value
    return whole


def _joined_environments(earlier: Any, later: Any) -> Any:
    """Two environments as one, in which the later variables count; a list where either is one.

    What is no environment is joined with nothing: it stays as it is, to be refused by name.
    """
    if isinstance(earlier, Mapping) and isinstance(later, Mapping):
        return {**earlier, **later}
    both = [*_as_list(earlier), *_as_list(later)]
    if not all(isinstance(told, Mapping) and isinstance(told.get("name"), str) for told in both):
        return later
    return list({told["name"]: told for told in both}.values())


def _as_list(env: Any) -> list[Any]:
    if isinstance(env, Mapping):
        return [{"name": name, "value": value} for name, value in env.items()]
    return list(env) if isinstance(env, list) else [env]
