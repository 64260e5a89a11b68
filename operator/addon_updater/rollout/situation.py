"""Where a release stands, read from the workload and its revisions alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from addon_updater.api.meta import GROUP, read_moment
from addon_updater.api.release import ImageRewrite, Updates
from addon_updater.api.versions import Version
from addon_updater.reasons import Reason
from addon_updater.resolve import Threat
from addon_updater.rollout.addon import Addon, HopContext
from addon_updater.rollout.content import Content, text_hash
from addon_updater.rollout.observed import Observed, Pace, Release, pace_of
from addon_updater.rollout.revision import Attempt, Quarantine, Result, Revision
from addon_updater.rollout.workload import Workload

APPROVE_ANNOTATION = f"{GROUP}/approve"
RESET_ANNOTATION = f"{GROUP}/resetAt"
ROLLBACK_ANNOTATION = f"{GROUP}/rollback"
REQUESTED_ANNOTATION = f"{GROUP}/requestedAt"


@dataclass(frozen=True, slots=True)
class Situation:
    """An observation in which everything that a decision needs is known to exist and to be readable."""

    release: Release
    observed: Observed
    addon: Addon
    workload: Workload
    live: Content
    now: datetime
    shared_addons: frozenset[str] = frozenset()
    """The addons whose failure would hit the whole cluster."""
    threats: tuple[Threat, ...] = ()
    """The known flaws of the running version that its configuration is open to, the gravest first."""

    @property
    def pace(self) -> Pace:
        """The tunables in force."""
        return pace_of(self.release.spec)

    @property
    def input_text(self) -> str | None:
        """What people wrote under their own key."""
        config = self.live.config
        if config is None or self.observed.config is None:
            return None
        return self.observed.config.data.get(config.input_key, config.text)

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """Oldest first."""
        return tuple(sorted(self.observed.revisions, key=lambda revision: revision.number))

    @property
    def next_number(self) -> int:
        """The number of the next revision."""
        return max((revision.number for revision in self.observed.revisions), default=-1) + 1

    @property
    def open(self) -> Revision | None:
        """The revision that an attempt is running towards."""
        return next((revision for revision in reversed(self.revisions) if revision.is_open), None)

    @property
    def current(self) -> Revision | None:
        """The revision that should be live, when it is.

        A workload that equals an older one was put back by somebody else: that is news, not the present.
        """
        latest = self.latest_serving
        return latest if latest is not None and latest.content.switches_like(self.live) else None

    @property
    def latest_serving(self) -> Revision | None:
        """The revision that should be live if nobody but us wrote: the newest adopted or promoted one."""
        serving = (Result.ADOPTED, Result.PROMOTED)
        return next(
            (r for r in reversed(self.revisions) if r.outcome is not None and r.outcome.result in serving),
            None,
        )

    def by_name(self, name: str) -> Revision | None:
        """The revision of that name."""
        return next((revision for revision in self.revisions if revision.name == name), None)

    def version_before(self, revision: Revision) -> str:
        """The version that the attempt towards a revision came from."""
        previous = self.by_name(revision.attempt.previous) if revision.attempt is not None else None
        return previous.content.version if previous is not None else "unknown"

    @property
    def reset_at(self) -> datetime | None:
        """When a person last asked to forget failures."""
        return read_moment(self.release.annotations.get(RESET_ANNOTATION))

    def was_reset_since(self, moment: datetime) -> bool:
        """Whether a person asked to forget what happened at that moment."""
        return self.reset_at is not None and self.reset_at >= moment

    @property
    def settled(self) -> str | None:
        """The minor that all API servers last answered for the settle time; None before the first one."""
        minors = self.observed.minors
        return str(minors.settled) if minors and minors.settled else None

    @property
    def context(self) -> HopContext:
        """What an addon may want to know beside the contents, while a plan is made."""
        config = self.observed.config
        return HopContext(
            release=self.release.name,
            spec=self.release.spec,
            tools_image=self.observed.tools_image,
            config_data=config.data if config is not None else {},
        )

    @property
    def rolled_out_at(self) -> datetime | None:
        """When the newest template was complete; None while it is not. A StatefulSet's pods tell it."""
        workload = self.workload
        if not workload.is_rolled_out:
            return None
        if not workload.is_stateful_set:
            return workload.completed_at
        return max((pod.ready_since for pod in self.observed.pods if pod.ready_since), default=None)

    @property
    def rewrites(self) -> Sequence[ImageRewrite]:
        """How image repositories are replaced here."""
        images = self.release.spec.images
        return (images and images.rewrites) or ()

    @property
    def may_write(self) -> bool:
        """Whether spec and settings let anything be written at all."""
        policy = self.release.spec.policy
        asked = (policy and policy.updates) or Updates.AUTO
        return self.release.may_write and (
            self.observed.settings.updates_at_most(asked) is not Updates.PLAN_ONLY
        )

    @property
    def quarantines(self) -> tuple[Quarantine, ...]:
        """The quarantines in force: same input text, same minor, not cleared by a person."""
        return tuple(
            revision.quarantine
            for revision in self.revisions
            if revision.quarantine is not None
            and revision.quarantine.minor == self.settled
            and revision.quarantine.input_hash == self.input_hash
            and not self.was_reset_since(revision.quarantine.at)
        )

    def quarantined_versions(self, images: Mapping[str, str], known: Iterable[Version]) -> dict[Version, str]:
        """The quarantined versions whose image is still the one that failed, with the reason.

        A failure of the installed version was one of its configuration, so it does not rule the version out.
        Who took an update back did not ask for half of it: of the `known` versions, those on the way to one
        that was undone are held as well.
        """
        live, held_back = Version.parse(self.live.version), dict[Version, str]()
        for held in self.quarantines:
            if held.version == self.live.version or images.get(held.version, held.image) != held.image:
                continue
            version = Version.parse(held.version)
            if held.reason == Reason.SUPERSEDED:
                held_back |= {one: held.message for one in known if live < one < version}
            held_back[version] = held.message
        return held_back

    @property
    def input_hash(self) -> str:
        """The hash of what people wrote; empty for an addon without configuration.

        A promoted text that we copied under their key is still what we made from theirs, not a new word.
        """
        if self.live.config is None:
            return ""
        made_from = {
            text_hash(config.text): config.input_hash
            for revision in self.revisions
            if revision.was_promoted and (config := revision.content.config) is not None and config.is_own_key
        }
        found = self.live.config.input_hash
        for _ in self.revisions:
            found = made_from.get(found, found)
        return found

    def wants_back(self, attempt: Attempt) -> bool:
        """Whether a person takes that attempt back. Its id, so that the word is spent with the attempt."""
        return self.release.annotations.get(ROLLBACK_ANNOTATION) == attempt.id

    def is_waved_through(self, attempt: Attempt) -> bool:
        """Whether a person promotes that attempt although a gate has no answer."""
        return self.release.annotations.get(APPROVE_ANNOTATION) == attempt.id

    def is_let_be(self, attempt: Attempt) -> bool:
        """Whether a person ends the way back of that attempt although a gate has no answer."""
        return self.release.annotations.get(APPROVE_ANNOTATION) == attempt.way_back

    def is_approved(self, plan_hash: str) -> bool:
        """Whether a person has approved that plan, from Git or by annotation."""
        return is_approved(self.release, plan_hash)


def is_approved(release: Release, plan_hash: str) -> bool:
    """Whether an AddonRelease approves that plan, from Git or by annotation."""
    return plan_hash in (release.spec.approved_plans or ()) or (
        release.annotations.get(APPROVE_ANNOTATION) == plan_hash
    )
