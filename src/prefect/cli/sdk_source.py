"""The source of a module that knows deployments: their names, parameters and job variables, all typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from reprlib import Repr
from typing import Any

from prefect._wire.objects import Deployment
from prefect.cli.deployment_names import Named
from prefect.cli.sdk_types import argument_name, class_name, each_its_own, python_type

FIRST_LINE = (
    '"""Deployments, typed. Written by `prefect sdk generate`: let it write this file anew, rather than change it."""'
)
"""By which a file is known that may be written anew."""
HEAD = f"""{FIRST_LINE}

from __future__ import annotations

from typing import Any, Literal, overload

from typing_extensions import Self, TypedDict, Unpack

from prefect.deployments.typed import UNSAID, TypedDeployment
from prefect.futures import PrefectFlowRunFuture
"""
SHORT = Repr()
SHORT.maxstring = SHORT.maxother = 60


def source_of(found: Sequence[Named], templates: Mapping[str, Mapping[str, Any]]) -> str:
    """The module that knows these deployments; `templates` are the base job templates of their work pools, by name."""
    of_pools = [f"{class_name(name)}JobVariables" for name in templates]
    names = each_its_own([*of_pools, *(class_name(full_name) for full_name, _ in found)])
    pools, classes = dict(zip(templates, names, strict=False)), names[len(templates) :]
    parts = [HEAD]
    parts += [_job_variables(pools[name], name, template) for name, template in templates.items()]
    parts += [
        _deployment(name, full_name, one, pools.get(one.work_pool_name or ""))
        for name, (full_name, one) in zip(classes, found, strict=True)
    ]
    parts.append(_by_name({full_name: name for name, (full_name, _) in zip(classes, found, strict=True)}))
    return "\n\n".join(parts)


def _job_variables(name: str, pool: str, template: Mapping[str, Any]) -> str:
    variables = template.get("variables") or {}
    definitions = _definitions(variables)
    types = {key: python_type(one, definitions) for key, one in (variables.get("properties") or {}).items()}
    title = _docstring(f"The job variables of the work pool {pool}.", indent=4)
    if not all(key.isidentifier() and argument_name(key) == key for key in types):
        fields = "".join(f"    {key!r}: {written!r},\n" for key, written in types.items())
        return f"{name} = TypedDict({name!r}, {{\n{fields}}}, total=False)\n"
    fields = "".join(f"    {key}: {written}\n" for key, written in types.items())
    return f"class {name}(TypedDict, total=False):\n{title}\n\n{fields}"


@dataclass(frozen=True)
class _Argument:
    """A parameter of a flow, as the methods have it that run the deployment."""

    name: str
    key: str
    type: str
    is_required: bool
    default: Any

    def __str__(self) -> str:
        return f"{self.name}: {self.type}{'' if self.is_required else ' = UNSAID'}"


def _arguments(deployment: Deployment) -> list[_Argument]:
    """The parameters that can be said, first those that must be."""
    schema = deployment.parameter_openapi_schema or {}
    properties = schema.get("properties") or {}
    names = each_its_own(map(argument_name, properties))
    required, known = schema.get("required") or (), deployment.parameters or {}
    found = [
        _Argument(
            name=name,
            key=key,
            type=python_type(properties[key], _definitions(schema)),
            is_required=key in required and key not in known,
            default=known.get(key, properties[key].get("default")),
        )
        for name, key in zip(names, properties, strict=True)
    ]
    return sorted(found, key=lambda one: not one.is_required)


def _definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return schema.get("definitions") or schema.get("$defs") or {}


def _deployment(name: str, full_name: str, deployment: Deployment, variables: str | None) -> str:
    arguments = _arguments(deployment)
    lines = [
        f"class {name}(TypedDeployment):",
        _docstring(deployment.description or f"The deployment {full_name}.", indent=4),
        "",
        f"    name = {full_name!r}",
    ]
    if variables is not None:
        lines += [
            "",
            f"    def with_infra(self, **variables: Unpack[{variables}]) -> Self:",
            '        """One whose runs have these job variables."""',
            "        return self._with_infra(dict(variables))",
        ]
    lines += ["", *_way_to_run("def run", "self._run", arguments)]
    lines += ["", *_way_to_run("async def run_async", "await self._run_async", arguments)]
    return "\n".join(lines) + "\n"


def _way_to_run(beginning: str, call: str, arguments: Sequence[_Argument]) -> list[str]:
    """A method that has the deployment run with arguments."""
    defaults = [f"{one.name}: unless said, {SHORT.repr(one.default)}" for one in arguments if not one.is_required]
    told = "\n".join(["Have it run.", "", *defaults, ""]) if defaults else "Have it run."
    if not arguments:
        return [
            f"    {beginning}(self) -> PrefectFlowRunFuture[Any]:",
            _docstring(told, indent=8),
            f"        return {call}({{}})",
        ]
    return [
        f"    {beginning}(",
        "        self,",
        *(f"        {one}," for one in arguments),
        "    ) -> PrefectFlowRunFuture[Any]:",
        _docstring(told, indent=8),
        f"        return {call}({{",
        *(f"            {one.key!r}: {one.name}," for one in arguments),
        "        })",
    ]


def _docstring(text: str, *, indent: int) -> str:
    safe = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if safe.endswith('"'):
        safe = f'{safe[:-1]}\\"'
    lines = f'"""{safe}"""'.split("\n")
    return "\n".join(f"{' ' * indent}{line}".rstrip() for line in lines)


def _by_name(classes: Mapping[str, str]) -> str:
    """The class by which deployments are found by their names."""
    names = ", ".join(map(repr, classes))
    lines = ["class deployments:", '    """Deployments by their names."""', ""]
    if len(classes) > 1:  # a checker wants no single overload
        for full_name, name in classes.items():
            lines += ["    @overload", "    @staticmethod"]
            lines += [f"    def from_name(name: Literal[{full_name!r}]) -> {name}: ..."]
    lines += [
        "    @staticmethod",
        f"    def from_name(name: Literal[{names}]) -> {' | '.join(classes.values())}:",
        '        """The deployment of that name. Raises `KeyError`."""',
        f"        found: dict[str, {' | '.join(f'type[{name}]' for name in classes.values())}] = {{",
        *(f"            {full_name!r}: {name}," for full_name, name in classes.items()),
        "        }",
        "        return found[name]()",
    ]
    return "\n".join(lines) + "\n"


__all__ = ["FIRST_LINE", "source_of"]
