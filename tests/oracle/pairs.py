"""Draws pairs of a range and a version that lie close together, most of the ranges well formed."""

from __future__ import annotations

from random import Random

_OPERATORS = ("", "", "=", "==", "!=", ">", "<", ">=", ">=", "<=", "<", "=>", "=<", "~", "~>", "^")
_ENDINGS = ("",) * 8 + ("-rc.1", "-beta.2", "-0", "-alpha")
_VERSION_ENDINGS = ("",) * 7 + ("-rc.1", "-alpha.1", "-beta.11", "-eksbuild.1", "+build.5")
_SEPARATORS = (" ", ",", ", ", " , ", "  ")
_BROKEN = (">>1", "1.2.3.4", "1.", "a.b", "1.2.3-", "> = 1", "-1", ",", "|", "1.2.x-", "!1.2")


def pairs(random: Random, count: int) -> list[tuple[str, str]]:
    """As many pairs as asked for; equal for an equal source of chance."""
    return [(_range(random), _version(random)) for _ in range(count)]


def _number(random: Random) -> str:
    return str(random.choice((0, 0, 1, 1, 1, 2, 2, 3, 10)))


def _version(random: Random) -> str:
    numbers = ".".join(_number(random) for _ in range(3))
    return random.choice(("", "", "v")) + numbers + random.choice(_VERSION_ENDINGS)


def _range(random: Random) -> str:
    sides = random.choices((1, 2, 3), (6, 2, 1))[0]
    return random.choice(("||", " || ")).join(_side(random) for _ in range(sides))


def _side(random: Random) -> str:
    terms = random.choices((1, 2, 3), (5, 3, 1))[0]
    text = _term(random)
    for _ in range(terms - 1):
        text += random.choice(_SEPARATORS) + _term(random)
    return text


def _term(random: Random) -> str:
    chance = random.random()
    if chance < 0.02:
        return random.choice(_BROKEN)
    if chance < 0.12:
        low, high = sorted((_numbers(random), _numbers(random)))
        return f"{low}{random.choice(_ENDINGS)} - {high}{random.choice(_ENDINGS)}"
    operator = random.choice(_OPERATORS) + random.choice(("", "", " "))
    operand = "v" * (random.random() < 0.1) + _numbers(random)
    # A wildcard before a pre-release is refused; drawn now and then only.
    ending = random.choice(_ENDINGS) if operand.count(".") == 2 or random.random() < 0.3 else ""
    return operator + operand + ending


def _numbers(random: Random) -> str:
    first, second, third = (_number(random) for _ in range(3))
    full, partial = f"{first}.{second}.{third}", f"{first}.{second}"
    wild = random.choice((f"{first}.x", f"{partial}.x", f"{first}.*.*", f"{partial}.X", "*", "x"))
    odd = random.choice((f"0{full}", f"{first}.x.{third}", f"{first}.0{second}"))
    return random.choices((full, partial, first, wild, odd), (50, 25, 8, 14, 3))[0]
