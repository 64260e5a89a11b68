import os
import subprocess
import sys

import pytest

from addon_updater import metrics

VALUE = metrics.REGISTRY.get_sample_value


def test_the_minors_that_no_server_answers_any_more_are_gone():
    metrics.show_minors(["1.34", "1.35"], settled=34)
    metrics.show_minors(["1.35"], settled=35)
    assert VALUE("addon_updater_kubernetes_observed_minor", {"minor": "1.34"}) is None
    assert VALUE("addon_updater_kubernetes_observed_minor", {"minor": "1.35"}) == 1
    assert VALUE("addon_updater_kubernetes_settled_minor") == 35


@pytest.mark.parametrize("verdict, code", [("Error", 0), ("Unknown", 1), ("Warning", 2), ("Passing", 3)])
def test_the_worse_a_verdict_the_smaller_its_number(verdict, code):
    metrics.show_readiness("1.36", "coredns", verdict)
    assert VALUE("addon_updater_minor_readiness", {"minor": "1.36", "addon": "coredns"}) == code


def test_a_verdict_that_nobody_knows_is_a_mistake_and_not_fine():
    with pytest.raises(KeyError):
        metrics.show_readiness("1.36", "coredns", "Fine")


def test_a_minor_that_is_reached_takes_its_verdicts_with_it():
    for minor in ("1.36", "1.37"):
        metrics.show_readiness(minor, "grafana", "Passing")
    metrics.forget_readiness("1.36")
    assert VALUE("addon_updater_minor_readiness", {"minor": "1.36", "addon": "grafana"}) is None
    assert VALUE("addon_updater_minor_readiness", {"minor": "1.37", "addon": "grafana"}) == 3


def test_nothing_counts_as_broken_before_something_was_read():
    program = "from addon_updater import metrics; print(metrics.exposition().decode())"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    fresh = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment
    )
    for metric in ("catalog_fresh", "settings_fresh"):
        assert f"\naddon_updater_{metric} 1.0\n" in fresh.stdout


def test_the_vendor_and_the_kubelets_of_the_cluster_replace_what_was_shown_before():
    metrics.show_cluster("unknown", None)
    assert VALUE("addon_updater_kubelet_minor", {"bound": "oldest"}) is None
    metrics.show_cluster("eks", (33, 34))
    assert VALUE("addon_updater_cluster_info", {"vendor": "unknown"}) is None
    assert VALUE("addon_updater_cluster_info", {"vendor": "eks"}) == 1
    assert [VALUE("addon_updater_kubelet_minor", {"bound": one}) for one in ("oldest", "newest")] == [33, 34]
    metrics.forget_cluster()
    assert VALUE("addon_updater_cluster_info", {"vendor": "eks"}) is None
