from __future__ import annotations

import pytest

from addon_updater.cli.releases import read_release
from addon_updater.cli.render.detail import detail
from unit.cli import examples
from unit.cli.conftest import Lines


def test_a_running_release_is_shown_in_full(lines: Lines):
    assert lines(detail(read_release(examples.running()), examples.NOW)) == [
        "kube-system/coredns  addon coredns, Kubernetes 1.34",
        "",
        "Status",
        "  Version      1.11.3 -> 1.12.1",
        "  Image        registry.k8s.io/coredns/coredns:v1.11.3",
        "  Ready        True  VersionFits  1.11.3 runs on Kubernetes 1.34",
        "  Update       True  InProgress  1.11.3 to 1.12.1",
        "  Reconciling  True  Soaking  its gates must pass for the whole soak",
        "",
        "Attempt",
        "  Step         Soaking",
        "  Running for  1m30s (since 2026-03-01 11:58:30 UTC)",
        "  Revisions    r0 to r1",
        "  Id           8b10273f99",
        "",
        "Gates",
        "  GATE         OUTCOME  LAST ANSWER",
        "  ───────────────────────────────────────",
        "  dns/pods     Pass     answers as before",
        "  dns/service  Unknown  no answer",
        "",
        "Quarantined",
        "  VERSION  AGE  REASON   MESSAGE",
        "  ──────────────────────────────",
        "  1.12.0   2d   Crashed  exit 1",
        "",
        "Candidates, the newest 10 (kubectl addons plan shows all)",
        "  VERDICT   REASON         EVIDENCE  VERSIONS AND WHY",
        "  ─────────────────────────────────────────────────────────────────────",
        "  Rejected  BeyondChannel  Assumed   1.13.1, 1.13.0",
        "                                     newer than 1.12.1 (kubeadm-images)",
        "  Target    BestFit        Assumed   1.12.1",
        "                                     newer than 1.12.1 (kubeadm-images)",
        "",
        "History",
        "  AGE  VERSION  OUTCOME  MESSAGE",
        "  ────────────────────────────────────────",
        "  28d  1.11.3   Adopted  recorded as found",
    ]


def test_a_plan_shows_each_finding_with_its_remedy(lines: Lines):
    shown = lines(detail(read_release(examples.waiting()), examples.NOW))
    start = shown.index(f"Plan {examples.HASH}")
    assert shown[start:] == [
        f"Plan {examples.HASH}",
        "      FROM    TO      WHEN  BREAKING  REVERSIBLE  REASON",
        "  ──────────────────────────────────────────────────────────",
        "  1.  1.11.3  1.12.1  Now   yes       no          the target",
        "",
        "Findings",
        "  SEVERITY  RULE                  WHAT IS FOUND AND WHAT HELPS",
        "  ────────────────────────────────────────────────────────────",
        "  Block     CoreDNSUnknownOption  line 3 is not understood",
        "                                  remedy: remove it",
    ]


@pytest.mark.parametrize(
    "status, expected",
    [
        pytest.param(
            {"conditions": "nonsense"}, "status.conditions cannot be read", id="an unreadable status"
        ),
        pytest.param({"observedGeneration": 1, "brandNew": {"a": 1}}, None, id="a field of a newer operator"),
    ],
)
def test_only_a_status_that_cannot_be_read_is_a_problem(status, expected, lines: Lines):
    view = read_release(examples.release() | {"status": status})
    shown = "\n".join(lines(detail(view, examples.NOW)))
    assert (expected is None) == (view.problem is None)
    assert expected is None or expected in shown
