"""Stands in for addons where no container runs: answers the operator's questions as the version in the image would."""
