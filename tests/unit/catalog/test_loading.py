"""How a broken catalog file is refused."""

from __future__ import annotations

import pytest

from addon_updater.catalog import read_addon
from addon_updater.errors import CatalogError


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("name: [", "my.yaml: correct the YAML: .*line [12]"),
        ("name: ]", "my.yaml: correct the YAML: .*line 1"),
        ("name: Web", "my.yaml: name: .*pattern"),
        ("- 1", "my.yaml: document: "),
        ("", "my.yaml: document: "),
        ("name: web\nrisks: Shared", "my.yaml: risks: Extra inputs"),
        ("name: web\nkubernetes: [{minor: 1.34}]", r"my.yaml: kubernetes.0.minor: .*string"),
        ("name: web\nreleases: [{version: v1}]", r"my.yaml: releases.0.version: .*pattern"),
        (
            "name: web\nreleases: [{version: 1.0.0, image: {digest: sha256:12}}]",
            r"my.yaml: releases.0.image.digest: ",
        ),
        ("name: web\nrisk: None\nevidenceFloor: Sure", r"my.yaml: risk: .* \(and 1 more\)"),
        ("x" * 2_000_001, "my.yaml: longer than 2000000 characters"),
        ("[" * 1200, "my.yaml: (nested too deeply|correct the YAML: .*exceeded maximum nesting)"),
        ("{<<: " * 990 + "{}" + "}" * 990, "my.yaml: nested too deeply"),
    ],
)
def test_a_broken_file_is_refused_with_file_path_and_reason(text, complaint):
    with pytest.raises(CatalogError, match=complaint):
        read_addon(text, where="my.yaml")


def test_a_day_may_be_written_without_quotes():
    entry = read_addon("name: web\nreleases: [{version: 1.0.0, released: 2026-03-06}]", where="my.yaml")

    assert entry.releases[0].released == "2026-03-06"
