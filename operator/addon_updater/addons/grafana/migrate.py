"""Changes grafana.ini for a target release where there is exactly one right way to do it.

Everything else that a release refuses is told by preflight, and a person decides.
"""

from __future__ import annotations

from addon_updater.addons.grafana.change import V13_2
from addon_updater.addons.grafana.ini import find, read_ini, with_option
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity

_OFF = frozenset({"0", "f", "false", "off", "no", "n"})


def migrate(text: str, target: Version) -> str:
    """The text for the target; the same text when nothing has to change.

    13.2 locks the migrations to unified storage by a setting of its own and no longer by that of the database, whose
    users may lack the privilege. Source: grafana/grafana#131361.
    """
    options = read_ini(text)
    locking = find(options, "database", "migration_locking")
    unified = find(options, "unified_storage", "migration_locking")
    if target >= V13_2 and unified is None and locking is not None and locking.value.lower() in _OFF:
        return with_option(text, "unified_storage", "migration_locking", "false")
    return text


def migration_notes(before: str | None, after: str | None) -> tuple[Finding, ...]:
    """What `migrate` changed, for a person."""
    if before is None or after is None or before == after:
        return ()
    return (
        Finding(
            "GrafanaMigrationLockingMoved",
            Severity.REPAIR,
            "grafana.ini turns migration_locking off for the database; it gets the same line under [unified_storage], "
            "where Grafana 13.2 looks for it",
            "write the line yourself to have it in Git; run one replica during the update",
        ),
    )
