"""Images of things the repository did not write: CoreDNS, BusyBox, and the pause container."""

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from localcluster.build import program
from localcluster.configs import PAUSE_IMAGE
from localcluster.errors import MissingRequirementError
from localcluster.images.oci import File, Image, archive, write
from localcluster.settings import current_settings

COREDNS_REPOSITORY = "registry.k8s.io/coredns/coredns"
BUSYBOX_IMAGE = "localhost/busybox:1"

_ACCOUNTS = {
    "etc/passwd": File(
        b"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"
    ),
    "etc/group": File(b"root:x:0:\nnonroot:x:65532:\n"),
}


def cached(label: str, *images: Image) -> Path:
    """The archive of the images, written once; its file name is decided by their content."""
    first, *others = images
    # Files are large, and what all images share needs to be hashed only once.
    slim = (replace(other, files={}) if other.files == first.files else other for other in others)
    identity = "".join(image.identity() for image in (first, *slim))
    if others:
        identity = sha256(identity.encode()).hexdigest()
    target = current_settings().cache / "images" / f"{label}-{identity[:12]}.tar"
    return target if target.exists() else write(target, archive(*images))


def coredns_files(version: str) -> dict[str, File]:
    """CoreDNS and the account it runs under."""
    binary = program(current_settings(), f"coredns-{version}", "coredns").read_bytes()
    return {**_ACCOUNTS, "coredns": File(binary, 0o755)}


def coredns_image(version: str) -> Path:
    """CoreDNS under its true name: binary at /coredns, user nonroot (CoreDNS's own Dockerfile since 1.11)."""
    image = Image(
        name=f"{COREDNS_REPOSITORY}:v{version}",
        files=coredns_files(version),
        entrypoint=("/coredns",),
        user="nonroot:nonroot",
    )
    return cached(f"coredns-{version}", image)


def _busybox() -> bytes:
    found = shutil.which("busybox")
    if found is None:
        raise MissingRequirementError(
            "images: busybox is missing; run `hack/cluster setup` (Debian busybox-static)"
        )
    return Path(found).read_bytes()


def busybox_image() -> Path:
    """BusyBox with its usual command names, for probes in pods."""
    names = ("sh", "sleep", "cat", "echo", "ls", "nslookup", "wget", "nc", "ip", "ps", "grep", "env", "id")
    files = {"bin/busybox": File(_busybox(), 0o755), **_ACCOUNTS, "tmp/.keep": File()}
    files |= {f"bin/{name}": File(link="busybox", mode=0o777) for name in names}
    return cached("busybox", Image(BUSYBOX_IMAGE, files, ("/bin/sh",)))


def pause_image() -> Path:
    """The container that holds a pod's namespaces: it only sleeps."""
    files = {"bin/busybox": File(_busybox(), 0o755)}
    image = Image(PAUSE_IMAGE, files, ("/bin/busybox", "sleep", "2147483647"), user="65535:65535")
    return cached("pause", image)
