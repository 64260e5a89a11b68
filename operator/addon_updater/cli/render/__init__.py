"""How answers look on a terminal. Pure: time and width are parameters."""
