"""What deploy/README.md shows works as it stands."""

import re
from typing import Any

import yaml

from addon_updater.api.operator_settings import KEY, NAME, OperatorSettings, read_operator_settings
from addon_updater.safe_yaml import LOADER
from unit.deploy.manifests import DEPLOY, REPOSITORY, of_kind, the

README = (DEPLOY / "README.md").read_text()


def _yaml_blocks() -> list[dict[str, Any]]:
    return [yaml.load(text, LOADER) for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


def test_the_settings_are_valid_and_show_every_field() -> None:
    (config_map,) = [block for block in _yaml_blocks() if block.get("kind") == "ConfigMap"]
    settings = read_operator_settings(config_map["data"][KEY])

    assert config_map["metadata"] == {"name": NAME, "namespace": "addon-updater"}
    assert settings.model_fields_set == set(OperatorSettings.model_fields)


def test_the_operator_may_read_the_settings_under_that_name() -> None:
    rules = the("Role", "addon-updater", "addon-updater")["rules"]

    assert [rule["resourceNames"] for rule in rules if rule["resources"] == ["configmaps"]] == [[NAME]]


def test_the_overlay_names_folders_that_are_there() -> None:
    (overlay,) = [block for block in _yaml_blocks() if "transformers" in block]
    named = [
        name.removeprefix("addon-updater/")
        for name in [*overlay["resources"], *overlay["transformers"]]
        if name.startswith("addon-updater/")
    ]

    assert named
    assert [name for name in named if not (REPOSITORY / name / "kustomization.yaml").is_file()] == []
    assert [image["name"] for image in overlay["images"]] == [_image().partition(":")[0]]


def test_the_credentials_are_called_as_the_deployment_mounts_them() -> None:
    volumes = _pod()["volumes"]
    (secret,) = [volume["secret"]["secretName"] for volume in volumes if "secret" in volume]

    assert f"create secret generic {secret} " in README


def test_as_many_policies_are_told_of_as_are_shipped() -> None:
    numbers = {6: "Six", 7: "Seven", 8: "Eight", 9: "Nine"}

    assert f"**{numbers[len(of_kind('ValidatingAdmissionPolicy'))]} ValidatingAdmissionPolicies**" in README


def _pod() -> dict[str, Any]:
    spec: dict[str, Any] = the("Deployment", "addon-updater", "addon-updater")["spec"]["template"]["spec"]
    return spec


def _image() -> str:
    (container,) = _pod()["containers"]
    return str(container["image"])
