"""The operator as it is in the working tree, with a stand-in for the addons in the place of its prober."""

import sys

from node.operator_under_test import OperatorProcess


class PlayedOperator(OperatorProcess):
    """No addon runs on a control plane: kwok plays the pods, and the stand-in gives the answers of a good release."""

    @property
    def program(self) -> list[str]:
        return [sys.executable, "-m", "demo.played.operator", str(self._node.kubeconfig)]
