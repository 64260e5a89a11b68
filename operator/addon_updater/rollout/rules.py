"""The rules of the preflight that hold for every addon. docs/preflight.md has one entry for each; a test holds the two equal."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """The stable id of a rule, with its meaning in one sentence."""

    NO_REHEARSAL = "NoRehearsal"
    """No throw-away pod tries the new version before the switch."""
    ONE_WAY_HOP = "OneWayHop"
    """The version that runs cannot read what the next one writes, so a failed update does not go back by itself."""
    ROLLBACK_TARGET_UNFIT = "RollbackTargetUnfit"
    """The version that would be put back is not known to fit the cluster."""
    ROLLBACK_IMAGE_UNPROVEN = "RollbackImageUnproven"
    """No pod runs the image that would be put back, so nobody knows whether it can still be had."""
    ROLLBACK_IMAGE_ASKED_FOR = "RollbackImageAskedFor"
    """Every new pod asks the registry for its image, also on the way back, and nobody has tried whether it is there."""
    DISRUPTION_BUDGET = "DisruptionBudget"
    """The rollout takes away more pods at a time than a PodDisruptionBudget grants."""
    QUOTA_FULL = "QuotaFull"
    """A ResourceQuota has no room for a pod, Job or revision that the update adds."""
    QUOTA_WANTS_RESOURCES = "QuotaWantsResources"
    """A ResourceQuota refuses new pods whose containers do not say what they need."""
    LIMIT_RANGE = "LimitRange"
    """A LimitRange refuses new pods with the resources that the containers have."""
    CLAIM_MISSING = "ClaimMissing"
    """A PersistentVolumeClaim of the pods does not exist."""
    CLAIM_ENDS = "ClaimEnds"
    """A PersistentVolumeClaim is being deleted and goes with the last pod that mounts it, and its data may too."""
    CLAIM_HELD_ALONE = "ClaimHeldAlone"
    """Old and new pod would need a volume at the same time that one node, or one pod, can have at a time."""
    CONFIG_IMMUTABLE = "ConfigImmutable"
    """The new configuration belongs into a ConfigMap that is immutable."""
    CONFIG_KEY_OVERWRITTEN = "ConfigKeyOverwritten"
    """Somebody changed a text of the operator's own that the pods mount."""
    MIN_READY_SECONDS = "MinReadySeconds"
    """The Deployment's progressDeadlineSeconds leaves no time for minReadySeconds, which the API server refuses."""
    PREFLIGHT_UNREAD = "PreflightUnread"
    """The operator may not read what some of these rules are about, so they could not be asked."""
