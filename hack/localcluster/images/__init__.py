"""Container images made on this machine, without a registry and without a container engine."""

from localcluster.images.fault import FAULT_MODES, Fault, coredns_fault_images, fault_image
from localcluster.images.grafana import (
    GRAFANA_FAULTS,
    GRAFANA_REPOSITORY,
    GRAFANA_USER,
    grafana_image,
)
from localcluster.images.operator_image import OPERATOR_IMAGE, operator_image
from localcluster.images.prometheus import (
    PROMETHEUS_FAULTS,
    PROMETHEUS_REPOSITORY,
    PROMETHEUS_USER,
    prometheus_fault_image,
    prometheus_fault_images,
    prometheus_image,
)
from localcluster.images.stand_in import STAND_INS, stand_in
from localcluster.images.stock import (
    BUSYBOX_IMAGE,
    COREDNS_REPOSITORY,
    busybox_image,
    coredns_image,
    pause_image,
)

__all__ = [
    "BUSYBOX_IMAGE",
    "COREDNS_REPOSITORY",
    "FAULT_MODES",
    "GRAFANA_FAULTS",
    "GRAFANA_REPOSITORY",
    "GRAFANA_USER",
    "OPERATOR_IMAGE",
    "PROMETHEUS_FAULTS",
    "PROMETHEUS_REPOSITORY",
    "PROMETHEUS_USER",
    "STAND_INS",
    "Fault",
    "busybox_image",
    "coredns_fault_images",
    "coredns_image",
    "fault_image",
    "grafana_image",
    "operator_image",
    "pause_image",
    "prometheus_fault_image",
    "prometheus_fault_images",
    "prometheus_image",
    "stand_in",
]
