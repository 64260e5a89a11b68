from __future__ import annotations

import re
from importlib.resources import files

import pytest
import yaml

from addon_updater.addons.coredns.facts import Span, changes, is_name, plugin_facts, upstream_address
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Severity

# The plugins of plugin.cfg at a few tags that the table was not written from directly.
STOCK_1_11_3 = """
root metadata geoip cancel tls timeouts reload nsid bufsize bind debug trace ready health pprof prometheus errors
log dnstap local dns64 acl any chaos loadbalance tsig cache rewrite header dnssec autopath minimal template transfer
hosts route53 azure clouddns k8s_external kubernetes file auto secondary etcd loop forward grpc erratic whoami on
sign view
"""
STOCK_1_5_0 = """
metadata cancel tls reload nsid root bind debug trace ready health pprof prometheus errors log dnstap chaos
loadbalance cache rewrite dnssec autopath template hosts route53 federation k8s_external kubernetes file auto
secondary etcd loop forward grpc erratic whoami on
"""
NEW_SINCE_1_11_3 = {
    "1.14.0": "multisocket quic nomad grpc_server https https3",
    "1.14.7": "multisocket quic nomad grpc_server https https3 proxyproto shed",
    "1.15.0": "multisocket quic nomad grpc_server https https3 proxyproto shed siit dynupdate",
}


def stock(version: str) -> set[str]:
    return {name for name, facts in plugin_facts().items() if Version.parse(version) in facts.versions}


def test_the_plugins_of_a_release_are_those_of_its_build():
    assert stock("1.5.0") == set(STOCK_1_5_0.split())
    assert stock("1.11.3") == set(STOCK_1_11_3.split())
    for version, added in NEW_SINCE_1_11_3.items():
        assert stock(version) == set(STOCK_1_11_3.split()) | set(added.split())


@pytest.mark.parametrize(
    "span, version, inside",
    [
        ("..", "1.0.0", True),
        ("1.5.0..", "1.5.0", True),
        ("1.5.0..", "1.4.9", False),
        ("..1.4.0", "1.4.0", True),
        ("..1.4.0", "1.4.1", False),
        ("1.5.0..1.6.9", "v1.6.9-eksbuild.3", True),
        ("1.5.0..1.6.9", "1.7.0", False),
    ],
)
def test_a_span_includes_both_ends(span, version, inside):
    assert (Version.parse(version) in Span.parse(span)) is inside


def test_no_span_ends_before_it_begins():
    for name, facts in plugin_facts().items():
        spans = [facts.versions, facts.once, facts.lenient, facts.bare, *(facts.options or {}).values()]
        for span in filter(None, spans):
            assert span.first is None or span.last is None or span.first <= span.last, name


def test_every_change_says_when_it_applies_and_where_that_is_written():
    entries = yaml.safe_load(
        files("addon_updater.addons.coredns").joinpath("changes.yaml").read_text("utf-8")
    )
    for change, entry in zip(changes(), entries["changes"], strict=True):
        assert re.fullmatch(r"CoreDNS[A-Za-z0-9]+", change.rule)
        assert (change.crossing is None) is (change.within is not None), change.rule
        assert set(change.plugins) <= set(plugin_facts()), change.rule
        assert change.severity in {Severity.WARN, Severity.BLOCK}
        assert entry["source"].startswith("https://github.com/coredns/coredns/"), change.rule
    assert len({change.rule for change in changes()}) == len(changes())


@pytest.mark.parametrize(
    "upstream, address, name",
    [
        ("10.0.0.10", ("10.0.0.10", ""), False),
        ("10.0.0.10:5353", ("10.0.0.10", "5353"), False),
        ("::1", ("::1", ""), False),
        ("[::1]:53", ("::1", "53"), False),
        ("tls://9.9.9.9%dns.quad9.net", ("9.9.9.9", ""), False),
        ("/etc/resolv.conf", ("/etc/resolv.conf", ""), False),
        ("{$UPSTREAM}", ("{$UPSTREAM}", ""), False),
        ("dns.corp.example", ("dns.corp.example", ""), True),
        ("https://dns.google", ("dns.google", ""), True),
    ],
)
def test_upstreams_are_told_apart(upstream, address, name):
    assert upstream_address(upstream) == address
    assert is_name(upstream) is name
