from __future__ import annotations

import pytest
from rich.cells import cell_len

from addon_updater.cli.releases import read_release
from addon_updater.cli.render.overview import overview
from unit.cli import examples
from unit.cli.conftest import Lines

HEADER = "RELEASE              ADDON    KUBERNETES  VERSION           READY  UPDATE"


@pytest.mark.parametrize(
    "manifest, expected",
    [
        pytest.param(
            examples.healthy(),
            [
                "RELEASE              ADDON    KUBERNETES  VERSION  READY  UPDATE",
                "kube-system/coredns  coredns  1.34        1.12.1   True   UpToDate",
            ],
            id="a healthy release is one line",
        ),
        pytest.param(
            examples.waiting(),
            [
                HEADER,
                "kube-system/coredns  coredns  1.34        1.11.3 -> 1.12.1  True   WaitingForApproval",
                "  1.11.3 to 1.12.1: approve the plan",
                "  next: 1.11.3 -> 1.12.1 (Now, breaking, no way back), waits for approval",
                "  to do: look at the plan and approve it",
                "  kubectl addons approve coredns 0123456789abcdef -n kube-system",
            ],
            id="a waiting plan shows its hops and how to approve it",
        ),
        pytest.param(
            examples.running(),
            [
                HEADER,
                "kube-system/coredns  coredns  1.34        1.11.3 -> 1.12.1  True   Soaking",
                "  attempt 8b10273f99 runs for 1m30s",
                "  its gates must pass for the whole soak",
                "  gates: dns/pods Pass, dns/service Unknown",
                "  quarantined: 1.12.0 (Crashed)",
            ],
            id="a running attempt shows step, elapsed time and gates, and asks for nothing",
        ),
        pytest.param(
            examples.stalled(),
            [
                "RELEASE              ADDON    KUBERNETES  VERSION  READY  UPDATE",
                "kube-system/coredns  coredns  1.34        ?        False  Stalled: RollbackFailed",
                "  1.11.3 does not serve either",
                "  to do: repair the workload by hand, then let updates start again",
                "  kubectl addons retry coredns -n kube-system",
            ],
            id="a stalled release says what to do, and its message once",
        ),
        pytest.param(
            examples.release(),
            [
                "RELEASE              ADDON    KUBERNETES  VERSION  READY    UPDATE",
                "kube-system/coredns  coredns  ?           ?        Unknown  Unknown",
                "  the operator has not looked at this release yet",
                "  to do: see whether the operator runs",
                "  kubectl get pods -A -l app.kubernetes.io/name=addon-updater",
            ],
            id="a release that nobody has looked at is unknown, not fine",
        ),
    ],
)
def test_the_overview_shows_what_asks_for_attention(manifest, expected, lines: Lines):
    assert lines(overview([read_release(manifest)], examples.NOW, 100)) == expected


def test_a_spec_that_the_operator_has_yet_to_see_is_said_so(lines: Lines):
    manifest = examples.healthy()
    manifest["metadata"]["generation"] = 2
    shown = lines(overview([read_release(manifest)], examples.NOW, 100))
    assert shown[-1] == "  the operator has yet to see generation 2 of the spec"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width, lines: Lines):
    views = [read_release(examples.waiting()), read_release(examples.stalled())]
    shown = lines(overview(views, examples.NOW, width), width)
    assert [line for line in shown if cell_len(line) > width] == []


def test_a_narrow_terminal_loses_addon_and_minor_before_the_state_of_the_update(lines: Lines):
    shown = lines(overview([read_release(examples.waiting())], examples.NOW, 70), 70)
    assert shown[:2] == [
        "RELEASE              VERSION           READY  UPDATE",
        "kube-system/coredns  1.11.3 -> 1.12.1  True   WaitingForApproval",
    ]


def test_a_message_cannot_move_the_cursor_or_fake_a_line(lines: Lines):
    manifest = examples.stalled(message="bad\x1b[2J\nkube-system/other  fine [red]x[/red]\u202e")
    shown = lines(overview([read_release(manifest)], examples.NOW, 100))
    assert "  bad [2J kube-system/other  fine [red]x[/red]" in shown
    assert not any("\x1b" in line for line in shown)


@pytest.mark.parametrize(
    "cluster, line",
    [
        ({"vendor": "eks", "because": "x", "kubelets": "1.33 - 1.34"}, "Cluster: EKS, kubelets 1.33 - 1.34"),
        ({"vendor": "kubeadm", "because": "x"}, "Cluster: kubeadm, kubelets not known"),
        (
            {"vendor": "unknown", "because": "x", "kubelets": "1.34"},
            "Cluster: vendor unknown, kubelets 1.34",
        ),
        ({"vendor": "talos", "because": "x", "kubelets": "1.34"}, "Cluster: talos, kubelets 1.34"),
    ],
)
def test_the_cluster_stands_above_the_table_as_soon_as_somebody_has_looked(cluster, line, lines: Lines):
    manifest = examples.healthy()
    manifest["status"]["cluster"] = cluster
    shown = lines(
        overview([read_release(examples.release("new")), read_release(manifest)], examples.NOW, 100)
    )
    assert shown[0] == line
    assert shown[1].startswith("RELEASE ")
