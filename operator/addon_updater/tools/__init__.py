"""Programs that run inside Jobs, beside the data they work on. Each stands alone on the standard library."""
