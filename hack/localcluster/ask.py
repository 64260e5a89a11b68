"""Asks an HTTP server where a cluster's addresses are reachable: `ask(node, "http://10.96.0.5:3000/api/health")`.

Run as a program (`python -m localcluster.ask`) it does the asking there.
"""

import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcluster.cluster import Cluster

_TIMEOUT = 5.0


@dataclass(frozen=True)
class Answer:
    """Status and body; status 0 and the reason as body when there was no answer."""

    status: int
    body: str

    def json(self) -> Any:  # noqa: ANN401 - whatever the server answers
        return json.loads(self.body)


def ask(cluster: Cluster, url: str, *, user: str | None = None, body: object = None) -> Answer:
    """GET a URL in the cluster's network, or POST `body` as JSON; `user` is `name:password`."""
    return _put(cluster, [{"url": url, "user": user, "body": body}])[0]


def ask_all(cluster: Cluster, urls: Sequence[str]) -> list[Answer]:
    """GET many URLs one after the other, by one process in the cluster's network."""
    return _put(cluster, [{"url": url, "user": None, "body": None} for url in urls])


def _put(cluster: Cluster, questions: Sequence[Mapping[str, object]]) -> list[Answer]:
    told = cluster.run([sys.executable, "-m", "localcluster.ask"], input=json.dumps(questions)).stdout
    return [Answer(**one) for one in json.loads(told)]


def service(cluster: Cluster, namespace: str, name: str) -> str:
    """The address of a Service."""
    return cluster.kubectl("get", "service", "-n", namespace, name, "-o", "jsonpath={.spec.clusterIP}")


def _main() -> None:
    json.dump([_answer(question) for question in json.load(sys.stdin)], sys.stdout)


def _answer(question: Mapping[str, Any]) -> dict[str, object]:
    headers = {"Content-Type": "application/json"}
    if question["user"]:
        headers["Authorization"] = f"Basic {base64.b64encode(question['user'].encode()).decode()}"
    data = None if question["body"] is None else json.dumps(question["body"]).encode()
    request = urllib.request.Request(question["url"], data=data, headers=headers)  # noqa: S310 - tests choose the URL
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 - as above
            return {"status": response.status, "body": response.read().decode()}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": error.read().decode()}
    except OSError as error:
        return {"status": 0, "body": str(error)}


if __name__ == "__main__":
    _main()
