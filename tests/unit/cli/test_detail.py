from __future__ import annotations

import pytest
from rich.cells import cell_len

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
        "  Hop          1.11.3 to 1.12.1",
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
        "Candidates, the newest 10 (kubectl addons why explains them)",
        "  VERDICT   VERSIONS AND WHY",
        "  ───────────────────────────────────────────────────────────",
        "  Rejected  1.13.1, 1.13.0",
        "            BeyondChannel: newer than 1.12.1 (kubeadm-images)",
        "  Target    1.12.1",
        "            BestFit: newer than 1.12.1 (kubeadm-images)",
        "",
        "History, the last 10 (kubectl addons history shows more)",
        "  AGE  VERSION  OUTCOME  MESSAGE",
        "  ────────────────────────────────────────",
        "  28d  1.11.3   Adopted  recorded as found",
    ]


def test_a_waiting_release_shows_window_policy_and_what_the_hop_waits_for(lines: Lines):
    shown = lines(detail(read_release(examples.waiting()), examples.NOW), 80)
    start = shown.index("  Window       closed for 2h30m  no window of spec.windows is open; an update")
    assert shown[start + 1 :] == [
        "               may start at 2026-03-01 14:30 UTC",
        "  Wish         channel Default",
        "  Policy       updates Manual, breakingChanges WithClusterMinor",
        "  Pace         soak 5m, minReadySeconds 10",
        "",
        "What you can do",
        "  - look at the plan and approve it",
        "    kubectl addons approve coredns 0123456789abcdef -n kube-system",
        "",
        f"Plan {examples.HASH}",
        "  1.  1.11.3 -> 1.12.1  Now, breaking, no way back",
        "                        waits for approval",
        "                        the target",
        "",
        "Findings",
        "  SEVERITY  WHAT IS FOUND AND WHAT HELPS",
        "  ───────────────────────────────────────────────────────",
        "  Block     CoreDNSUnknownOption",
        "            line 3 is not understood",
        "            remedy: remove it",
        "  Info      NoRehearsal",
        "            the pods read a Secret",
        "            remedy: nothing: the gates judge the new pods",
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("manifest", [examples.waiting(), examples.running(), examples.stalled()])
def test_no_line_of_a_release_in_full_is_wider_than_the_terminal(manifest, width, lines: Lines):
    shown = lines(detail(read_release(manifest), examples.NOW), width)
    assert [line for line in shown if cell_len(line) > width] == []


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
