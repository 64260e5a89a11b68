"""Our verdict on a Corefile against the real CoreDNS's: each is started with it, alone in a network namespace."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addon_updater.addons.coredns.corefile import CorefileError
from addon_updater.addons.coredns.migrate import migrate
from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.refusals import refusals
from addon_updater.api.versions import Version
from localcluster.build import program
from localcluster.groups import COREDNS_VERSIONS
from localcluster.settings import current_settings

pytestmark = pytest.mark.node

START_SECONDS = 60.0
STARTED = re.compile(rb"^CoreDNS-\d", re.MULTILINE)

# A kubernetes plugin that needs no cluster to be set up: it serves unsynced when nothing answers.
KUBERNETES = "kubernetes cluster.local {\n  endpoint http://127.0.0.1:1\n"

COREFILES = {
    "kubeadm's": f".:53 {{\n errors\n health {{\n  lameduck 5s\n }}\n ready\n {KUBERNETES}  ttl 30\n }}\n prometheus :9153\n"
    " forward . 10.0.0.1 {\n  max_concurrent 1000\n }\n cache 30 {\n  disable success cluster.local\n }\n"
    " reload\n loadbalance\n}\n",
    "no braces": ".\nwhoami\nlog\n",
    "brace on the next line": ".\n{\n whoami\n}\n",
    "brace below its plugin": ". {\n cache\n {\n  success 5\n }\n}\n",
    "one line": ". { whoami }\n",
    "empty block on one line": ". { }\n",
    "option on one line": ". {\n health { lameduck 5s }\n}\n",
    "empty option block on one line": ". {\n health { }\n}\n",
    "option beside the brace": ". {\n health { lameduck 5s\n }\n}\n",
    "block never closed": ". {\n whoami\n",
    "block closed by its plugin's brace": ". {\n cache {\n }\n",
    "comma and next line": "a.org,\nb.org {\n whoami\n}\n",
    "comma before a brace": "a.org, {\n whoami\n}\n",
    "glued comment": ". {\n whoami#a\n errors#b\n}\n",
    "quoted brace": '. "{"\n whoami\n}\n',
    "quoted words": '. {\n template IN A "a b" {\n  rcode NXDOMAIN\n }\n}\n',
    "CRLF and BOM": "\ufeff. {\r\n whoami\r\n}\r\n",
    "snippet": "(s) {\n whoami\n errors }\n. {\n import s\n}\n",
    "snippet of options": "(o) {\n success 5\n}\n. {\n cache {\n  import o\n }\n}\n",
    "snippet after its use": ". {\n import s\n}\n(s) {\n whoami\n}\n",
    "snippet twice": "(s) {\n whoami\n}\n(s) {\n whoami\n}\n. {\n import s\n}\n",
    "import of no file": ". {\n whoami\n import files/*.none\n}\n",
    "import without a name": ". {\n import\n}\n",
    "import of two": ". {\n import a b\n}\n",
    "two blocks on one line": "a.org {\n whoami\n} b.org {\n whoami\n}\n",
    "unknown plugin": ". {\n unbound\n}\n",
    "removed plugin": ". {\n proxy . 10.0.0.1\n}\n",
    "multisocket": ". {\n multisocket 2\n whoami\n}\n",
    "nomad": ". {\n nomad service.nomad\n}\n",
    "option of later releases": ". {\n forward . 10.0.0.1 {\n  max_connect_attempts 2\n }\n}\n",
    "option since 1.11.4": ". {\n forward . 10.0.0.1 {\n  next SERVFAIL\n }\n}\n",
    "option since 1.12.1": ". {\n forward . 10.0.0.1 {\n  failfast_all_unhealthy_upstreams\n }\n}\n",
    "unknown option of forward": ". {\n forward . 10.0.0.1 {\n  fail_fast\n }\n}\n",
    "unknown option of cache": ". {\n cache {\n  mystery\n }\n}\n",
    "unknown option of health": ". {\n health {\n  mystery\n }\n}\n",
    "unknown option of errors": ". {\n errors {\n  mystery\n }\n}\n",
    "unknown option of kubernetes": f". {{\n {KUBERNETES}  mystery\n }}\n}}\n",
    "unknown option of k8s_external": ". {\n k8s_external a.org {\n  mystery\n }\n}\n",
    "unknown option of loadbalance": ". {\n loadbalance round_robin {\n  mystery\n }\n}\n",
    "unknown option of prometheus": ". {\n prometheus :9153 {\n  mystery\n }\n}\n",
    "unknown option of acl": ". {\n acl {\n  mystery\n }\n}\n",
    "unknown option of dns64": ". {\n dns64 {\n  mystery\n }\n}\n",
    "unknown option of bind": ". {\n bind 127.0.0.1 {\n  mystery\n }\n}\n",
    "unknown option of transfer": ". {\n transfer a.org {\n  mystery\n }\n}\n",
    "unknown option of chaos": ". {\n chaos v {\n  mystery\n }\n}\n",
    "unknown option of ready": ". {\n ready {\n  mystery\n }\n}\n",
    "arguments of any": ". {\n any all\n}\n",
    "upstream of kubernetes": f". {{\n {KUBERNETES}  upstream\n }}\n}}\n",
    "transfer of kubernetes": f". {{\n {KUBERNETES}  transfer to *\n }}\n}}\n",
    "monitor of ready": ". {\n ready {\n  monitor continuously\n }\n}\n",
    "short header": ". {\n header {\n  set ra\n }\n whoami\n}\n",
    "header with a selector": ". {\n header {\n  response set ra\n }\n whoami\n}\n",
    "secondary without transfer": ". {\n secondary a.org\n}\n",
    "two forwards": ". {\n forward a.org 10.0.0.1\n forward . 10.0.0.1\n}\n",
    "two caches": ". {\n cache\n cache 30\n}\n",
    "two logs": ". {\n log\n log a.org\n whoami\n}\n",
    "two ready": ". {\n ready\n ready\n}\n",
    "two loops": ". {\n loop\n loop\n}\n",
    "two hosts": ". {\n hosts {\n  10.0.0.1 a\n }\n hosts {\n  10.0.0.1 b\n }\n}\n",
    "same address twice": ". {\n whoami\n}\n.:53 {\n whoami\n}\n",
    "same zone with and without the dot": "a.org {\n whoami\n}\na.org. {\n whoami\n}\n",
    "same zone in another case": "a.org {\n whoami\n}\nA.org {\n whoami\n}\n",
    "same zone with two schemes": "a.org {\n whoami\n}\ndns://a.org {\n whoami\n}\n",
    "same reverse zone twice": "10.0.0.0/24 {\n whoami\n}\n0.0.10.in-addr.arpa {\n whoami\n}\n",
    "same zone on two ports": "a.org {\n whoami\n}\na.org:54 {\n whoami\n}\n",
    "same zone on two addresses": "a.org {\n bind 127.0.0.1\n whoami\n}\na.org {\n bind 127.0.0.2\n whoami\n}\n",
    "same zone in two views": "a.org {\n view v {\n  expr true\n }\n whoami\n}\na.org {\n whoami\n}\n",
    "zone with an empty label": "a..org {\n whoami\n}\n",
    "address with an empty port": "a.org: {\n whoami\n}\n",
    "unset variable": ". {\n whoami\n log {$NO_SUCH_VARIABLE}\n}\n",
}
# CoreDNS before 1.13.0 never returns from these; ours must.
ENDLESS = "(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}\n"


def loads(corefile: str, version: str, folder: Path) -> bool:
    """Whether the real CoreDNS starts with this Corefile."""
    path = folder / "Corefile"
    path.write_text(corefile, "utf-8", newline="")
    argv = ["unshare", "--net", "--", str(program(current_settings(), f"coredns-{version}", "coredns"))]
    return _starts([*argv, "-conf", str(path)], folder)


def _starts(argv: Sequence[str], folder: Path) -> bool:
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        output, deadline = b"", time.monotonic() + START_SECONDS
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                while not STARTED.search(output):
                    if not selector.select(deadline - time.monotonic()):
                        pytest.fail(f"neither started nor refused in {START_SECONDS:g} s: {output!r}")
                    chunk = os.read(process.stdout.fileno(), 65536)
                    if not chunk:
                        return False
                    output += chunk
            return True
        finally:
            process.kill()


def accepts(corefile: str, version: str) -> bool:
    """Whether we say that this release starts with this Corefile."""
    try:
        return not refusals(parse(corefile), Version.parse(version))
    except CorefileError:
        return False


@pytest.mark.parametrize("version", COREDNS_VERSIONS)
@pytest.mark.parametrize("name", COREFILES)
def test_we_refuse_what_coredns_refuses_and_nothing_else(name, version, tmp_path):
    assert accepts(COREFILES[name], version) is loads(COREFILES[name], version, tmp_path)


@pytest.mark.parametrize("running", ["1.6.9", "1.11.3"])
@pytest.mark.parametrize("version", COREDNS_VERSIONS)
def test_coredns_loads_what_a_migration_leaves_nothing_to_do_for(version, running, tmp_path):
    texts = [new for old in COREFILES.values() if (new := _migrated(old, running, version))]
    folders = [tmp_path / str(number) for number in range(len(texts))]
    for folder in folders:
        folder.mkdir()
    # Together: kubernetes waits five seconds for its cluster before it serves without.
    with ThreadPoolExecutor(max_workers=4) as pool:
        loaded = dict(zip(texts, pool.map(loads, texts, repeat(version), folders), strict=True))
    assert loaded
    assert [text for text, started in loaded.items() if not started] == []


def _migrated(text: str, running: str, target: str) -> str | None:
    """The migrated text, if there was something to do and nothing is left."""
    try:
        migration = migrate(text, running=Version.parse(running), target=Version.parse(target))
    except CorefileError:
        return None
    return migration.text if migration.changes and not migration.left else None


def test_an_endless_import_is_refused_as_coredns_does_since_1_13(tmp_path):
    assert not loads(ENDLESS, "1.13.1", tmp_path)
    assert not accepts(ENDLESS, "1.11.3")


_PIECES = st.sampled_from(
    [
        ". ",
        "a. ",
        "{",
        "}",
        " {\n",
        "\n}\n",
        "\n",
        " ",
        "whoami",
        "\n whoami\n",
        "log",
        "# x",
        '"',
        '"a"',
        ",",
        "\r\n",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_no_text_that_we_read_as_a_corefile_is_one_that_coredns_cannot_read(tmp_path, text):
    if accepts(text, "1.11.3"):
        assert loads(text, "1.11.3", tmp_path)
