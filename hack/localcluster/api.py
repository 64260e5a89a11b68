"""Plain reads of the API server through a kubeconfig: enough to wait for a node, no client library needed."""

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64decode
from pathlib import Path
from typing import Any, cast

import yaml


class ApiReader:
    """Reads JSON documents with the token and CA of one kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        document = yaml.safe_load(kubeconfig.read_text())
        cluster = document["clusters"][0]["cluster"]
        self.server: str = cluster["server"]
        self._token: str = document["users"][0]["user"]["token"]
        authority = b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)

    def text(self, path: str, timeout: float = 5.0) -> str | None:
        """The body of a 200 answer, or None when the server does not give one."""
        request = urllib.request.Request(  # noqa: S310 - always the https server of the kubeconfig
            f"{self.server}{path}", headers={"Authorization": f"Bearer {self._token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self._tls) as answer:  # noqa: S310
                return cast("bytes", answer.read()).decode()
        except (OSError, urllib.error.URLError):
            return None

    def document(self, path: str) -> dict[str, Any] | None:
        """A JSON object, or None as for `text`."""
        body = self.text(path)
        return None if body is None else cast("dict[str, Any]", json.loads(body))

    def minor(self) -> str | None:
        """The minor the server behaves as: the emulated one when it says so (KEP-4330)."""
        version = self.document("/version")
        if version is None:
            return None
        minor = version.get("emulationMinor") or version["minor"]
        return f"{version['major']}.{minor}"
