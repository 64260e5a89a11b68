"""Answers `kubectl addons plan --offline`."""

from __future__ import annotations

import sys

from addon_updater.catalog import load_embedded
from addon_updater.cli.arguments import Arguments, Output
from addon_updater.cli.catalogs.files import lay_over, read_file
from addon_updater.cli.offline.answer import answer
from addon_updater.cli.offline.document import offline_document
from addon_updater.cli.offline.question import read_question
from addon_updater.cli.offline_words import OfflineWords
from addon_updater.cli.output import console_on, dump, show
from addon_updater.cli.render.offline import offline_proposal
from addon_updater.cluster import clock


def run(words: OfflineWords, arguments: Arguments) -> None:
    """Decide without a cluster and show the answer.

    Raises:
        CatalogError: a catalog file cannot be used.
        UsageError: a flag cannot be read, or the catalog knows no such addon.
    """
    question = read_question(words)
    files = [read_file(path) for path in words.catalogs]
    given = answer(question, lay_over(load_embedded(), files), clock.now())
    catalogs = [file.title for file in files]
    if arguments.output is Output.TABLE:
        show(console_on(sys.stdout), offline_proposal(given, catalogs))
    else:
        sys.stdout.write(dump(offline_document(given, catalogs), arguments.output))
