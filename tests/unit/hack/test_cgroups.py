"""Only the containers of the node itself are looked for."""

from pathlib import Path

import pytest

from localcluster import cgroups
from localcluster.layout import Layout


@pytest.mark.parametrize("hierarchy", ["k8s.io", "memory/k8s.io"], ids=["v2", "v1"])
def test_cgroups_are_found_by_the_nodes_own_records_and_removed_whole(
    hierarchy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "_CGROUPS", tmp_path / "cgroup")
    layout = Layout(tmp_path / "node")
    (layout.data / "containerd/io.containerd.grpc.v1.cri/sandboxes/own").mkdir(parents=True)
    (layout.data / "containerd/io.containerd.grpc.v1.cri/containers/gone").mkdir(parents=True)
    own = tmp_path / "cgroup" / hierarchy / "own"
    foreign = tmp_path / "cgroup" / hierarchy / "foreign"
    for path in (own / "nested", foreign):
        path.mkdir(parents=True)
    found = cgroups.container_cgroups(layout)
    assert found == [own]
    cgroups.remove_cgroups(found)
    assert not own.exists()
    assert foreign.exists()


def test_a_node_without_containers_has_no_cgroups(tmp_path: Path) -> None:
    assert cgroups.container_cgroups(Layout(tmp_path)) == []
