"""Keeps the addons of a Kubernetes cluster on versions that fit its minor."""

__version__ = "0.1.0"
