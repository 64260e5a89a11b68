"""How fast versions are chosen, beside Masterminds/semver and packaging in the same run: `make bench`."""
