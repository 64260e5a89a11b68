"""The same content gives the same archive; different content another one."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from localcluster.errors import ImageError, UsageError
from localcluster.images import fault_image
from localcluster.images.oci import File, Image, archive, layer
from localcluster.images.operator_image import base_image_name, pip_network_settings, tree_hash

FILES = {"coredns": File(b"\x7fELF", 0o755), "etc/passwd": File(b"root\n"), "bin/sh": File(link="busybox")}
IMAGE = Image("registry.k8s.io/coredns/coredns:v1.11.3", FILES, ("/coredns",), user="nonroot:nonroot")


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        found = {}
        for member in opened:
            stream = opened.extractfile(member) if member.isfile() else None
            found[member.name] = stream.read() if stream else b""
        return found


def test_an_archive_does_not_depend_on_the_order_of_its_files() -> None:
    reversed_files = dict(reversed(FILES.items()))
    assert archive(IMAGE) == archive(Image(IMAGE.name, reversed_files, IMAGE.entrypoint, IMAGE.user))


@pytest.mark.parametrize(
    "changed",
    [
        Image("localhost/other:1", FILES, ("/coredns",), "nonroot:nonroot"),
        Image(IMAGE.name, {**FILES, "fault.json": File(b"{}")}, ("/coredns",), "nonroot:nonroot"),
        Image(IMAGE.name, {**FILES, "coredns": File(b"\x7fELF", 0o644)}, ("/coredns",), "nonroot:nonroot"),
        Image(IMAGE.name, FILES, ("/fault",), "nonroot:nonroot"),
        Image(IMAGE.name, FILES, ("/coredns",), "0:0"),
    ],
    ids=["name", "files", "mode", "entrypoint", "user"],
)
def test_whatever_defines_an_image_changes_its_archive(changed: Image) -> None:
    assert archive(changed) != archive(IMAGE)


def test_an_archive_is_a_closed_chain_from_its_index_to_its_layer() -> None:
    found = members(archive(IMAGE))
    index = json.loads(found["index.json"])
    (described,) = index["manifests"]
    assert described["annotations"] == {"io.containerd.image.name": IMAGE.name}
    manifest = json.loads(found[blob(described)])
    config = json.loads(found[blob(manifest["config"])])
    assert config["config"]["User"] == "nonroot:nonroot"
    assert config["config"]["Entrypoint"] == ["/coredns"]
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    assert members(found[blob(manifest["layers"][0])]) == members(layer(FILES))


def blob(descriptor: dict[str, str]) -> str:
    return "blobs/" + descriptor["digest"].replace(":", "/")


def test_a_layer_holds_folders_before_files_all_owned_by_root_in_1970() -> None:
    with tarfile.open(fileobj=io.BytesIO(layer(FILES))) as opened:
        entries = opened.getmembers()
    assert [entry.name for entry in entries] == ["bin", "etc", "bin/sh", "coredns", "etc/passwd"]
    assert {(entry.mtime, entry.uid, entry.gid) for entry in entries} == {(0, 0, 0)}


def test_an_unknown_fault_mode_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown mode 'explode'; known are healthy, servfail-after"):
        fault_image("localhost/x:1", "explode")


def test_the_base_image_is_read_from_the_dockerfile() -> None:
    assert base_image_name("# x\nARG PYTHON_IMAGE=docker.io/library/python:3.11\nFROM x\n").endswith(
        "python:3.11"
    )
    with pytest.raises(ImageError, match="ARG PYTHON_IMAGE"):
        base_image_name("FROM python\n")


def test_a_tree_hash_sees_names_contents_and_the_executable_bit(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    second.write_text("2")
    before = tree_hash(tmp_path, [first, second])
    assert before == tree_hash(tmp_path, [second, first])
    first.chmod(0o755)
    executable = tree_hash(tmp_path, [first, second])
    second.write_text("3")
    assert len({before, executable, tree_hash(tmp_path, [first, second])}) == 3


def test_pip_settings_of_the_environment_win_and_unrelated_ones_are_left_out() -> None:
    listing = ":env:.cert='/env.pem'\n:env:.find-links='/wheels'\nglobal.cert='/file.pem'\nglobal.index-url='https://x/'"
    assert pip_network_settings(listing) == {"cert": "/env.pem", "index-url": "https://x/"}


def test_images_of_the_same_files_share_their_layer_and_nothing_else() -> None:
    other = Image("registry.k8s.io/coredns/coredns:v1.11.4", dict(FILES), IMAGE.entrypoint, IMAGE.user)
    broken = replace(other, environment={"FAULT": "crash"})
    found = members(archive(IMAGE, other, broken))
    described = json.loads(found["index.json"])["manifests"]
    names = [one["annotations"]["io.containerd.image.name"] for one in described]
    manifests = [json.loads(found[blob(one)]) for one in described]
    assert names == [IMAGE.name, other.name, broken.name]
    assert len({blob(manifest["layers"][0]) for manifest in manifests}) == 1
    assert len({blob(manifest["config"]) for manifest in manifests}) == 2
