"""Finds releases that upstream has and the catalog has not, and proposes them as a diff; evidence is for people."""
