"""Container images made on this machine, without a registry and without a container engine."""

from localcluster.images.fault import FAULT_MODES, fault_image, stand_in
from localcluster.images.operator_image import OPERATOR_IMAGE, operator_image
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
    "OPERATOR_IMAGE",
    "busybox_image",
    "coredns_image",
    "fault_image",
    "operator_image",
    "pause_image",
    "stand_in",
]
