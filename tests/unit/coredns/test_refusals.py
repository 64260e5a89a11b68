from __future__ import annotations

import pytest

from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.refusals import refusals
from addon_updater.api.versions import Version
from unit.coredns.corefiles import SHIPPED

LONG = "a" * 10_001


def refused(text: str, version: str) -> list[tuple[str, int]]:
    return [(refusal.rule, refusal.token.line) for refusal in refusals(parse(text), Version.parse(version))]


@pytest.mark.parametrize(
    "text, version, expected",
    [
        (". {\n unbound\n}", "1.12.1", [("CoreDNSUnknownPlugin", 2)]),
        (". {\n multisocket 2\n}", "1.11.3", [("CoreDNSPluginTooNew", 2)]),
        (". {\n multisocket 2\n}", "1.12.0", []),
        (". {\n proxy . 10.0.0.1\n}", "1.4.0", []),
        (". {\n proxy . 10.0.0.1\n}", "1.5.0", [("CoreDNSPluginRemoved", 2)]),
        (". {\n federation {\n }\n}", "1.7.0", [("CoreDNSPluginRemoved", 2)]),
        (". {\n siit\n}", "1.14.7", [("CoreDNSPluginTooNew", 2)]),
        (". {\n kubernetes {\n  upstream\n }\n}", "1.6.9", []),
        (". {\n kubernetes {\n  upstream\n }\n}", "1.7.0", [("CoreDNSOptionRemoved", 3)]),
        (". {\n kubernetes {\n  transfer to *\n }\n}", "1.8.0", [("CoreDNSOptionRemoved", 3)]),
        (". {\n forward . 1.1.1.1 {\n  next SERVFAIL\n }\n}", "1.11.3", [("CoreDNSOptionTooNew", 3)]),
        (". {\n forward . 1.1.1.1 {\n  next SERVFAIL\n }\n}", "1.11.4", []),
        (". {\n forward . 1.1.1.1 {\n  fail_fast\n }\n}", "1.12.1", [("CoreDNSUnknownOption", 3)]),
        (". {\n forward . 1.1.1.1\n forward a. 1.1.1.1\n}", "1.9.3", [("CoreDNSPluginRepeated", 3)]),
        (". {\n forward . 1.1.1.1\n forward a. 1.1.1.1\n}", "1.9.4", []),
        (". {\n cache\n cache 30\n}", "1.12.1", [("CoreDNSPluginRepeated", 3)]),
        (". {\n log\n log\n rewrite name a b\n rewrite name c d\n}", "1.12.1", []),
        (". {\n header {\n  set ra\n }\n}", "1.12.3", []),
        (". {\n header {\n  set ra\n }\n}", "1.12.4", [("CoreDNSOptionRemoved", 3)]),
        (". {\n header {\n  response set ra\n }\n}", "1.9.3", [("CoreDNSOptionTooNew", 3)]),
        (". {\n secondary a.org\n}", "1.12.1", []),
        (". {\n secondary a.org\n}", "1.12.2", [("CoreDNSSecondaryWithoutTransfer", 2)]),
        (". {\n secondary a.org {\n  transfer from 10.0.0.1\n }\n}", "1.12.2", []),
        (". {\n secondary a.org {\n  import files\n }\n}", "1.12.2", []),
        (f". {{\n rewrite name regex {LONG} b\n}}", "1.13.2", []),
        (f". {{\n rewrite name regex {LONG} b\n}}", "1.14.0", [("CoreDNSPatternTooLong", 2)]),
        (f". {{\n template IN A {{\n  match {LONG}\n }}\n}}", "1.14.0", [("CoreDNSPatternTooLong", 3)]),
        (f". {{\n log {LONG}\n}}", "1.14.0", []),
        (". {\n any all\n}", "1.14.3", []),
        (". {\n any all\n}", "1.14.4", [("CoreDNSUnexpectedArgument", 2)]),
        (". {\n any {\n  all\n }\n}", "1.14.4", [("CoreDNSUnknownOption", 3)]),
        (". {\n ready {\n  mystery\n }\n}", "1.12.1", [("CoreDNSUnknownOption", 3)]),
        (". {\n ready {\n  mystery\n }\n}", "1.12.2", []),
        (". {\n ready {\n  mystery\n }\n}", "1.14.3", []),
        (". {\n ready {\n  mystery\n }\n}", "1.14.4", [("CoreDNSUnknownOption", 3)]),
        (". {\n local {\n  localhost_prefix off\n }\n}", "1.14.4", [("CoreDNSOptionTooNew", 3)]),
        (". {\n local {\n  localhost_prefix off\n }\n}", "1.14.5", []),
        (". {\n dns64 64:ff9b::/72\n}", "1.14.7", []),
        (". {\n dns64 64:ff9b::/72\n}", "1.15.0", [("CoreDNSDNS64Prefix", 2)]),
        (". {\n dns64 {\n  prefix 64:ff9b::/96\n }\n}", "1.15.0", []),
        (". {\n}\n.:53 {\n}", "1.11.3", [("CoreDNSServerRepeated", 3)]),
        (". {\n}\ndns://.:53 {\n}", "1.11.3", [("CoreDNSServerRepeated", 3)]),
        (". {\n}\ntls://. {\n}\n.:54 {\n}", "1.11.3", []),
        ("a.org {\n}\na.org. {\n}", "1.11.3", [("CoreDNSServerRepeated", 3)]),
        ("a.org {\n}\nA.org {\n}", "1.14.6", []),
        ("a.org {\n}\nA.org {\n}", "1.14.7", [("CoreDNSServerRepeated", 3)]),
        ("a.org a.org:53 {\n}", "1.11.3", [("CoreDNSServerRepeated", 1)]),
        ("10.0.0.0/24 {\n}\n0.0.10.in-addr.arpa {\n}", "1.11.3", [("CoreDNSServerRepeated", 3)]),
        ("10.0.0.0/23 {\n}\n1.0.10.in-addr.arpa {\n}", "1.11.3", [("CoreDNSServerRepeated", 3)]),
        ("fd00::/8 {\n}\nd.f.ip6.arpa {\n}", "1.11.3", [("CoreDNSServerRepeated", 3)]),
        (". {\n bind 127.0.0.1\n}\n. {\n bind 127.0.0.2\n}", "1.11.3", []),
        (". {\n view v {\n  expr true\n }\n}\n. {\n}", "1.11.3", []),
        ("a..org {\n}", "1.11.3", [("CoreDNSInvalidAddress", 1)]),
        ("a.org: {\n}", "1.11.3", [("CoreDNSInvalidAddress", 1)]),
        ("(s) {\n mystery\n}\n. {\n log\n}", "1.11.3", []),
        ("(s) {\n mystery\n}\n. {\n import s\n}", "1.11.3", [("CoreDNSUnknownPlugin", 2)]),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_a_release_refuses_exactly_what_it_does_not_load(text, version, expected):
    assert refused(text, version) == expected


@pytest.mark.parametrize(
    "version", ["1.9.4", "1.10.1", "1.11.3", "1.12.4", "1.13.2", "1.14.6", "1.14.7", "1.15.0"]
)
@pytest.mark.parametrize("name", SHIPPED)
def test_no_release_since_1_9_4_refuses_a_shipped_corefile(name, version):
    assert refused(SHIPPED[name], version) == []
