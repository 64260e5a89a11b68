"""A status is replaced as a whole: what somebody else wrote into it goes, at every depth."""

from __future__ import annotations

import pytest

from addon_updater.cluster.reconcile import replacing


@pytest.mark.parametrize(
    "old, new, patch",
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1, "noise": [1]}, {"a": 1}, {"a": 1, "noise": None}),
        ({"a": {"b": 1, "noise": 2}}, {"a": {"b": 1}}, {"a": {"b": 1, "noise": None}}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": "text"}, {"a": "text"}),
    ],
)
def test_the_patch_leaves_the_new_content_and_nothing_else(old, new, patch):
    assert replacing(old, new) == patch
