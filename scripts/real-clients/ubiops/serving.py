"""What both versions of UbiOps' client do alike: deployments, requests, files, and the command line."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import ubiops  # noqa: E402
import ubiops.api.environments  # noqa: E402
from report import KEY, URL, case, public_members  # noqa: E402
from ubiops.exceptions import ApiException  # noqa: E402
from ubiops.utils import download_file, upload_file, wait_for_deployment_version  # noqa: E402

PROJECT = "iris"
FOLDER = tempfile.mkdtemp()


def connect(version):
    """A client of the simulator."""
    configuration = ubiops.Configuration()
    configuration.api_key["Authorization"] = f"Token {KEY}"
    configuration.host = f"{URL}/{version}"
    client = ubiops.ApiClient(configuration)
    return client, ubiops.CoreApi(client)


def refused(status, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ApiException as error:
        return error.status == status
    return False


def until(look, seconds=30):
    """What a look answers first that counts as true."""
    end = time.time() + seconds
    while time.time() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"not within {seconds} s")


def archive(name, **files):
    """A ZIP archive; two underscores in a name stand for a dot."""
    path = os.path.join(FOLDER, name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for file, text in files.items():
            target.writestr(f"package/{file.replace('__', '.')}", text)
    return path


def content(answer):
    """The bytes of a download."""
    return b"".join(answer.iter_content(1024))


REQUIREMENTS = archive("environment.zip", requirements__txt="numpy\n" * 20, ubiops__yaml="apt: {}\n")
DEPLOYMENT = archive("deployment.zip", deployment__py="class Deployment: pass\n")


def members():
    """The operations of environments, and those others that the cases state."""
    suffix = "_with_http_info"
    environments = public_members(ubiops.api.environments.Environments)
    return [*(name.removesuffix(suffix) for name in environments), *BESIDE]


BESIDE = [
    *("service_status", "user_get", "projects_list", "projects_get", "template_deployments_list"),
    *("deployments_create", "deployments_list", "deployments_get", "deployments_update", "deployments_delete"),
    *("deployment_audit_events_list", "project_audit_events_list", "logs_list"),
    *("deployment_versions_create", "deployment_versions_list", "deployment_versions_get"),
    *("deployment_versions_update", "deployment_versions_delete"),
    *("revisions_file_upload", "revisions_list", "revisions_get", "revisions_file_download", "revisions_rebuild"),
    *("wait_for_environment", "wait_for_deployment_version", "upload_file", "download_file"),
    *("deployment_requests_create", "deployment_requests_list", "deployment_requests_get"),
    *("deployment_requests_batch_get", "deployment_requests_update", "deployment_requests_delete"),
    *("deployment_requests_batch_cancel", "deployment_requests_batch_delete"),
    *("deployment_requests_input_get", "deployment_requests_output_get"),
    *("batch_deployment_requests_create", "batch_deployment_version_requests_create"),
    *("deployment_version_requests_create", "deployment_version_requests_list"),
    *("deployment_version_requests_get", "deployment_version_requests_batch_get"),
    *("deployment_version_environment_variables_create", "deployment_version_environment_variables_list"),
    *("deployment_version_environment_variables_get", "deployment_version_environment_variables_update"),
    *("deployment_version_environment_variables_delete", "project_environment_variables_create"),
    *("deployment_environment_variables_create", "instance_types_list", "instance_type_groups_list"),
    *("buckets_create", "buckets_list", "buckets_get", "buckets_update", "buckets_delete"),
    *("files_upload", "files_list", "files_get", "files_download", "files_delete"),
    *("ubiops environments deploy", "ubiops environments wait"),
]


@case("service_status", "user_get", "projects_list", "projects_get", "template_deployments_list")
def platform(client, api):
    assert api.service_status().status == "ok"
    assert api.user_get().email == "ada@example.com"
    assert [one.name for one in api.projects_list()] == [PROJECT]
    assert api.projects_get(PROJECT).organization_name == "longhaul"
    assert api.template_deployments_list()[0].details["name"] == "training-base-deployment"


@case("instance_types_list", "instance_type_groups_list")
def instances(client, api):
    assert "512mb" in [one.name for one in api.instance_types_list(PROJECT).results]
    assert "512mb" in [one.name for one in api.instance_type_groups_list(PROJECT).results]


FIELD = [{"name": "x", "data_type": "double"}]


@case("deployments_create", "deployments_list", "deployments_get", "deployments_update")
@case("deployment_versions_create", "deployment_versions_list", "deployment_versions_get")
@case("deployment_versions_update", "revisions_file_upload", "revisions_list", "revisions_get")
@case("revisions_file_download", "revisions_rebuild", "wait_for_deployment_version")
def deployments(client, api):
    api.deployments_create(PROJECT, {"name": "d", "input_fields": FIELD, "output_fields": FIELD})
    assert refused(400, api.deployments_create, PROJECT, {"name": "d"})
    api.deployments_update(PROJECT, "d", {"labels": {"a": "b"}})
    assert [one.name for one in api.deployments_list(PROJECT, labels="a:b")] == ["d"]
    group = {"instance_type_group_name": "4096mb"}
    made = api.deployment_versions_create(PROJECT, "d", {"version": "v1", **group})
    assert made.default is True and api.deployments_get(PROJECT, "d").default_version == "v1"
    assert [one.version for one in api.deployment_versions_list(PROJECT, "d")] == ["v1"]
    assert api.deployment_versions_update(PROJECT, "d", "v1", {"maximum_instances": 2}).maximum_instances == 2
    revision = api.revisions_file_upload(PROJECT, "d", "v1", file=DEPLOYMENT).revision
    assert refused(400, api.deployments_update, PROJECT, "d", {"default_version": "v1"})
    wait_for_deployment_version(client, PROJECT, "d", "v1", revision, quiet=True)
    api.deployments_update(PROJECT, "d", {"default_version": "v1"})
    assert api.deployment_versions_get(PROJECT, "d", "v1").status == "available"
    assert api.revisions_get(PROJECT, "d", revision, "v1").status == "success"
    assert [one.id for one in api.revisions_list(PROJECT, "d", "v1")] == [revision]
    with open(DEPLOYMENT, "rb") as file:
        assert content(api.revisions_file_download(PROJECT, "d", revision, "v1")) == file.read()
    api.revisions_rebuild(PROJECT, "d", revision, "v1", {})
    until(lambda: api.revisions_get(PROJECT, "d", revision, "v1").status == "success")


@case("deployment_requests_create", "deployment_version_requests_create")
@case("batch_deployment_requests_create", "batch_deployment_version_requests_create")
@case("deployment_requests_list", "deployment_requests_get", "deployment_requests_batch_get")
@case("deployment_version_requests_list", "deployment_version_requests_get", "deployment_version_requests_batch_get")
@case("deployment_requests_update", "deployment_requests_delete", "deployment_requests_batch_cancel")
@case("deployment_requests_batch_delete", "deployment_requests_input_get", "deployment_requests_output_get", "logs_list")
def requests(client, api):
    assert api.deployment_requests_create(PROJECT, "d", {"x": 2}).result == {"x": 2}
    assert api.deployment_version_requests_create(PROJECT, "d", "v1", {"x": 3}).status == "completed"
    assert refused(400, api.deployment_requests_create, PROJECT, "d", {"y": 2})
    first, second = api.batch_deployment_requests_create(PROJECT, "d", [{"x": 4}, {"x": 5}])
    [third] = api.batch_deployment_version_requests_create(PROJECT, "d", "v1", [{"x": 6}], timeout=60)
    ids = [first.id, second.id, third.id]
    until(lambda: {one.id for one in api.deployment_requests_list(PROJECT, "d")} >= set(ids))
    assert api.deployment_version_requests_list(PROJECT, "d", "v1", limit=1)[0].status == "completed"
    assert api.deployment_requests_get(PROJECT, "d", ids[0]).request_data == {"x": 4}
    assert api.deployment_version_requests_get(PROJECT, "d", ids[2], "v1").result == {"x": 6}
    assert [one.id for one in api.deployment_requests_batch_get(PROJECT, "d", ids)] == ids
    assert len(api.deployment_version_requests_batch_get(PROJECT, "d", "v1", ids)) == 3
    assert content(api.deployment_requests_input_get(PROJECT, "d", ids[0])) == b'{"x":4}'
    assert content(api.deployment_requests_output_get(PROJECT, "d", ids[1])) == b'{"x":5}'
    query = f"| deployment_request_id=`{ids[0]}`"
    assert [one.log for one in api.logs_list(PROJECT, query=query)][0] == "done"
    assert refused(400, api.deployment_requests_update, PROJECT, "d", ids[0], {"status": "cancelled"})
    assert refused(400, api.deployment_requests_batch_cancel, PROJECT, "d", ids)
    api.deployment_requests_delete(PROJECT, "d", ids[0])
    assert refused(404, api.deployment_requests_get, PROJECT, "d", ids[0])
    api.deployment_requests_batch_delete(PROJECT, "d", ids[1:])


@case("project_environment_variables_create", "deployment_environment_variables_create")
@case("deployment_version_environment_variables_create", "deployment_version_environment_variables_list")
@case("deployment_version_environment_variables_get", "deployment_version_environment_variables_update")
@case("deployment_version_environment_variables_delete")
def variables(client, api):
    api.project_environment_variables_create(PROJECT, {"name": "A", "value": "1", "secret": False})
    api.deployment_environment_variables_create(PROJECT, "d", {"name": "B", "value": "2", "secret": True})
    own = {"name": "C", "value": "3", "secret": False}
    made = api.deployment_version_environment_variables_create(PROJECT, "d", "v1", own)
    listed = api.deployment_version_environment_variables_list(PROJECT, "d", "v1")
    assert sorted((one.name, one.value) for one in listed) == [("A", "1"), ("B", None), ("C", "3")]
    changed = {**own, "value": "4"}
    api.deployment_version_environment_variables_update(PROJECT, "d", made.id, "v1", changed)
    assert api.deployment_version_environment_variables_get(PROJECT, "d", made.id, "v1").value == "4"
    api.deployment_version_environment_variables_delete(PROJECT, "d", made.id, "v1")


@case("buckets_create", "buckets_list", "buckets_get", "buckets_update", "buckets_delete", "upload_file")
@case("files_upload", "files_list", "files_get", "files_download", "files_delete", "download_file")
def files(client, api):
    api.buckets_create(PROJECT, {"name": "b"})
    api.buckets_update(PROJECT, "b", {"description": "mine"})
    assert api.buckets_get(PROJECT, "b").description == "mine"
    assert "b" in [one.name for one in api.buckets_list(PROJECT)]
    named = {"bucket_name": "b", "file_name": "a b/c.zip", "_progress_bar": False}
    uri = upload_file(client, PROJECT, DEPLOYMENT, **named)
    assert uri == "ubiops-file://b/a b/c.zip"
    assert [one.file for one in api.files_list(PROJECT, "b").files] == ["a b/c.zip"]
    assert api.files_get(PROJECT, "b", "a b/c.zip").size == os.path.getsize(DEPLOYMENT)
    target = os.path.join(FOLDER, "down.zip")
    download_file(client, PROJECT, file_uri=uri, output_path=target, _progress_bar=False)
    with open(target, "rb") as one, open(DEPLOYMENT, "rb") as other:
        assert one.read() == other.read()
    assert api.files_upload(PROJECT, "b", "d.txt").url.startswith(URL)
    assert api.files_download(PROJECT, "b", "a b/c.zip").url.startswith(URL)
    api.files_delete(PROJECT, "b", "a b/c.zip")
    api.buckets_delete(PROJECT, "b")


def run_cli(*arguments):
    """The command line, signed in to the simulator; what it prints."""
    home = os.path.join(FOLDER, "home")
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    program = os.path.join(os.path.dirname(sys.executable), "ubiops")
    ended = subprocess.run(
        [program, *arguments], env=environment, cwd=FOLDER, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, f"{arguments}: {ended.stdout[-200:]} {ended.stderr[-200:]}"
    return ended.stdout


def sign_in(version):
    os.makedirs(os.path.join(FOLDER, "home"), exist_ok=True)
    run_cli("signin", "--token", "--password", f"Token {KEY}", "--api", f"{URL}/{version}")
    run_cli("current_project", "set", PROJECT)
