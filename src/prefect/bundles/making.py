"""Bundles made and taken apart."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, TypedDict

from typing_extensions import NotRequired

from prefect._outside.carrying import serialize_context
from prefect._wire.flow_runs import FlowRunResponse
from prefect.bundles.included import collected, packed
from prefect.bundles.whole import read, sent_whole, written
from prefect.client.schemas.objects import FlowRun
from prefect.flows import Flow

RecordedRun = FlowRun | FlowRunResponse


class SerializedBundle(TypedDict):
    """A bundle in JSON: the flow and the contexts of its run as text, the run, and what is installed here."""

    function: str
    context: str
    flow_run: dict[str, Any]
    dependencies: str
    files_key: NotRequired[str | None]


class BundleCreationResult(TypedDict):
    """A bundle, and the archive of the files that go along; None where there are none."""

    bundle: SerializedBundle
    zip_path: Path | None


def create_bundle_for_flow_run(
    flow: Flow[..., Any], flow_run: RecordedRun, context: Mapping[str, Any] | None = None
) -> BundleCreationResult:
    """A bundle of a flow and a recorded run of it, with the contexts of here and now unless others are given."""
    with sent_whole(flow.fn.__module__):
        bundle = SerializedBundle(
            function=written(_unbound(flow)),
            context=written(dict(context) if context is not None else serialize_context()),
            flow_run=_in_json(flow_run),
            dependencies="\n".join(requirements()),
        )
    archive, key = _files_of(flow)
    if key is not None:
        bundle["files_key"] = key
    return BundleCreationResult(bundle=bundle, zip_path=archive)


def _unbound(flow: Flow[..., Any]) -> Flow[..., Any]:
    """The flow itself, where it is bound to infrastructure: there it is carried out, and not handed on again."""
    unbound: Callable[[], Flow[..., Any]] = getattr(flow, "unbound", lambda: flow)
    return unbound()


def extract_flow_from_bundle(bundle: SerializedBundle) -> Flow[..., Any]:
    """The flow of a bundle, which is to come from somebody who may run code here."""
    flow: Flow[..., Any] = read(bundle["function"])
    return flow


def requirements() -> list[str]:
    """What is installed here and can be installed elsewhere, as pip takes it; folders of this machine are left out."""
    return sorted({line for found in distributions() if (line := _requirement(found)) is not None})


def _requirement(found: Distribution) -> str | None:
    """How a distribution is installed elsewhere; None for what comes from a folder, and for this package."""
    name = found.metadata["Name"]
    if name is None or name == "prefect":
        return None
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    url, commit = origin.get("url", ""), origin.get("vcs_info", {}).get("commit_id")
    if url.startswith("file:"):
        return None
    if commit:
        return f"{name} @ git+{url}@{commit}"
    return f"{name} @ {url}" if url else f"{name}=={found.version}"


def _in_json(flow_run: RecordedRun) -> dict[str, Any]:
    told: dict[str, Any] = flow_run.model_dump(mode="json")
    return told


def _files_of(flow: Flow[..., Any]) -> tuple[Path | None, str | None]:
    patterns = getattr(flow, "include_files", None)
    if not patterns:
        return None, None
    folder = Path(getattr(flow, "include_files_base_dir", None) or Path(inspect.getfile(flow.fn)).parent).resolve()
    files = collected(folder, patterns)
    return packed(folder, files) if files else (None, None)


__all__ = [
    "BundleCreationResult",
    "RecordedRun",
    "SerializedBundle",
    "create_bundle_for_flow_run",
    "extract_flow_from_bundle",
    "requirements",
]
