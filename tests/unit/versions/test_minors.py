"""How minors of Kubernetes are read and ordered."""

from __future__ import annotations

import pytest

from addon_updater.api.versions import Minor
from addon_updater.errors import VersionError


@pytest.mark.parametrize(
    "text, minor",
    [
        ("1.34", Minor(1, 34)),
        ("v1.34", Minor(1, 34)),
        ("1.34+", Minor(1, 34)),
        ("34+", Minor(1, 34)),
        ("v1.33.6-eks-adc7111", Minor(1, 33)),
        ("v1.33.6+k3s1", Minor(1, 33)),
        ("v1.30.0-gke.1234", Minor(1, 30)),
        ("v1.36.0-rc.1", Minor(1, 36)),
        ("2.0", Minor(2, 0)),
    ],
)
def test_a_minor_is_read_however_servers_write_it(text, minor):
    assert Minor.parse(text) == minor


@pytest.mark.parametrize(
    "text", ["", "34", "1", "1.x", "v1", "1.34.x", "one", "1.9999999999", "1." + "3" * 300]
)
def test_an_unreadable_minor_is_refused_with_a_remedy(text):
    with pytest.raises(VersionError, match=r"at character \d+: (write|use)"):
        Minor.parse(text)


def test_minors_order_by_number_and_know_their_neighbors():
    assert Minor(1, 9) < Minor(1, 10) < Minor(2, 0)
    assert str(Minor(1, 34).next()) == "1.35"
    assert str(Minor(1, 34).previous()) == "1.33"


def test_there_is_no_minor_before_the_first():
    with pytest.raises(VersionError, match=r"no minor before 2\.0"):
        Minor(2, 0).previous()
