"""Which version an addon should run: cluster minors x catalog x wish to target, hops and a verdict per version."""

from addon_updater.resolve.candidates import Candidate, Verdict
from addon_updater.resolve.hops import Hop
from addon_updater.resolve.images import image_for
from addon_updater.resolve.minors import ClusterMinors, effective_minor
from addon_updater.resolve.reasons import Reason
from addon_updater.resolve.resolution import Resolution, resolve
from addon_updater.resolve.security import Threat, threats
from addon_updater.resolve.settling import SettlingState, observe
from addon_updater.resolve.wish import Wish, minors_of, override_in_force, wish_of

__all__ = [
    "Candidate",
    "ClusterMinors",
    "Hop",
    "Reason",
    "Resolution",
    "SettlingState",
    "Threat",
    "Verdict",
    "Wish",
    "effective_minor",
    "image_for",
    "minors_of",
    "observe",
    "override_in_force",
    "resolve",
    "threats",
    "wish_of",
]
