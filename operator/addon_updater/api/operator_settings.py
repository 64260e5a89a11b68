"""The operator's settings: what a platform team says for all releases of a cluster, in one ConfigMap.

Unlike the flags of the process they are read again whenever they change.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import yaml
from pydantic import AwareDatetime, Field, ValidationError

from addon_updater.api.meta import KubeModel, parse_duration
from addon_updater.api.release_policy import BreakingChanges, Updates
from addon_updater.api.text_rules import DurationBetween
from addon_updater.api.texts import RepositoryPrefix
from addon_updater.api.windows import Window
from addon_updater.errors import SettingsError
from addon_updater.safe_yaml import read_yaml

NAME = "addon-updater-settings"
"""The ConfigMap, in the operator's own namespace."""
KEY = "settings.yaml"
"""The key of the ConfigMap that holds them."""
_LONGEST = 65_536

# From the one that starts least by itself to the one that starts most.
_UPDATES = (Updates.PLAN_ONLY, Updates.MANUAL, Updates.AUTO_PATCH, Updates.AUTO)
_BREAKING = (BreakingChanges.DENY, BreakingChanges.WITH_CLUSTER_MINOR, BreakingChanges.ALLOW)


class Freeze(KubeModel):
    """Holds all new attempts of the cluster; running ones finish or roll back."""

    enabled: Annotated[bool | None, Field(description="Whether it holds. Unset: true.")] = None
    reason: Annotated[str, Field(min_length=1, max_length=256, description="Why, for whoever waits.")]
    until: Annotated[
        AwareDatetime | None,
        Field(description="When it ends by itself, as in 2026-12-01T08:00:00Z. Unset: when it is taken out."),
    ] = None

    def holds(self, now: datetime) -> bool:
        """Whether nothing may start at that moment."""
        return self.enabled is not False and (self.until is None or now < self.until)


class PolicyCeiling(KubeModel):
    """The most that the policy of any release may ask for; a release that asks for less is not changed."""

    updates: Annotated[Updates | None, Field(description="Most that starts by itself. Unset: Auto.")] = None
    breaking_changes: Annotated[
        BreakingChanges | None, Field(description="Most that breaking changes may do. Unset: Allow.")
    ] = None


class CircuitBreaker(KubeModel):
    """When failures of several addons pause every update that would start by itself."""

    enabled: Annotated[bool | None, Field(description="Whether it may open at all. Unset: true.")] = None
    failures: Annotated[
        int | None, Field(ge=1, le=100, description="How many AddonReleases must have failed. Unset: 2.")
    ] = None
    within: Annotated[
        str | None,
        DurationBetween("1m", "30d"),
        Field(description="How long a failure counts. Unset: 24h."),
    ] = None

    @property
    def limit(self) -> int | None:
        """How many failed releases open it; None when nothing does."""
        if self.enabled is False:
            return None
        return 2 if self.failures is None else self.failures

    @property
    def memory(self) -> timedelta:
        """How long a failure counts."""
        return parse_duration(self.within or "24h")


_USUAL_BREAKER = CircuitBreaker()


class OperatorSettings(KubeModel):
    """The settings in force. An empty one limits nothing."""

    freeze: Annotated[Freeze | None, Field(description="Holds all new attempts. Unset: nothing holds.")] = (
        None
    )
    windows: Annotated[
        tuple[Window, ...] | None,
        Field(max_length=32, description="Windows for all releases, on top of their own. Unset: none."),
    ] = None
    repositories: Annotated[
        tuple[RepositoryPrefix, ...] | None,
        Field(
            min_length=1,
            max_length=64,
            description="Repositories, or their first parts, that an update may take its image from. Unset: any.",
        ),
    ] = None
    settle_time: Annotated[
        str | None,
        DurationBetween("1s", "1d"),
        Field(description="How long all API servers must answer a new minor. Unset: the flag --settle-time."),
    ] = None
    parallel_updates: Annotated[
        int | None,
        Field(
            ge=1,
            le=100,
            description="How many addons of risk class Isolated may be updated at the same time; one of class Shared "
            "always moves alone. Unset: no limit.",
        ),
    ] = None
    policy: PolicyCeiling | None = None
    circuit_breaker: Annotated[
        CircuitBreaker | None,
        Field(description="When failures pause all updates. Unset: two failed AddonReleases within 24h."),
    ] = None

    @property
    def breaker(self) -> CircuitBreaker:
        """The terms of the circuit breaker that are in force."""
        return self.circuit_breaker or _USUAL_BREAKER

    def frozen_at(self, now: datetime) -> str | None:
        """Why nothing may start at that moment; None when the freeze does not hold."""
        freeze = self.freeze
        if freeze is None or not freeze.holds(now):
            return None
        return f"{freeze.reason} (until {freeze.until.isoformat()})" if freeze.until else freeze.reason

    def settle_time_or(self, default: timedelta) -> timedelta:
        """How long a new minor must be answered; the default is that of the flag."""
        return parse_duration(self.settle_time) if self.settle_time is not None else default

    def updates_at_most(self, asked: Updates) -> Updates:
        """Who starts an update: what a release asks for, or the ceiling where it asks for more."""
        ceiling = (self.policy and self.policy.updates) or Updates.AUTO
        return min(asked, ceiling, key=_UPDATES.index)

    def breaking_at_most(self, asked: BreakingChanges) -> BreakingChanges:
        """When a breaking change may start: what a release asks for, or the ceiling where it asks for more."""
        ceiling = (self.policy and self.policy.breaking_changes) or BreakingChanges.ALLOW
        return min(asked, ceiling, key=_BREAKING.index)


def read_operator_settings(text: str) -> OperatorSettings:
    """Read what the key of the ConfigMap holds; nothing at all means no setting.

    Raises:
        SettingsError: it cannot be used; names the path and the remedy.
    """
    if len(text) > _LONGEST:
        raise SettingsError(f"{KEY}: longer than {_LONGEST} characters; no settings need that many")
    try:
        content = read_yaml(text)
        return OperatorSettings.model_validate({} if content is None else content)
    except yaml.YAMLError as error:
        raise SettingsError(f"{KEY}: correct the YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise SettingsError(f"{KEY}: nested too deeply for settings") from error
    except ValidationError as error:
        raise SettingsError(f"{KEY}: {_explain(error)}") from error
    except UnicodeError as error:
        raise SettingsError(f"{KEY}: write it in UTF-8: {error}") from error


def _explain(error: ValidationError) -> str:
    """The first thing to correct, and how many more there are."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ""
    for part in first["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "there is no such setting; correct its name or remove it"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{path.removeprefix('.') or 'document'}: {message}{more}"
