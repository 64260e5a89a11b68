"""grafana.ini: read as Grafana reads it, changed by single lines."""

from __future__ import annotations

import pytest

from addon_updater.addons.grafana.ini import find, read_ini, with_option
from addon_updater.addons.grafana.migrate import migrate
from addon_updater.api.versions import Version

TEXT = """\
app_mode = production
# a comment
[server]
; http_port = 1
http_port = 3001
domain: grafana.corp

  [ database ]
    type = mysql    ; inline
password = \"\"\"a#b;c\"\"\"
name = `x;y`
quoted = "with spaces "
url =
long = one \\
  two
nonsense
[server]
http_port = 3002
"""


@pytest.mark.parametrize(
    "section, key, value, line",
    [
        ("", "app_mode", "production", 1),
        ("server", "http_port", "3002", 18),
        ("server", "domain", "grafana.corp", 6),
        ("database", "type", "mysql", 9),
        ("database", "password", "a#b;c", 10),
        ("database", "name", "x;y", 11),
        ("database", "quoted", "with spaces ", 12),
        ("database", "url", "", 13),
        ("database", "long", "one two", 14),
    ],
)
def test_an_option_is_read_with_its_line(section, key, value, line):
    option = find(read_ini(TEXT), section, key)

    assert (option.value, option.line) == (value, line)


@pytest.mark.parametrize("section, key", [("database", "http_port"), ("database", "nonsense"), ("", "type")])
def test_what_does_not_stand_there_is_not_found(section, key):
    assert find(read_ini(TEXT), section, key) is None


@pytest.mark.parametrize(
    "before, after",
    [
        ("", "[a]\nkey = v\n"),
        ("[b]\nx = 1", "[b]\nx = 1\n[a]\nkey = v\n"),
        ("[a]\nx = 1\n[b]\n", "[a]\nkey = v\nx = 1\n[b]\n"),
        ("; hello\n[a] ; the one\n\n", "; hello\n[a] ; the one\nkey = v\n\n"),
        ("[a]", "[a]\nkey = v\n"),
        ("[b]\r\nx=1\r\n", "[b]\r\nx=1\r\n[a]\r\nkey = v\r\n"),
        ("[a]\r\nx=1\r\n", "[a]\r\nkey = v\r\nx=1\r\n"),
    ],
)
def test_one_line_is_added_and_every_other_byte_stays(before, after):
    assert with_option(before, "a", "key", "v") == after


LOCKING_OFF = "[database]\nmigration_locking = false\n"


@pytest.mark.parametrize(
    "text, target, added",
    [
        (LOCKING_OFF, "13.2.0", True),
        (LOCKING_OFF, "13.1.4", False),
        ("[database]\nmigration_locking = true\n", "13.2.0", False),
        ("[database]\ntype = mysql\n", "13.2.0", False),
        (LOCKING_OFF + "[unified_storage]\nmigration_locking = true\n", "13.2.0", False),
    ],
)
def test_locking_that_people_turned_off_stays_off_where_13_2_looks_for_it(text, target, added):
    migrated = migrate(text, Version.parse(target))

    assert migrated == (f"{text}[unified_storage]\nmigration_locking = false\n" if added else text)
    assert migrate(migrated, Version.parse(target)) == migrated
