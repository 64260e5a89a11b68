"""Quantities as Kubernetes writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from addon_updater.rollout.quantity import quantity


@pytest.mark.parametrize(
    "text, number",
    [
        ("0", "0"),
        ("3", "3"),
        (2, "2"),
        ("100m", "0.1"),
        ("1500u", "0.0015"),
        ("20n", "0.00000002"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-1", "-1"),
        ("1k", "1000"),
        ("2M", "2000000"),
        ("1G", "1000000000"),
        ("1E", "1000000000000000000"),
        ("1E3", "1000"),
        ("12e2", "1200"),
        ("5e-1", "0.5"),
        ("1Ki", "1024"),
        ("64Mi", "67108864"),
        ("1.5Gi", "1610612736"),
        ("1Ei", "1152921504606846976"),
    ],
)
def test_a_quantity_is_read_in_its_base_unit(text: object, number: str):
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1gi", "1K", "0x1", "1e", "1e999", "one", None, "1Mi2"])
def test_anything_else_is_no_quantity(text: object):
    assert quantity(text) is None
