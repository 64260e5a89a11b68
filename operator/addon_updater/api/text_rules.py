"""What a text must look like, said once for two readers: CEL in the CRD, and pydantic for what no API server saw.

An AddonRelease meets the API server first; the settings ConfigMap and the files of the CLI never do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from addon_updater.api.meta import DURATION_RULE, DURATION_SECONDS, cel, parse_duration

_DURATION_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Written:
    """Metadata of a text field: it follows the pattern, in the notation that RE2 and Python share, from end to end.

    `remedy` is the whole message of the refusal: what to write instead.
    """

    pattern: str
    remedy: str

    @property
    def rule(self) -> str:
        """The same as CEL; the pattern has no quote and doubles no backslash."""
        return f"self.matches('^({self.pattern})$')"

    def check(self, text: str | None) -> str | None:
        """The text.

        Raises:
            ValueError: it does not follow the pattern.
        """
        if text is not None and re.fullmatch(self.pattern, text) is None:
            raise ValueError(self.remedy)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | cel((self.rule, self.remedy))


@dataclass(frozen=True, slots=True)
class DurationBetween:
    """Metadata of a text field: a duration as `parse_duration` reads it, within bounds written in the same way."""

    at_least: str
    at_most: str

    @property
    def form(self) -> str:
        """What to write at all."""
        example = "7d, 12h or 1h30m" if self.at_most.endswith("d") else "1h30m, 10m or 90s"
        return f"write a duration as in {example}"

    @property
    def bounds(self) -> str:
        """What to choose."""
        return f"choose a duration between {self.at_least} and {self.at_most}"

    def check(self, text: str | None) -> str | None:
        """The text.

        Raises:
            ValueError: it is no duration, or out of bounds.
        """
        if text is None:
            return None
        try:
            span = parse_duration(text)
        except ValueError:
            raise ValueError(self.form) from None
        if not parse_duration(self.at_least) <= span <= parse_duration(self.at_most):
            raise ValueError(self.bounds)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        low, high = (parse_duration(text) // timedelta(seconds=1) for text in (self.at_least, self.at_most))
        within = f"{DURATION_SECONDS} >= {low} && {DURATION_SECONDS} <= {high}"
        rules = cel((DURATION_RULE, self.form), (f"!({DURATION_RULE}) || ({within})", self.bounds))
        return handler(schema) | {"maxLength": _DURATION_LENGTH} | rules
