"""Our way through a YAML document gives what PyYAML's own gives."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from addon_updater.safe_yaml import LOADER, read_yaml


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "plain text",
        "{a: 1, b: [x, 2.5, true, ~], c: {d: 2026-11-25, e: 0x1f, f: '1'}}",
        "a: &one {b: [1]}\nc: *one\n",
        "base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3}\n",
        "{1: a, true: b, 2026-11-25: c}",
        "{a: 1, a: 2}",
        "a: !!set {x, y}\nb: !!binary aGVsbG8=\nc: !!str 12\nd: !!int '3'\n",
        "a: |\n  one\n  two\nb: >\n  three\n  four\n",
    ],
)
def test_a_document_reads_as_pyyaml_reads_it(text):
    assert repr(read_yaml(text)) == repr(yaml.load(text, LOADER))


def test_every_file_of_the_catalog_reads_as_pyyaml_reads_it():
    for file in resources.files("addon_updater.catalog").joinpath("data").iterdir():
        text = file.read_text(encoding="utf-8")
        assert read_yaml(text) == yaml.load(text, LOADER)


def test_what_an_anchor_names_is_made_once():
    read = read_yaml("a: &one {b: [1]}\nc: *one\n")

    assert read["a"] is read["c"]


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "!!python/object:os.system {}", "--- a\n--- b\n", "*nobody", "? [a]\n: b\n"]
)
def test_what_is_no_safe_document_is_refused(text):
    with pytest.raises(yaml.YAMLError):
        read_yaml(text)


def test_what_never_ends_is_refused():
    with pytest.raises(RecursionError):
        read_yaml("&a [*a]")
