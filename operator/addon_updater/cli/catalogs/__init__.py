"""`kubectl addons catalog`: reads, checks and compares catalogs without a cluster."""
