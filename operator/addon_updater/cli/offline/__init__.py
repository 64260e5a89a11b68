"""`kubectl addons plan --offline`: what the operator would choose for a cluster that nobody asks."""
