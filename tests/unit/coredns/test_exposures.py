"""What of a Corefile opens known flaws, and that nothing which is hidden counts as safe."""

from __future__ import annotations

import pytest

from addon_updater.addons import addon_named
from addon_updater.addons.coredns.exposures import exposures
from addon_updater.addons.data_only import DataOnly
from addon_updater.api.catalog_advisories import FEATURES
from addon_updater.rollout.content import Content
from addon_updater.rollout.workload import read_workload
from unit.coredns.corefiles import KUBEADM

PLAIN = {"plugin/kubernetes", "plugin/forward", "plugin/cache", "plugin/loop"}
ALL = set(FEATURES["coredns"])


@pytest.mark.parametrize(
    "text, features",
    [
        (KUBEADM, PLAIN),
        (".:53 {\n whoami\n}\n", set()),
        (".:53 {\n etcd\n}\n", {"plugin/etcd"}),
        ("tls://.:853 {\n whoami\n}\n", {"transport/encrypted"}),
        ("https://. {\n whoami\n}\n", {"transport/encrypted", "server/https"}),
        ("https3://. {\n whoami\n}\n", {"transport/encrypted", "server/https3"}),
        ("quic://. {\n whoami\n}\n", {"transport/encrypted", "server/quic"}),
        ("dns://. grpc://. {\n whoami\n}\n", {"transport/encrypted", "server/grpc"}),
        (". {\n forward . tls://9.9.9.9\n}\n", {"plugin/forward", "transport/encrypted"}),
        (". {\n forward . {$UPSTREAM}\n}\n", {"plugin/forward", "transport/encrypted"}),
        (". {\n grpc . 10.0.0.1:443\n}\n", {"transport/encrypted"}),
        (". {\n acl {\n  block\n }\n}\nb. {\n rewrite name a b\n}\n", set()),
        (". {\n acl {\n  block\n }\n rewrite name a b\n}\n", {"plugin/acl+rewrite"}),
        (". {\n tsig {\n  require all\n }\n}\n", set()),
        ("tls://. {\n tsig {\n  require all\n }\n}\n", {"transport/encrypted", "tsig/encrypted"}),
        (". {\n kubernetes {\n  kubeconfig /k\n }\n}\n", {"plugin/kubernetes", "kubernetes/kubeconfig"}),
        (
            "a.org {\n transfer a.org {\n  to *\n }\n transfer b.a.org {\n  to 10.0.0.1\n }\n}\n",
            {"transfer/overlapping"},
        ),
        ("a.org b.org {\n transfer a.org {\n  to *\n }\n transfer b.org {\n  to *\n }\n}\n", set()),
        (". {\n transfer {\n  to *\n }\n transfer a.org {\n  to *\n }\n}\n", {"transfer/overlapping"}),
        (". {\n transfer a.org b.a.org {\n  to *\n }\n}\n", set()),
    ],
)
def test_the_features_of_a_corefile_are_those_that_it_uses(text, features):
    assert exposures(text, {}).keys() == features


@pytest.mark.parametrize(
    "text, why",
    [
        (". {\n import /etc/more/*.conf\n}\n", "Corefile line 2 imports a file"),
        ("{$ZONE} {\n whoami\n}\n", "Corefile line 1 has a variable"),
        (". {\n {$PLUGIN} a\n}\n", "Corefile line 2 has a variable"),
        (". {\n whoami\n", "Corefile"),
    ],
)
def test_where_something_is_hidden_every_feature_counts_as_in_use(text, why):
    found = exposures(text, {})

    assert found.keys() == ALL
    assert all(said.startswith(why) for said in found.values())


def test_a_variable_that_the_container_gives_hides_nothing():
    assert exposures("{$KIND}://. {\n whoami\n}\n", {"KIND": "tls"}).keys() == {"transport/encrypted"}


def test_the_place_of_a_feature_is_told():
    assert exposures(KUBEADM, {})["plugin/loop"] == "Corefile line 20: loop"


def test_without_a_corefile_that_can_be_read_or_without_code_every_feature_counts():
    content = Content("1.12.1", "coredns", "coredns:v1.12.1", None, 0, None)
    workload = read_workload(
        {
            "kind": "Deployment",
            "metadata": {"name": "coredns", "namespace": "kube-system", "uid": "u", "resourceVersion": "1"},
            "spec": {"template": {"spec": {"containers": [{"name": "coredns"}]}}},
        }
    )

    assert addon_named("coredns").exposures(workload, content).keys() == ALL
    assert DataOnly("coredns").exposures(workload, content).keys() == ALL
    assert DataOnly("metrics-server").exposures(workload, content) == {}
