"""The rows of the dashboard, from the question asked most to the one asked least."""
