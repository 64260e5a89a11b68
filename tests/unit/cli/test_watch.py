from __future__ import annotations

from collections.abc import Iterator

import pytest

from addon_updater.cli import status
from addon_updater.cli.arguments import read_arguments
from addon_updater.cli.releases import ReleaseView, read_release
from addon_updater.errors import ApiError, TransientError
from unit.cli import examples


@pytest.fixture
def looks(monkeypatch):
    """Replace the look at the cluster by a script; the end of the script ends the watch."""

    def play(*script: dict | ApiError) -> None:
        scenes: Iterator[dict | ApiError] = iter((*script, ApiError("the end", status=403)))

        async def read(_) -> list[ReleaseView]:
            scene = next(scenes)
            if isinstance(scene, ApiError):
                raise scene
            return [read_release(scene)]

        monkeypatch.setattr(status, "_read", read)
        monkeypatch.setattr(status, "_EVERY_S", 0.0)

    return play


async def watch(capsys) -> str:
    with pytest.raises(ApiError, match="the end"):
        await status.run(read_arguments(["status", "--watch"]))
    return capsys.readouterr().out


async def test_a_pipe_gets_a_table_whenever_it_differs(looks, capsys):
    looks(examples.healthy(), examples.healthy(), examples.stalled(), examples.stalled())
    shown = await watch(capsys)
    assert shown.count("UpToDate") == 1
    assert shown.count("Stalled: RollbackFailed") == 1


async def test_an_api_server_that_is_away_for_a_while_does_not_end_the_watch(looks, capsys):
    looks(examples.waiting(), TransientError("the API server cannot be reached"), examples.healthy())
    shown = await watch(capsys)
    assert shown.index("WaitingForApproval") < shown.index("cannot be reached") < shown.index("UpToDate")
