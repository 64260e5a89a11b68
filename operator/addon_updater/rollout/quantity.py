"""Kubernetes quantities as numbers: 100m, 1.5Gi, 2e3."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_QUANTITY: Final = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:(?P<unit>[numkMGTPE]|[KMGTPE]i)|[eE](?P<power>[+-]?[0-9]{1,2}))?"
)
_UNITS: Final[dict[str, Decimal]] = {
    **{
        unit: Decimal(10) ** (3 * n)
        for unit, n in zip("numkMGTPE", (-3, -2, -1, 1, 2, 3, 4, 5, 6), strict=True)
    },
    **{f"{unit}i": Decimal(1024) ** (n + 1) for n, unit in enumerate("KMGTPE")},
}


def quantity(text: object) -> Decimal | None:
    """The number that a quantity stands for, in its base unit (cores, bytes, pieces); None for anything else.

    Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    found = _QUANTITY.fullmatch(str(text))
    if found is None:
        return None
    number = Decimal(found["number"])
    if found["power"] is not None:
        return number.scaleb(int(found["power"]))
    return number * _UNITS[found["unit"]] if found["unit"] else number
