"""A small Kubernetes: an API server on loopback, a controller of jobs, and a node that starts containers as processes.

`objects.py` keeps objects and tells of their changes, `node.py` carries out jobs, `serving.py` is the API. It speaks
the protocol as far as kubectl, kubernetes_asyncio and kopf use it for jobs, pods, their logs and secrets, and fails on
demand as clusters do: `test_kubectl.py` holds it against the real kubectl.
"""
