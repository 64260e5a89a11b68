"""Generates the Grafana dashboard "Addons / Rollout status".

Classic model, schema version 39, core panels only: every Grafana from 10.4 to 13 loads it, and later ones convert it
themselves. Run `python -m dashboard FOLDER` to write it.
"""

from dashboard.board import FILE_NAME, build
from dashboard.queries import VARIABLES, PanelQuery, queries

__all__ = ["FILE_NAME", "VARIABLES", "PanelQuery", "build", "queries"]
