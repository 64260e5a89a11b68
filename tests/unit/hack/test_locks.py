"""Two processes never start or stop the same node at once, and the lock leaves no file behind."""

from pathlib import Path

import pytest

from localcluster.layout import Layout
from localcluster.locks import node_lock


def test_a_held_lock_is_refused_at_once_when_asked_not_to_wait(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "node")
    with node_lock(layout), pytest.raises(BlockingIOError), node_lock(layout, wait=False):
        pytest.fail("the lock was given twice")


def test_a_lock_is_free_again_after_use_and_after_a_failure(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "node")
    with pytest.raises(RuntimeError), node_lock(layout):
        raise RuntimeError
    with node_lock(layout, wait=False):
        assert list(tmp_path.iterdir()) == [tmp_path / ".node.lock"]
    assert list(tmp_path.iterdir()) == []


def test_locks_of_different_nodes_do_not_meet(tmp_path: Path) -> None:
    with node_lock(Layout(tmp_path / "a")), node_lock(Layout(tmp_path / "b"), wait=False):
        assert len(list(tmp_path.iterdir())) == 2
