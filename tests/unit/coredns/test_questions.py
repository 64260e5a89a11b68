from __future__ import annotations

import pytest

from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.questions import Expect, Question, cluster_domain, questions
from unit.coredns.corefiles import AKS, EKS, KUBEADM

NO_SUCH = "no_such_service.default.svc.cluster.local."


def asked(text: str, **facts) -> list[tuple[str, str, list[str]]]:
    found = questions(parse(text), **{"cluster_ips": ["10.96.0.1"], **facts})
    return [
        (question.name, question.rdtype, sorted(question.addresses)) for question in found if not question.tcp
    ]


@pytest.mark.parametrize(
    "text, domain",
    [
        (KUBEADM, "cluster.local"),
        (EKS, "cluster.local"),
        (". {\n kubernetes in-addr.arpa Corp.Example. {\n }\n}", "corp.example"),
        ("corp.example:53 {\n kubernetes\n}", "corp.example"),
        ("10.0.0.0/8 dns://k8s.lan {\n kubernetes\n}", "k8s.lan"),
        (". {\n kubernetes\n}", "cluster.local"),
        (". {\n log\n}", "cluster.local"),
    ],
)
def test_the_cluster_domain_is_the_first_forward_zone_of_kubernetes(text, domain):
    assert cluster_domain(parse(text)) == domain


def test_the_questions_go_from_the_api_server_to_the_users_names():
    text = KUBEADM + "corp.example {\n forward . 10.0.0.10\n}\n"
    facts = {
        "cluster_ips": ["10.96.0.1", "fd00::1"],
        "endpoint_ips": ["10.99.0.1", "fd01::2"],
        "names": ["a.example"],
    }
    assert asked(text, **facts) == [
        ("kubernetes.default.svc.cluster.local.", "A", ["10.96.0.1"]),
        ("kubernetes.default.svc.cluster.local.", "AAAA", ["fd00::1"]),
        ("10-99-0-1.kubernetes.default.svc.cluster.local.", "A", ["10.99.0.1"]),
        ("fd01--2.kubernetes.default.svc.cluster.local.", "AAAA", ["fd01::2"]),
        (NO_SUCH, "A", []),
        ("corp.example.", "SOA", []),
        ("a.example.", "A", []),
    ]


def test_each_question_is_asked_over_udp_and_tcp_under_its_own_stable_id():
    found = questions(parse(AKS), cluster_ips=["10.0.0.1"])
    assert [question.id for question in found] == [
        "apiserver/kubernetes.default.svc.cluster.local./A/udp",
        "apiserver/kubernetes.default.svc.cluster.local./A/tcp",
        f"nxdomain/{NO_SUCH}/A/udp",
        f"nxdomain/{NO_SUCH}/A/tcp",
    ]


SERVICE = "kubernetes.default.svc.cluster.local."
ENDPOINT = f"10-99-0-1.{SERVICE}"


@pytest.mark.parametrize(
    "options, names",
    [
        ("", [SERVICE, ENDPOINT, NO_SUCH]),
        ("noendpoints", [SERVICE, NO_SUCH]),
        ("namespaces shop", [NO_SUCH]),
        ("namespaces shop default", [SERVICE, ENDPOINT, NO_SUCH]),
        ("labels app=x", [NO_SUCH]),
        ("namespace_labels app=x", [NO_SUCH]),
        ("fallthrough", [SERVICE, ENDPOINT]),
        ("fallthrough cluster.local", [SERVICE, ENDPOINT]),
        ("fallthrough in-addr.arpa", [SERVICE, ENDPOINT, NO_SUCH]),
    ],
)
def test_what_the_options_of_kubernetes_hide_is_not_asked(options, names):
    text = f". {{\n kubernetes cluster.local {{\n {options}\n }}\n}}"
    assert [name for name, _, _ in asked(text, endpoint_ips=["10.99.0.1"])] == names


@pytest.mark.parametrize(
    "text, names",
    [
        ("hosts {\n 10.0.0.5 db db.lan\n fd00::5 db\n fallthrough\n }", ["db.", "db.lan.", "db."]),
        ("hosts {\n 10.0.0.5 db\n 10.0.0.6 db\n }", ["db."]),
        ("hosts /etc/hosts {\n 10.0.0.5 db\n }", []),
        ("rewrite name a b\n hosts {\n 10.0.0.5 db\n }", []),
        ("forward lan 10.0.0.5\n forward . 10.0.0.6", ["lan."]),
        ("forward 10.0.0.0/8 10.0.0.5", []),
        ("forward {$ZONE} 10.0.0.5", []),
    ],
)
def test_names_of_the_corefile_itself_are_asked_where_their_answer_is_known(text, names):
    assert [name for name, _, _ in asked(f".:53 {{\n {text}\n}}")] == names


def test_addresses_of_one_name_in_hosts_are_expected_together():
    found = questions(parse(". {\n hosts {\n 10.0.0.5 db\n 10.0.0.6 db\n }\n}"), cluster_ips=[])
    assert found[0] == Question(
        "hosts/db./A/udp", "db.", "A", False, Expect.ADDRESSES, frozenset({"10.0.0.5", "10.0.0.6"})
    )


def test_a_corefile_with_a_thousand_zones_is_sampled():
    zones = "\n".join(f"z{number}.lan {{\n forward . 10.0.0.1\n}}" for number in range(1000))
    assert len(questions(parse(zones), cluster_ips=[])) == 32
