"""Writes OCI image archives without a container engine: the same input gives the same bytes.

Layout and media types: OCI image-spec v1.1 (image-layout.md, manifest.md, config.md). containerd reads the
image's name from the annotation `io.containerd.image.name` of the index.
"""

import io
import json
import os
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path

_LAYER = "application/vnd.oci.image.layer.v1.tar"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class File:
    """One file of an image; `link` makes it a symbolic link and `content` is then unused."""

    content: bytes = b""
    mode: int = 0o644
    link: str = ""


@dataclass(frozen=True)
class Image:
    """An image of one layer.

    `folders` names the ones that belong to a user other than root: path -> numeric id.
    """

    name: str
    files: Mapping[str, File]
    entrypoint: tuple[str, ...]
    user: str = "0:0"
    command: tuple[str, ...] = ()
    folders: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    working_folder: str = "/"
    volumes: tuple[str, ...] = ()

    def identity(self) -> str:
        """A hash of everything that decides the archive."""
        digest = sha256(_json(asdict(replace(self, files={}))))
        for path, file in sorted(self.files.items()):
            digest.update(f"\0{path}\0{file.mode}\0{file.link}\0{len(file.content)}\0".encode())
            digest.update(file.content)
        return digest.hexdigest()


def layer(files: Mapping[str, File], owners: Mapping[str, int] | None = None) -> bytes:
    """A layer tar of the files and their folders, sorted, dated 1970, owned by root.

    `owners` adds folders that belong to somebody else: path -> user id.
    """
    owned = {path.strip("/"): user for path, user in (owners or {}).items()}
    parents = {str(parent).strip("/") for path in [*files, *owned] for parent in Path("/", path).parents}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for folder in sorted({*parents, *owned} - {""}):
            entry = _entry(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755)
            entry.uid = entry.gid = owned.get(folder, 0)
            archive.addfile(entry)
        for path, file in sorted(files.items()):
            entry = _entry(path.strip("/"), tarfile.SYMTYPE if file.link else tarfile.REGTYPE, file.mode)
            entry.linkname = file.link
            entry.size = 0 if file.link else len(file.content)
            archive.addfile(entry, None if file.link else io.BytesIO(file.content))
    return buffer.getvalue()


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, 0
    return entry


def archive(*images: Image) -> bytes:
    """The whole OCI archive of images for linux/amd64; a layer that several have is in it once."""
    blobs: dict[str, bytes] = {}
    layers: list[tuple[Image, bytes]] = []

    def store(content: bytes, media_type: str) -> dict[str, object]:
        digest = sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def describe(image: Image) -> dict[str, object]:
        same = (
            made for other, made in layers if (other.files, other.folders) == (image.files, image.folders)
        )
        rootfs = next(same, None) or layer(image.files, image.folders)
        layers.append((image, rootfs))
        config = {
            "architecture": "amd64",
            "os": "linux",
            "created": _EPOCH,
            "config": _run_settings(image),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(rootfs).hexdigest()}"]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": store(_json(config), _CONFIG),
            "layers": [store(rootfs, _LAYER)],
        }
        named = {"annotations": {"io.containerd.image.name": image.name}}
        return store(_json(manifest), _MANIFEST) | named

    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [describe(image) for image in images]}
    blobs["index.json"] = _json(index)
    blobs["oci-layout"] = _json({"imageLayoutVersion": "1.0.0"})
    return _tar(blobs)


def _tar(blobs: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as output:
        for path, content in sorted(blobs.items()):
            entry = _entry(path, tarfile.REGTYPE, 0o644)
            entry.size = len(content)
            output.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _run_settings(image: Image) -> dict[str, object]:
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        **image.environment,
    }
    return {
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "User": image.user,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "WorkingDir": image.working_folder,
        "Volumes": {path: {} for path in image.volumes},
    }


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def write(path: Path, content: bytes) -> Path:
    """Write a cached file in one step, so that what is there is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.rename(path)
    return path
