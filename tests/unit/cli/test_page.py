"""docs/cli.md names every command, flag and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from addon_updater.cli.arguments import Command, read_arguments
from addon_updater.cli.documents import history_document, plan_document, status_document, why_document
from addon_updater.cli.offline.document import offline_document
from addon_updater.cli.past import history
from addon_updater.cli.preview import preview
from addon_updater.cli.releases import read_release
from unit.cli import examples
from unit.cli.recorded import adopted, cluster
from unit.cli.test_offline import COREDNS, asked

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "cli.md").read_text(encoding="utf-8")
CHAPTERS = dict(
    re.findall(
        r"^`([^`\n]*) -o json` gives(.*?)(?=^`\w+[^`\n]* -o json` gives|\Z)",
        PAGE,
        re.MULTILINE | re.DOTALL,
    )
)


@pytest.mark.parametrize("command", Command)
def test_every_command_has_a_chapter(command):
    assert f"\n## {command}\n" in PAGE


@pytest.mark.parametrize("command", Command)
def test_every_flag_of_a_command_is_explained(command, capsys):
    with pytest.raises(SystemExit):
        read_arguments([command, "--help"])
    flags = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert [flag for flag in sorted(flags) if f"{flag} " not in PAGE and f"{flag}`" not in PAGE] == []


async def test_every_key_of_a_document_is_explained():
    seen = await preview(cluster(adopted()), "kube-system", "coredns")
    documents = {
        "status": status_document(read_release(examples.healthy()), examples.NOW),
        "plan NAME": plan_document(seen, ()),
        "plan --offline": offline_document(asked(*COREDNS), ()),
        "why NAME": why_document(seen, None),
        "history NAME": history_document(seen.view, history(seen))["revisions"][0],
    }
    missing = {
        (name, key)
        for name, document in documents.items()
        for key in document
        if f"`{key}`" not in CHAPTERS[name]
    }
    assert missing == set()


@pytest.mark.parametrize("page, at_least", [("cli.md", 7), ("runbook.md", 7), ("catalog.md", 3)])
def test_every_command_line_of_a_page_can_be_read(page, at_least):
    text = (DOCS / page).read_text(encoding="utf-8")
    lines = re.findall(r"^ *kubectl addons (\w[^\n#]*)", text, re.MULTILINE)
    assert len(lines) >= at_least
    for line in lines:
        assert read_arguments(line.split()).command


def test_the_runbook_writes_no_annotation_by_hand():
    assert "kubectl annotate" not in (DOCS / "runbook.md").read_text(encoding="utf-8")
