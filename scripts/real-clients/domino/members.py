"""Every public member of Domino's Python client, with the values that its documentation promises."""

import io
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from domino import Domino, exceptions  # noqa: E402
from domino.domino_enums import BillingTagSettingMode, BudgetLabel, ProjectVisibility  # noqa: E402
from report import KEY, URL, case, public_members, report  # noqa: E402


def raises(kind, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except kind:
        return True
    return False


def until(look, seconds=20):
    """What a look answers first that counts as true."""
    end = time.time() + seconds
    while time.time() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"not within {seconds} s")


def is_id(text):
    return len(text) == 24 and int(text, 16) > 0


# The client itself -----------------------------------------------------------------------------------------------


@case("authenticate", "deployment_version", "requires_at_least", "project_id", "log")
def connection(d):
    assert d.deployment_version()["version"] == "6.3.0"
    assert d.requires_at_least("5.11.0") and raises(Exception, d.requires_at_least, "99.0.0")
    assert is_id(d.project_id)
    d.authenticate(api_key="wrong")
    assert raises(Exception, d.projects_list)
    d.authenticate(auth_token=KEY)
    d.projects_list()
    d.authenticate(api_key=KEY)
    d.projects_list()
    d.log.info("written")


# Files -----------------------------------------------------------------------------------------------------------


@case("commits_list", "files_list", "files_upload", "blobs_get", "blobs_get_v2")
@case(
    "files_download",
    note="with commit_id; without, it needs commits as objects, and job_start(commit_id=) needs them as texts",
)
def files(d):
    before = d.commits_list()
    answer = d.files_upload("data/n.csv", io.BytesIO(b"1,2\n"))
    assert answer.status_code == 201 and answer.json()["path"] == "data/n.csv"
    commit = d.commits_list()[0]
    assert len(commit) == 40 and commit not in before
    everything = d.files_list(commit)["data"]
    assert {"main.py", "data/n.csv"} <= {file["path"] for file in everything}
    [file] = d.files_list(commit, "data")["data"]
    assert file["size"] == 4 and file["url"].endswith(file["key"])
    assert d.blobs_get(file["key"]).read() == b"1,2\n"
    assert d.blobs_get_v2("data/n.csv", commit, d.project_id).read() == b"1,2\n"
    assert d.files_download("/data/n.csv", commit_id=commit).read() == b"1,2\n"
    assert raises(Exception, d.blobs_get, "no key")
    assert raises(exceptions.MalformedInputException, d.blobs_get_v2, "a/../b", commit, d.project_id)


# Runs and jobs ---------------------------------------------------------------------------------------------------


@case("runs_start", "runs_list", "runs_status", "get_run_info", "runs_start_blocking", "runs_stdout", "get_run_log")
def runs(d):
    started = d.runs_start(["main.py", "hi mom"], title="first", tier="Medium", commit_id=d.commits_list()[0])
    run_id = started["runId"]
    assert is_id(run_id) and "started" in started["message"]
    run = d.runs_status(run_id)
    assert run["title"] == "first" and run["hardwareTierId"] == "medium-k8s" and run["projectId"] == d.project_id
    assert d.runs_list()["data"][0]["id"] == run_id == d.get_run_info(run_id)["id"]
    assert d.get_run_info("0" * 24) is None
    done = d.runs_start_blocking(["echo hello"], is_direct=True, poll_freq=0.1)
    ended = d.runs_status(done["runId"])
    assert ended["status"] == "Succeeded" and ended["outputCommitId"] and ended["completed"] > ended["queued"]
    assert "echo hello" in d.runs_stdout(done["runId"])
    assert "container" in d.get_run_log(done["runId"])
    assert "container" not in d.get_run_log(done["runId"], include_setup_log=False)
    assert raises(exceptions.RunFailedException, d.runs_start_blocking, ["exit 1"], is_direct=True, poll_freq=0.1)
    assert raises(Exception, d.runs_start, ["main.py"], tier="no such tier")


@case("job_start", "job_status", "jobs_list", "job_runtime_execution_details")
@case("hardware_tiers_list", "get_hardware_tier_id_from_name")
def jobs(d):
    tiers = d.hardware_tiers_list()
    assert [tier["hardwareTier"]["hwtFlags"]["isDefault"] for tier in tiers].count(True) == 1
    assert d.get_hardware_tier_id_from_name("Medium") == "medium-k8s"
    environment = d.get_default_environment()["id"]
    commit = d.commits_list()[0]
    job = d.job_start(
        "main.py", commit_id=commit, hardware_tier_name="Medium", environment_id=environment, title="a job"
    )
    assert job["commitDetails"]["inputCommitId"] == commit
    status = d.job_status(job["id"])
    assert status["title"] == "a job" and status["jobRunCommand"] == "main.py"
    details = d.job_runtime_execution_details(job["id"])
    assert details["hardwareTier"]["id"] == "medium-k8s"
    assert details["environment"]["environmentId"] == environment
    listed = d.jobs_list(d.project_id)
    assert len(listed["jobs"]) == 3 and listed["jobs"][0]["id"] == job["id"] and listed["totalCount"] > 3
    oldest = d.jobs_list(d.project_id, sort_by="asc", page_size=1, page_no=2)
    assert [one["number"] for one in oldest["jobs"]] == [2]
    assert d.jobs_list(d.project_id, tag="none")["jobs"] == []
    assert raises(exceptions.CommitNotFoundException, d.job_start, "main.py", commit_id="0" * 40)
    assert raises(exceptions.EnvironmentNotFoundException, d.job_start, "main.py", environment_id="0" * 24)
    assert raises(exceptions.HardwareTierNotFoundException, d.job_start, "main.py", hardware_tier_id="none")
    d.job_start("main.py", hardware_tier_id="medium-k8s", branch="main")


@case("job_start_blocking", "process_log")
def job_start_blocking(d):
    assert d.job_start_blocking(command="main.py", poll_freq=0.1)["statuses"]["executionStatus"] == "Succeeded"
    assert raises(exceptions.RunFailedException, d.job_start_blocking, command="exit 1", poll_freq=0.1)
    d.process_log("<pre>a line</pre>\n.\n<span class='text-danger'>a warning</span>")


@case("job_stop", "run_stop", "job_restart")
def stopping(d):
    job = d.job_start("sleep 600")
    assert d.job_stop(job["id"], commit_results=False).status_code == 200
    until(lambda: d.job_status(job["id"])["statuses"]["executionStatus"] == "Stopped")
    run = d.runs_start(["sleep 600"], is_direct=True)
    assert d.run_stop(run["runId"]).status_code == 200
    until(lambda: d.runs_status(run["runId"])["status"] == "Stopped")
    again = d.job_restart(job["id"]).json()
    assert again["id"] != job["id"] and again["jobRunCommand"] == "sleep 600"
    d.job_stop(again["id"])


# Environments ----------------------------------------------------------------------------------------------------


@case("environments_list", "get_default_environment", "get_environment", "create_environment")
@case("create_environment_revision", "restrict_environment_revision", "archive_environment")
def environments(d):
    listed = d.environments_list()
    assert listed["objectType"] == "list" and "Domino Standard Environment" in {one["name"] for one in listed["data"]}
    assert d.get_default_environment()["latestRevisionDetails"]["dockerImage"]
    made = d.create_environment(
        "training",
        "Private",
        dockerfile_instructions="RUN pip install pandas",
        environment_variables=[{"name": "A", "value": "1"}],
        supported_clusters=["Spark"],
    )["environment"]
    assert made["name"] == "training" and made["latestRevision"]["number"] == 1
    revision = d.create_environment_revision(made["id"], summary="second")["environmentRevision"]
    assert revision["number"] == 2
    got = d.get_environment(made["id"])["environment"]
    assert got["latestRevision"]["id"] == revision["id"]
    assert "training" in {one["name"] for one in d.environments_list()["data"]}
    d.restrict_environment_revision(made["id"], revision["id"])
    assert d.get_environment(made["id"])["environment"]["restrictedRevision"]["id"] == revision["id"]
    d.archive_environment(made["id"])
    assert "training" not in {one["name"] for one in d.environments_list()["data"]}


# Projects --------------------------------------------------------------------------------------------------------


@case("projects_list", "project_create", "project_create_v4", "project_archive", "fork_project")
def projects(d):
    def names():
        return {project["name"] for project in d.projects_list()}

    assert names() == {"quick-start"}
    assert d.project_create("plain").status_code == 200
    made = d.project_create_v4(
        "full", description="with all", tags=["churn"], visibility=ProjectVisibility.PRIVATE
    )
    assert is_id(made["id"]) and made["description"] == "with all" and made["visibility"] == "Private"
    assert [tag["name"] for tag in d.tags_list(made["id"])] == ["churn"]
    assert d.fork_project("fork").status_code == 200
    fork = Domino("ada/fork", api_key=KEY, host=URL)
    assert "main.py" in {file["path"] for file in fork.files_list(fork.commits_list()[0])["data"]}
    assert names() == {"quick-start", "plain", "full", "fork"}
    for name in ["plain", "full", "fork"]:
        d.project_archive(name)
    assert names() == {"quick-start"}
    assert raises(exceptions.ProjectNotFoundException, d.project_archive, "plain")
    assert raises(ValueError, d.projects_list, relationship="none")


@case("tags_list", "tags_add", "tag_get_id", "tag_details", "tags_remove")
def tags(d):
    [added] = d.tags_add(["fraud"]).json()
    assert "fraud" in {tag["name"] for tag in d.tags_list()}
    assert d.tag_get_id("fraud") == added["id"] and d.tag_get_id("none") is None
    details = d.tag_details(added["id"])
    assert details["_id"] == added["id"] and details["name"] == "fraud" and details["lastAdded"]
    assert d.tags_remove("fraud").status_code == 200 and d.tags_remove("fraud") is None
    assert "fraud" not in {tag["name"] for tag in d.tags_list()}


@case("collaborators_get", "collaborators_add", "collaborators_remove", "get_user_id")
def collaborators(d):
    assert is_id(d.get_user_id("grace")) and d.get_user_id("grace@simulator.test") == d.get_user_id("grace")
    assert d.get_user_id("nobody") is None
    d.collaborators_add("grace")
    assert "grace" in d.collaborators_get()
    d.collaborators_remove("grace")
    assert "grace" not in d.collaborators_get()
    assert raises(exceptions.UserNotFoundException, d.collaborators_add, "nobody")


# Datasets --------------------------------------------------------------------------------------------------------


@case("datasets_list", "datasets_ids", "datasets_names", "datasets_create", "datasets_details")
@case("datasets_update_details", "datasets_remove")
def datasets(d):
    assert d.datasets_names(d.project_id) == ["quick-start"]
    made = d.datasets_create("features", "of customers")
    assert made["datasetName"] == "features" and made["datasetId"] in d.datasets_ids(d.project_id)
    assert raises(exceptions.DatasetExistsException, d.datasets_create, "features", "")
    details = d.datasets_details(made["datasetId"])
    assert details["projectId"] == d.project_id and details["created"] > 0
    renamed = d.datasets_update_details(made["datasetId"], dataset_name="columns", dataset_description="renamed")
    assert renamed["datasetName"] == "columns" and renamed["description"] == "renamed"
    [removed] = d.datasets_remove([made["datasetId"]])
    assert removed.status_code == 200 and made["datasetId"] not in d.datasets_ids(None)
    assert raises(exceptions.DatasetNotFoundException, d.datasets_remove, [made["datasetId"]])


@case("datasets_upload_files")
def datasets_upload_files(d):
    [dataset] = d.datasets_ids(d.project_id)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        pathlib.Path("part").mkdir()
        pathlib.Path("part/a.bin").write_bytes(os.urandom(300_000))
        pathlib.Path("part/b with space.csv").write_text("1\r\n--2\r\n")
        assert d.datasets_upload_files(dataset, "part", target_chunk_size=100_000) == "part"
        for setting in ["Overwrite", "Rename", "Ignore"]:
            d.datasets_upload_files(dataset, "part/a.bin", setting, target_relative_path="below")
        assert raises(ValueError, d.datasets_upload_files, dataset, "part/none")
        assert raises(ValueError, d.datasets_upload_files, dataset, "part", "Else")
        os.chdir("/")


# Models, apps, endpoints -----------------------------------------------------------------------------------------


@case("models_list", "model_publish", "model_versions_get", "model_version_publish")
@case("model_version_export", "model_version_sagemaker_export")
@case("model_version_export_status", "model_version_export_logs")
def models(d):
    assert d.models_list() == {"objectType": "list", "data": []}
    environment = d.get_default_environment()["id"]
    model = d.model_publish("model.py", "my_model", environment, "a model", "first")["data"]
    assert model["name"] == "a model" and model["description"] == "first"
    version = d.model_version_publish(model["_id"], "model.py", "my_model", environment, "second")
    assert version["number"] == 2
    versions = d.model_versions_get(model["_id"])["data"]
    assert [one["number"] for one in versions] == [2, 1] and versions[0]["_id"] == version["_id"]
    assert [one["_id"] for one in d.models_list()["data"]] == [model["_id"]]
    registry = ["registry.test", "ada", "secret", "models", "v2"]
    for export in [d.model_version_export, d.model_version_sagemaker_export]:
        export_id = export(model["_id"], version["_id"], *registry)["exportId"]
        until(lambda: d.model_version_export_status(export_id)["status"] == "complete")
        assert "models:v2" in str(d.model_version_export_logs(export_id))


@case("app_publish", "app_unpublish", "app_get_status", "app_id")
def apps(d):
    assert d.app_id is None and d.app_unpublish() is None
    assert d.app_publish(hardware_tier_id="medium-k8s").status_code == 200
    app = d.app_id
    assert is_id(app)
    until(lambda: d.app_get_status(app) == "Running")
    assert d.app_publish(branch="main").status_code == 200 and d.app_id == app
    assert d.app_unpublish().status_code == 200
    until(lambda: d.app_get_status(app) == "Stopped")
    assert d.app_unpublish() is None and d.app_get_status(None) is None


@case("endpoint_state", "endpoint_publish", "endpoint_unpublish")
def endpoints(d):
    assert d.endpoint_state()["isPublished"] is False
    commit = d.commits_list()[0]
    assert d.endpoint_publish("model.py", "my_model", commit).status_code == 200
    state = d.endpoint_state()
    assert state["isPublished"] is True and state["commitId"] == commit
    assert d.endpoint_unpublish().status_code == 200
    assert d.endpoint_state()["isPublished"] is False


# Costs -----------------------------------------------------------------------------------------------------------


@case("budget_defaults_list", "budget_defaults_update", "budget_overrides_list", "budget_override_create")
@case("budget_override_update", "budget_override_delete")
def budgets(d):
    assert len(d.budget_defaults_list()) == 3
    assert d.budget_defaults_update(BudgetLabel.PROJECT, 12.5)["limit"] == 12.5
    limits = {budget["budgetLabel"]: budget["limit"] for budget in d.budget_defaults_list()}
    assert limits["Project"] == 12.5
    made = d.budget_override_create(BudgetLabel.PROJECT, d.project_id, 3)
    assert made["labelId"] == d.project_id and made["limit"] == 3
    assert d.budget_override_update(BudgetLabel.PROJECT, d.project_id, 4)["limit"] == 4
    assert [budget["limit"] for budget in d.budget_overrides_list()] == [4]
    assert isinstance(d.budget_override_delete(d.project_id), list)
    assert d.budget_overrides_list() == []


@case("budget_alerts_settings", "budget_alerts_settings_update", "budget_alerts_targets_update")
def budget_alerts(d):
    assert d.budget_alerts_settings()["alertsEnabled"] is False
    changed = d.budget_alerts_settings_update(alerts_enabled=True, notify_org_owner=True)
    assert changed["alertsEnabled"] is True and changed["notifyOrgOwner"] is True
    d.budget_alerts_targets_update({"Project": ["ada@simulator.test"]})
    targets = {one["label"]: one["emails"] for one in d.budget_alerts_settings()["alertTargets"]}
    assert targets["Project"] == ["ada@simulator.test"] and targets["Organization"] == []


@case("billing_tags_create", "billing_tags_list_active", "active_billing_tag_by_name", "billing_tag_archive")
@case("billing_tag_settings", "billing_tag_settings_mode", "billing_tag_settings_mode_update")
def billing_tags(d):
    assert len(d.billing_tags_create(["research", "sales"])["billingTags"]) == 2
    assert {tag["tag"] for tag in d.billing_tags_list_active()["billingTags"]} == {"research", "sales"}
    assert d.billing_tag_archive("sales")["billingTag"]["active"] is False
    assert d.active_billing_tag_by_name("sales")["billingTag"] == {"tag": "sales", "active": False}
    assert [tag["tag"] for tag in d.billing_tags_list_active()["billingTags"]] == ["research"]
    assert d.billing_tag_settings()["mode"] == "Optional"
    assert d.billing_tag_settings_mode_update(BillingTagSettingMode.REQUIRED)["mode"] == "Required"
    assert d.billing_tag_settings_mode()["mode"] == "Required"
    d.billing_tag_settings_mode_update(BillingTagSettingMode.OPTIONAL)


@case("project_billing_tag", "project_billing_tag_update", "project_billing_tag_reset")
@case("projects_by_billing_tag", "project_billing_tag_bulk_update")
def project_billing_tags(d):
    assert d.project_billing_tag() is None
    assert d.project_billing_tag_update("research")["billingTag"]["tag"] == "research"
    assert d.project_billing_tag(d.project_id)["tag"] == "research"
    found = d.projects_by_billing_tag(billing_tag="research")
    assert found["totalMatches"] == 1 and found["page"][0]["id"] == d.project_id
    d.project_billing_tag_reset()
    assert d.project_billing_tag() is None
    assert d.project_id in {one["id"] for one in d.projects_by_billing_tag(missing_tag_only=True)["page"]}
    d.project_billing_tag_bulk_update({d.project_id: "research"})
    assert d.project_billing_tag()["tag"] == "research"


# Custom metrics --------------------------------------------------------------------------------------------------


@case("custom_metrics_client", "custom_metrics_client().log_metric", "custom_metrics_client().log_metrics")
@case("custom_metrics_client().trigger_alert")
@case(
    "custom_metrics_client().read_metrics",
    note="of the hand-written variant; the generated one cannot read any answer from Python 3.10 on",
)
def custom_metrics(d):
    metrics = d.custom_metrics_client()
    day = "2026-11-{:02}T12:00:00Z".format
    metrics.log_metric("churn", "auc", 0.91, day(1), {"region": "eu"})
    metrics.log_metrics(
        [{"modelMonitoringId": "churn", "metric": "auc", "value": 0.8, "timestamp": day(9), "tags": {}}]
    )
    Domino._CUSTOM_METRICS_USE_GEN = False
    read = d.custom_metrics_client().read_metrics("churn", "auc", day(1), day(2))
    assert read["metricValues"] == [{"timestamp": day(1), "value": 0.91, "tags": {"region": "eu"}}]
    Domino._CUSTOM_METRICS_USE_GEN = True
    metrics.trigger_alert("churn", "auc", 0.4, condition=metrics.BETWEEN, lower_limit=0.5, upper_limit=1.0, description="low")


client = Domino("ada/quick-start", api_key=KEY, host=URL)
metrics_client = type(client.custom_metrics_client())
of_metrics = [f"custom_metrics_client().{name}" for name in public_members(metrics_client) if name.islower()]
report(public_members(Domino) + of_metrics, client)
