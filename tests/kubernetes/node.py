"""Carries out jobs: a pod for each try, whose only container is a process of this machine."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.kubernetes.objects import Object, Objects, time_now

RETRIES = 6
"""The failures that a job has by itself (`backoffLimit`)."""
GRACE = 30.0
"""Seconds that a pod has by itself to end."""


class Node:
    """Starts what jobs ask for, of images that it has."""

    def __init__(self, objects: Objects, folder: Path, images: set[str], environment: Mapping[str, str]) -> None:
        """Containers see `environment`; their output lies in `folder`."""
        self._objects, self._folder, self.images = objects, folder, images
        self._environment = dict(environment)
        self._processes: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
        self._ended_from_outside: set[tuple[str, str]] = set()

    def begin(self, job: Object) -> None:
        """Carry out a job in the background."""
        threading.Thread(target=self._carry_out, args=(job,), daemon=True).start()

    def output_of(self, namespace: str, pod: str) -> Path:
        return self._folder / f"{namespace}-{pod}.log"

    def is_over(self, namespace: str, pod: str) -> bool:
        """Whether nothing more is to be expected of a pod."""
        try:
            phase: str = self._objects.read("pods", namespace, pod)["status"]["phase"]
        except KeyError:
            return True
        return phase in ("Succeeded", "Failed")

    def delete_job(self, namespace: str, name: str, grace: float | None) -> None:
        """End its pods, and forget them and it."""
        self._objects.change("jobs", namespace, name, lambda job: job["metadata"].update(deletionTimestamp=time_now()))
        for pod in self.pods_of(namespace, name):
            self.delete_pod(namespace, pod, grace)
        self._objects.remove("jobs", namespace, name)

    def delete_pod(self, namespace: str, name: str, grace: float | None) -> None:
        self.end(namespace, name, grace)
        self._objects.remove("pods", namespace, name)

    def evict(self, namespace: str, name: str, grace: float | None = None) -> None:
        """Have a pod leave, as a node does that is drained or has no memory left."""
        why = {"reason": "Evicted", "message": "The node was low on resource: memory."}
        self._objects.change("pods", namespace, name, lambda pod: pod["status"].update(why))
        self.end(namespace, name, grace)

    def end(self, namespace: str, name: str, grace: float | None) -> None:
        """Have a pod's process end: ask it to, and kill it after the grace."""
        process = self._processes.get((namespace, name))
        self._ended_from_outside.add((namespace, name))
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE if grace is None else grace)
        except subprocess.TimeoutExpired:
            self.kill(namespace, name)

    def kill(self, namespace: str, name: str) -> None:
        """Kill a pod's process with all that it has started, as the kernel does when memory is short."""
        process = self._processes[namespace, name]
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def pods_of(self, namespace: str, job: str) -> list[str]:
        found, _ = self._objects.all_of("pods", lambda pod: pod["metadata"]["labels"].get("job-name") == job)
        return [pod["metadata"]["name"] for pod in found if pod["metadata"]["namespace"] == namespace]

    def close(self) -> None:
        """Kill what is at work."""
        for namespace, name in list(self._processes):
            self.kill(namespace, name)

    # -- one job --------------------------------------------------------------------------------------------------

    def _carry_out(self, job: Object) -> None:
        meta, limit = job["metadata"], job["spec"].get("backoffLimit", RETRIES)
        failed = 0
        try:
            while failed <= limit:
                self._count(meta, active=1)
                if self._has_succeeded(self._new_pod(job)):
                    self._count(meta, succeeded=1, conditions=[_condition("Complete")], completionTime=time_now())
                    return
                failed += 1
                self._count(meta, failed=failed)
            why = {"reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}
            self._count(meta, failed=failed, conditions=[{**_condition("Failed"), **why}])
        except KeyError:
            return  # somebody has deleted it

    def _count(self, meta: Object, **status: Any) -> None:
        now = {"startTime": meta["creationTimestamp"], **status}
        self._objects.change("jobs", meta["namespace"], meta["name"], lambda job: job.update(status=now))

    def _new_pod(self, job: Object) -> Object:
        template = job["spec"]["template"]
        meta, owner = template.get("metadata") or {}, job["metadata"]
        labels = {**(meta.get("labels") or {}), "job-name": owner["name"], "controller-uid": owner["uid"]}
        owned = {"apiVersion": "batch/v1", "kind": "Job", "name": owner["name"], "uid": owner["uid"]}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"generateName": f"{owner['name']}-", "labels": labels, "ownerReferences": [owned]},
            "spec": template["spec"],
            "status": {"phase": "Pending"},
        }
        return self._objects.add("pods", owner["namespace"], pod)

    def _has_succeeded(self, pod: Object) -> bool:
        """Start a pod's container, wait for its end, and write it down."""
        meta, (container, *_) = pod["metadata"], pod["spec"]["containers"]
        if container.get("image") not in self.images:
            waiting = {"reason": "ErrImagePull", "message": f"image {container.get('image')!r} not found"}
            self._set_status(meta, container, "Pending", {"waiting": waiting})
            self._wait_for_ever(meta)
        with self.output_of(meta["namespace"], meta["name"]).open("wb") as output:
            process = subprocess.Popen(
                [*(container.get("command") or []), *(container.get("args") or [])],
                env={**self._environment, **self._variables(meta["namespace"], container)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes[meta["namespace"], meta["name"]] = process
        self._set_status(meta, container, "Running", {"running": {"startedAt": time_now()}})
        code = process.wait()
        ended = {
            "exitCode": code if code >= 0 else 128 - code,
            "reason": "Error" if code else "Completed",
            "finishedAt": time_now(),
        }
        self._set_status(meta, container, "Failed" if code else "Succeeded", {"terminated": ended})
        return code == 0

    def _wait_for_ever(self, meta: Object) -> None:
        """Return by `KeyError`, when the pod is deleted."""
        key = meta["namespace"], meta["name"]
        while key not in self._ended_from_outside:
            threading.Event().wait(0.1)
        raise KeyError(meta["name"])

    def _set_status(self, meta: Object, container: Object, phase: str, state: Object) -> None:
        told = {"name": container["name"], "image": container["image"], "restartCount": 0, "state": state}
        status = {"phase": phase, "startTime": meta["creationTimestamp"], "containerStatuses": [told]}
        self._objects.change("pods", meta["namespace"], meta["name"], lambda pod: pod["status"].update(status))

    def _variables(self, namespace: str, container: Object) -> dict[str, str]:
        told = {one["name"]: self._value(namespace, one) for one in container.get("env") or []}
        return {name: value for name, value in told.items() if value is not None}

    def _value(self, namespace: str, variable: Object) -> str | None:
        wanted = variable.get("valueFrom", {}).get("secretKeyRef")
        if wanted is None:
            value: str | None = variable.get("value")
            return value
        return base64.b64decode(
            self._objects.read("secrets", namespace, wanted["name"])["data"][wanted["key"]]
        ).decode()


def _condition(type: str) -> Object:
    return {"type": type, "status": "True", "lastTransitionTime": time_now()}
