"""Which versions of an addon exist, what they run on and who says so, as values made for looking things up."""

from addon_updater.catalog.catalog import Catalog
from addon_updater.catalog.evidence import Judgement, Standing
from addon_updater.catalog.index import AddonEntryIndex, CatalogAdvisory, CatalogRelease
from addon_updater.catalog.lint import Problem, lint
from addon_updater.catalog.loading import load_embedded, read_addon
from addon_updater.catalog.merge import merge
from addon_updater.catalog.vendors import in_clusters_of

__all__ = [
    "AddonEntryIndex",
    "Catalog",
    "CatalogAdvisory",
    "CatalogRelease",
    "Judgement",
    "Problem",
    "Standing",
    "in_clusters_of",
    "lint",
    "load_embedded",
    "merge",
    "read_addon",
]
