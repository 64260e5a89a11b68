"""kubectl-addons: what the operator sees and would do, for a person at a terminal, and the words it waits for."""
