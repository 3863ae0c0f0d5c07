"""UbiOps' Python client and command line on `/v2`: environments have tags."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "ubiops"))

from report import case, report  # noqa: E402
from serving import (  # noqa: E402
    PROJECT,
    REQUIREMENTS,
    archive,
    connect,
    content,
    members,
    refused,
    run_cli,
    sign_in,
    until,
)
from ubiops.utils import wait_for_environment  # noqa: E402
from ubiops.utils.exceptions import StatusError  # noqa: E402

BASE = {"base_environment_name": "python3-12", "base_environment_tag": "latest"}


@case("environments_create", "environments_list", "environments_get", "environments_update", "environments_delete")
def environments(client, api):
    api.environments_create(PROJECT, {"name": "e", "labels": {"a": "b"}})
    assert refused(400, api.environments_create, PROJECT, {"name": "e"})
    assert [one.name for one in api.environments_list(PROJECT, system=False, labels="a:b")] == ["e"]
    assert "python3-12" in [one.name for one in api.environments_list(PROJECT, system=True, labels="")]
    assert api.environments_update(PROJECT, "e", {"description": "mine"}).description == "mine"
    api.environments_delete(PROJECT, "e")
    assert refused(404, api.environments_get, PROJECT, "e")
    api.environments_create(PROJECT, {"name": "e"})


@case("environment_tags_create", "environment_tags_list", "environment_tags_get", "environment_tags_update")
@case("environment_tags_delete", "environment_tags_build", "environment_tags_rebuild", "environment_tags_download")
@case("environment_tag_dependencies_list", "wait_for_environment")
def tags(client, api):
    api.environment_tags_create(PROJECT, "e", {"name": "t"})
    assert refused(400, api.environment_tags_create, PROJECT, "e", {"name": "t"})
    unnamed = api.environment_tags_create(PROJECT, "e", {}).name
    assert unnamed in [one.name for one in api.environment_tags_list(PROJECT, "e", supports_request_format=True)]
    api.environment_tags_delete(PROJECT, "e", unnamed)
    assert api.environment_tags_build(PROJECT, "e", "t", file=REQUIREMENTS, **BASE).success is True
    wait_for_environment(client, PROJECT, "e", "t", quiet=True)
    built = api.environment_tags_get(PROJECT, "e", "t")
    assert (built.status, built.built, built.base_environment_name) == ("available", True, "python3-12")
    files = {one.name: one.content for one in api.environment_tag_dependencies_list(PROJECT, "e", "t")}
    assert files["ubiops.yaml"] == "apt: {}\n"
    with open(REQUIREMENTS, "rb") as file:
        assert content(api.environment_tags_download(PROJECT, "e", "t")) == file.read()
    api.environment_tags_create(PROJECT, "e", {"name": "copy"})
    api.environment_tags_build(PROJECT, "e", "copy", source_environment="e", source_tag="t", **BASE)
    assert api.environment_tags_update(PROJECT, "e", "copy", {"status": "cancelled"}).status == "cancelled"
    api.environment_tags_rebuild(PROJECT, "e", "copy")
    until(lambda: api.environment_tags_get(PROJECT, "e", "copy").status == "available")
    api.environment_tags_create(PROJECT, "e", {"name": "broken"})
    broken = archive("broken.zip", requirements__txt="does-not-exist==1\n")
    api.environment_tags_build(PROJECT, "e", "broken", file=broken, **BASE)
    try:
        wait_for_environment(client, PROJECT, "e", "broken", quiet=True)
    except StatusError as error:
        assert "No matching distribution found for does-not-exist" in str(error)
    else:
        raise AssertionError("the build has not failed")
    wait_for_environment(client, PROJECT, "python3-12", quiet=True)


@case("environment_tag_secrets_create", "environment_tag_secrets_list", "environment_tag_secrets_get")
@case("environment_tag_secrets_update", "environment_tag_secrets_delete", "environment_tag_secrets_copy")
def secrets(client, api):
    at = (PROJECT, "e")
    made = api.environment_tag_secrets_create(*at, "t", {"name": "S", "value": "v", "secret": True})
    assert [one.value for one in api.environment_tag_secrets_list(*at, "t")] == [None]
    source = {"source_environment": "e", "source_tag": "t"}
    assert [one.name for one in api.environment_tag_secrets_copy(*at, "copy", source)] == ["S"]
    changed = {"name": "T", "value": "w", "secret": False}
    api.environment_tag_secrets_update(PROJECT, "e", made.id, "t", changed)
    assert api.environment_tag_secrets_get(PROJECT, "e", made.id, "t").value == "w"
    api.environment_tag_secrets_delete(PROJECT, "e", made.id, "t")


@case("environment_tags_usage", "deployment_versions_delete", "deployments_delete")
@case("deployment_audit_events_list", "project_audit_events_list")
def usage(client, api):
    version = {"version": "v2", "environment_name": "e", "environment_tag": "t"}
    made = api.deployment_versions_create(PROJECT, "d", version)
    assert (made.environment_name, made.environment_tag) == ("e", "t")
    [used] = api.environment_tags_usage(PROJECT, "e", "t")
    assert (used.deployment, used.version, used.environment_tag) == ("d", "v2", "t")
    assert refused(400, api.environment_tags_delete, PROJECT, "e", "t")
    api.deployment_versions_delete(PROJECT, "d", "v2")
    assert api.environment_tags_usage(PROJECT, "e", "t") == []
    assert api.deployment_audit_events_list(PROJECT, "d", action="delete")[0].object_name == "v2"
    api.deployments_delete(PROJECT, "d")
    assert api.project_audit_events_list(PROJECT, limit=1)[0].action == "delete"


@case("ubiops environments deploy", "ubiops environments wait", note="wait exits 0 whatever has become of the build")
def command_line(client, api):
    sign_in("v2")
    on = ("-base_env", "python3-12", "-base_tag", "latest", "-y", "-pb", "False")
    run_cli("environments", "deploy", "cli", "-tag", "v1", "-a", REQUIREMENTS, *on)
    assert "available" in run_cli("environments", "wait", "cli", "-tag", "v1")
    broken = archive("broken.zip", requirements__txt="does-not-exist==1\n")
    run_cli("environments", "deploy", "cli", "-tag", "v2", "-a", broken, *on)
    assert "failed" in run_cli("environments", "wait", "cli", "-tag", "v2")
    assert "cli" in run_cli("environments", "list")


if __name__ == "__main__":
    client, api = connect("v2")
    report(members(), client, api)
