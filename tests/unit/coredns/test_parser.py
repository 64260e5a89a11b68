from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.addons.coredns.corefile import Corefile, CorefileError
from addon_updater.addons.coredns.parser import parse
from unit.coredns.corefiles import SHIPPED, corefiles


def outline(corefile: Corefile) -> list[tuple[str, list[str]]]:
    return [
        (server.label, [" ".join(_words(plugin)) for plugin in server.plugins]) for server in corefile.servers
    ]


def _words(plugin):
    options = [f"[{' '.join((option.name, *option.arguments))}]" for option in plugin.options]
    return (plugin.name, *plugin.arguments, *options)


def read_or_refused(text: str) -> Corefile | CorefileError:
    try:
        return parse(text)
    except CorefileError as error:
        return error


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", []),
        (". {\n}", [(".", [])]),
        (".\nwhoami\nlog", [(".", ["whoami", "log"])]),
        ("a.org b.org {\n log\n}", [("a.org b.org", ["log"])]),
        ("a.org, b.org,\nc.org {\n log\n}", [("a.org b.org c.org", ["log"])]),
        (".\n{\n log\n}", [(".", ["log"])]),
        (". {\n health {\n }\n}", [(".", ["health"])]),
        (". {\n health { lameduck 5s\n }\n}", [(".", ["health [lameduck 5s]"])]),
        (". {\n health {}\n}", [(".", ["health {}"])]),
        (". {\n log\n} b. {\n log\n}", [(".", ["log"]), ("b.", ["log"])]),
        ("(s) {\n errors\n log }\n. {\n import s\n whoami\n}", [(".", ["errors", "log", "whoami"])]),
        (
            "(o) {\n pods insecure\n}\n. {\n kubernetes {\n import o\n ttl 5\n }\n}",
            [(".", ["kubernetes [pods insecure] [ttl 5]"])],
        ),
        ("(b) {\n b.org {\n log\n }\n}\nimport b\nc.org {\n}", [("b.org", ["log"]), ("c.org", [])]),
        ("(s) {\n nonsense {\n}\n}\n. {\n log\n}", [(".", ["log"])]),
        ('. {\n template IN A "a b"\n}', [(".", ["template IN A a b"])]),
        (". {\r\n cache 30 {\r\n  success 5\r\n }\r\n}\r\n", [(".", ["cache 30 [success 5]"])]),
        ("{$ZONE} {\n log\n}", [("my.org", ["log"])]),
        (". {\n {%PLUGIN%} . {$OTHER}\n}", [(".", ["forward . {$OTHER}"])]),
        (". {\n dnssec {\n key file a {\n x\n }\n }\n}", [(".", ["dnssec [key file a]"])]),
        # CoreDNS takes the plugin's brace for the block's own and loads this.
        (". {\n cache {\n }\n", [(".", ["cache"])]),
    ],
)
def test_a_corefile_is_read_as_coredns_reads_it(text, expected):
    assert outline(parse(text, environment={"ZONE": "my.org", "PLUGIN": "forward"})) == expected


@pytest.mark.parametrize(
    "text, line, column, token, problem",
    [
        ("{\n log\n}", 1, 1, "{", "address is missing"),
        ("a.org, {\n}", 1, 8, "{", "address is missing"),
        ("a.org,", 1, 1, "a.org,", "ends after a comma"),
        (",\na.org", 1, 1, ",", "address is missing"),
        ("a.org , b.org", 1, 7, ",", "address is missing"),
        (". {\n log", 1, 1, ".", "never closed"),
        (". {\n cache {\n  success 5\n", 2, 8, "{", "never closed"),
        (". {\n log }\n", 2, 6, "}", "unexpected '}'"),
        (". {\n}\n}", 3, 1, "}", "no block is open here|unexpected '}'"),
        (". {\n health { lameduck 5s }\n}", 2, 23, "}", "argument of 'lameduck'"),
        (". {\n cache\n {\n }\n}", 3, 2, "{", "below its plugin"),
        (". {\n {\n }\n}", 2, 2, "{", "does not follow a plugin"),
        (". {\n cache {\n {\n }\n }\n}", 3, 2, "{", "does not follow an option"),
        (". {\n cache {\n } 30\n}", 3, 4, "30", "follows '}'"),
        (". {\n import\n}", 2, 2, "import", "names nothing"),
        (". {\n import a b\n}", 2, 11, "b", "one argument"),
        ("(a) {\n}\n(a) {\n}", 3, 1, "(a)", "defined twice"),
        (". {\n import a\n}\n(a) {\n log\n}", 4, 1, "(a)", "imported above its definition"),
        ("(a)\nlog", 1, 1, "(a)", "has no block"),
        ("(a) {\n log\n", 1, 5, "{", "never closed"),
        ("(a) {\n import a\n}\n. {\n import a\n}", 2, 2, "import", "imports itself"),
        ("(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}", 5, 2, "import", "imports itself"),
        ("x" * 262_145, 0, 0, "", "longer than 262144 characters"),
    ],
)
def test_what_coredns_would_not_load_is_refused_with_its_place(text, line, column, token, problem):
    with pytest.raises(CorefileError, match=problem) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column, caught.value.token) == (line, column, token)
    assert caught.value.remedy


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_corefiles_are_read(name):
    corefile = parse(SHIPPED[name])
    assert corefile.text == SHIPPED[name]
    assert [plugin.arguments[0] for _, plugin in corefile.plugins("kubernetes")] == ["cluster.local"]


def test_imports_of_files_are_kept_as_they_are_and_make_their_surroundings_opaque():
    corefile = parse(
        ". {\n import custom/*.override\n cache {\n import more\n }\n}\na. {\n}\nimport custom/*.server\n"
    )
    assert [token.text for token in corefile.file_imports] == ["custom/*.override", "more", "custom/*.server"]
    assert [server.opaque for server in corefile.servers] == [True, False]
    assert corefile.servers[0].plugins[0].opaque


def test_an_option_of_a_snippet_is_not_owned_by_the_plugin_that_imports_it():
    corefile = parse("(o) {\n pods insecure\n}\n. {\n kubernetes {\n import o\n ttl 5\n }\n}")
    plugin = corefile.servers[0].plugins[0]
    assert [plugin.owns(option) for option in plugin.options] == [False, True]


@given(corefiles())
def test_parsing_keeps_every_byte(text):
    assert parse(text).text == text


@given(st.text(alphabet='.ab(){}"#,\\ \r\n\t$%\ufeffimport', max_size=200))
def test_any_text_is_either_read_or_refused_with_a_place(text):
    read = read_or_refused(text)
    if isinstance(read, CorefileError):
        assert 1 <= read.line <= text.count("\n") + 1
        assert read.remedy
    else:
        assert read.text == text


@given(
    st.lists(st.sampled_from(["(a) {", "(b) {", "}", "import a", "import b", ". {", "log", "{"]), max_size=40)
)
def test_snippets_that_import_each_other_end_in_bounded_time(lines):
    assert isinstance(read_or_refused("\n".join(lines)), Corefile | CorefileError)


def test_a_snippet_that_doubles_itself_thirty_times_is_refused():
    text = "(s0) {\n log\n}\n"
    for level in range(1, 31):
        text += f"(s{level}) {{\n import s{level - 1}\n import s{level - 1}\n}}\n"
    with pytest.raises(CorefileError, match="imports itself, or too much"):
        parse(text + ". {\n import s30\n}\n")
