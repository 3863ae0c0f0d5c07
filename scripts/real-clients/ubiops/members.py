"""UbiOps' Python client and command line on `/v2.1`: environments have revisions and builds."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

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
)
from ubiops.utils import wait_for_environment  # noqa: E402
from ubiops.utils.exceptions import StatusError  # noqa: E402

BASE = "python3-12"


@case("environments_create", "environments_list", "environments_get", "environments_update", "environments_delete")
def environments(client, api):
    made = api.environments_create(PROJECT, {"name": "e", "base_environment": BASE, "labels": {"a": "b"}})
    assert made.base_environment == BASE and made.implicit is False
    assert refused(400, api.environments_create, PROJECT, {"name": "e", "base_environment": BASE})
    named = [one.name for one in api.environments_list(PROJECT, labels="c:d,a:b", environment_type="custom")]
    assert named == ["e"]
    assert BASE in [one.name for one in api.environments_list(PROJECT, environment_type="base")]
    assert api.environments_update(PROJECT, "e", {"name": "f", "description": "mine"}).name == "f"
    assert refused(404, api.environments_get, PROJECT, "e")
    assert api.environments_get(PROJECT, "f").latest_build is None
    api.environments_delete(PROJECT, "f")
    api.environments_create(PROJECT, {"name": "e", "base_environment": BASE})


@case("environment_revisions_file_upload", "environment_revisions_list", "environment_revisions_get")
@case("environment_revisions_file_download", "environment_revisions_rebuild", "environment_builds_list")
@case("environment_builds_get", "environment_builds_update", "environment_build_dependencies_list")
@case("wait_for_environment")
def builds(client, api):
    made = api.environment_revisions_file_upload(PROJECT, "e", file=REQUIREMENTS)
    at = (PROJECT, made.build, "e", made.revision)
    assert api.environment_builds_get(*at).status in ("queued", "processing")
    wait_for_environment(client, PROJECT, "e", quiet=True)
    detail = api.environments_get(PROJECT, "e")
    assert (detail.active_revision, detail.active_build) == (made.revision, made.build)
    assert api.environment_revisions_get(PROJECT, "e", made.revision).created_by == "ada@example.com"
    assert [one.id for one in api.environment_revisions_list(PROJECT, "e")] == [made.revision]
    files = {one.name: one.content for one in api.environment_build_dependencies_list(*at)}
    assert files["ubiops.yaml"] == "apt: {}\n"
    with open(REQUIREMENTS, "rb") as file:
        assert content(api.environment_revisions_file_download(PROJECT, "e", made.revision)) == file.read()
    again = api.environment_revisions_rebuild(PROJECT, "e", made.revision)
    cancelled = api.environment_builds_update(PROJECT, again.id, "e", made.revision, {"status": "cancelled"})
    assert cancelled.status == "cancelled" and again.trigger == "Rebuild triggered"
    assert len(api.environment_builds_list(PROJECT, "e", made.revision)) == 2
    api.environments_create(PROJECT, {"name": "copy", "base_environment": BASE})
    api.environment_revisions_file_upload(PROJECT, "copy", source_environment="e")
    assert refused(400, api.environment_revisions_file_upload, PROJECT, "copy")
    broken = archive("broken.zip", requirements__txt="does-not-exist==1\n")
    api.environment_revisions_file_upload(PROJECT, "copy", file=broken)
    try:
        wait_for_environment(client, PROJECT, "copy", quiet=True)
    except StatusError as error:
        assert "No matching distribution found for does-not-exist" in str(error)
    else:
        raise AssertionError("the build has not failed")
    wait_for_environment(client, PROJECT, BASE, quiet=True)


@case("environment_secrets_create", "environment_secrets_list", "environment_secrets_get", "environment_secrets_copy")
@case("environment_secrets_update", "environment_secrets_delete")
def secrets(client, api):
    made = api.environment_secrets_create(PROJECT, "e", {"name": "S", "value": "v", "secret": True})
    assert [one.value for one in api.environment_secrets_list(PROJECT, "e")] == [None]
    assert [one.name for one in api.environment_secrets_copy(PROJECT, "copy", {"source_environment": "e"})] == ["S"]
    api.environment_secrets_update(PROJECT, "e", made.id, {"name": "T", "value": "w", "secret": False})
    assert api.environment_secrets_get(PROJECT, "e", made.id).value == "w"
    api.environment_secrets_delete(PROJECT, "e", made.id)


@case("environments_usage", "deployment_versions_delete", "deployments_delete")
@case("deployment_audit_events_list", "project_audit_events_list")
def usage(client, api):
    api.deployment_versions_create(PROJECT, "d", {"version": "v2", "environment": "e"})
    [used] = api.environments_usage(PROJECT, "e")
    assert (used.deployment, used.version) == ("d", "v2")
    assert refused(400, api.environments_delete, PROJECT, "e")
    api.deployment_versions_delete(PROJECT, "d", "v2")
    assert api.environments_usage(PROJECT, "e") == []
    assert api.deployment_audit_events_list(PROJECT, "d", action="delete")[0].object_name == "v2"
    api.deployments_delete(PROJECT, "d")
    assert api.project_audit_events_list(PROJECT, limit=1)[0].action == "delete"


@case("ubiops environments deploy", "ubiops environments wait", note="wait exits 0 whatever has become of the build")
def command_line(client, api):
    sign_in("v2.1")
    run_cli("environments", "deploy", "cli", "-a", REQUIREMENTS, "-base-env", BASE, "-y", "-pb", "False")
    assert "success" in run_cli("environments", "wait", "cli")
    broken = archive("broken.zip", requirements__txt="does-not-exist==1\n")
    run_cli("environments", "deploy", "cli", "-a", broken, "--overwrite", "-y", "-pb", "False")
    assert "failed" in run_cli("environments", "wait", "cli")
    assert "cli" in run_cli("environments", "list")


if __name__ == "__main__":
    client, api = connect("v2.1")
    report(members(), client, api)
