"""`make demo`: the whole story on a real node, every claim asserted."""
