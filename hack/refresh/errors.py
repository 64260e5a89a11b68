"""The one failure of the refresh tool."""


class RefreshError(Exception):
    """Something the person at the keyboard can act on; one message with its remedy, shown without a traceback."""
