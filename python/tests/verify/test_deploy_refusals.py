"""What `--deploy-from` refuses, and what it finds in git: nothing here runs a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from entity_kit import EntityKitError
from entity_kit.dbt_bridge.revision import export
from support.repository import commit, git, in_repository
from support.verify_project import FCT, run

OPTION = "--deploy-from"


@pytest.fixture
def project(make_project):
    """Write a project into a folder of a repository."""
    return in_repository(make_project({"fct.sql": FCT}, folder="repo/dbt"))


def exported(project, tmp_path, revision="HEAD", folder="exported"):
    return export(project.folder, revision, tmp_path / folder, option=OPTION)


def refused(project, tmp_path, revision):
    with pytest.raises(EntityKitError) as caught:
        exported(project, tmp_path, revision)
    return str(caught.value)


def test_a_revision_is_written_without_touching_the_index(project, tmp_path):
    """Staged, changed, and new files of the working tree aren't those of the revision."""
    project.write({"models/fct.sql": "select 2", "models/staged.sql": "select 3"})
    git(project.folder, "add", "models/staged.sql")
    with project.untouched():
        found = exported(project, tmp_path)
    assert found.commit == git(project.folder, "rev-parse", "HEAD")
    assert (found.project_dir / "models/fct.sql").read_text() == FCT
    assert not (found.project_dir / "models/staged.sql").exists()
    assert (found.moved_from, found.lacks_packages) == (None, False)


def test_a_project_that_moved_is_found_by_its_name(project, tmp_path):
    repository = project.folder.parent
    git(repository, "mv", "dbt", "elsewhere")
    commit(repository)
    project.folder = repository / "elsewhere"
    found = exported(project, tmp_path, "HEAD~1")
    assert found.moved_from == "dbt"
    assert (found.project_dir / "models/fct.sql").read_text() == FCT
    # A second one of that name makes it a guess.
    other = repository / "other" / "dbt_project.yml"
    other.parent.mkdir()
    git(repository, "checkout", "-q", "HEAD~1")
    other.write_text((repository / "dbt" / "dbt_project.yml").read_text())
    commit(repository)
    two = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-q", "main")
    with pytest.raises(
        EntityKitError, match="several folders have a dbt project consumer: dbt, other"
    ):
        exported(project, tmp_path, two, "two")


def test_revisions_that_do_not_serve(project, tmp_path):
    assert refused(project, tmp_path, "mian") == (
        "git doesn't know the revision `mian`.\n"
        "Name a branch, tag, or commit that has been fetched, such as origin/main."
    )
    git(project.folder, "checkout", "-q", "--orphan", "bare")
    git(project.folder.parent, "rm", "-rq", "--cached", ".")
    git(project.folder.parent, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert refused(project, tmp_path, "HEAD").startswith(
        "There is no dbt project consumer at HEAD, neither in dbt nor in another folder"
    )


def test_a_shallow_clone_says_what_to_fetch(project, tmp_path):
    first = git(project.folder, "rev-parse", "HEAD")
    commit(project.folder.parent)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{project.folder.parent}", "shallow")
    project.folder = tmp_path / "shallow" / "dbt"
    assert "fetch-depth: 0" in refused(project, tmp_path, first)


def test_a_project_outside_of_a_repository(make_project, tmp_path):
    project = make_project()
    assert "--deploy-from needs a project in a git repository." in refused(
        project, tmp_path, "main"
    )


def test_unpushed_is_what_the_remote_has(project, tmp_path):
    assert "git knows no commit that the remote has" in refused(project, tmp_path, "unpushed")
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(project.folder, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(project.folder, "push", "-q", "-u", "origin", "main")
    pushed = git(project.folder, "rev-parse", "HEAD")
    commit(project.folder.parent)
    assert exported(project, tmp_path, "unpushed", "pushed").commit == pushed


def test_a_local_package_has_the_files_of_the_revision(project, tmp_path):
    repository = project.folder.parent
    package = repository / "shared"
    (package / "macros").mkdir(parents=True)
    (package / "dbt_project.yml").write_text("name: shared\n")
    (package / "macros" / "m.sql").write_text("old")
    installed = project.folder / "dbt_packages"
    installed.mkdir()
    (installed / "shared").symlink_to(package, target_is_directory=True)
    (installed / "hub").mkdir()
    (repository / ".gitignore").write_text("dbt_packages\n")
    spec = "packages:\n  - local: ../shared\n  - {package: a/hub, version: 1.0.0}\n"
    project.write({"packages.yml": spec})
    commit(repository)
    (package / "macros" / "m.sql").write_text("new")
    found = exported(project, tmp_path)
    packages = found.project_dir / "dbt_packages"
    assert (packages / "shared" / "macros" / "m.sql").read_text() == "old"
    assert (packages / "hub").resolve() == (installed / "hub").resolve()
    assert not found.lacks_packages
    # Another version isn't the one that is installed.
    project.write({"packages.yml": spec.replace("1.0.0", "1.1.0")})
    assert exported(project, tmp_path, "HEAD", "upgraded").lacks_packages


def test_what_the_projects_file_sets_is_for_other_commands(make_project):
    """It gets as far as git, which there is none of."""
    project = make_project(
        files={"entity_kit.toml": 'schedules = "arrival"\nreport = "r.html"\ndeploy-at = 1\n'}
    )
    finished = run(["verify", "--project-dir", str(project.folder), OPTION, "main"])
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert "needs a project in a git repository" in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deploy-at", "1"], "--deploy-at says after which step the code changes"),
        ([OPTION, "HEAD", "--schedules", "arrival"], "--schedules doesn't go with --deploy-from"),
        ([OPTION, "HEAD", "--changed-since", "HEAD"], "--changed-since doesn't go with"),
        ([OPTION, "HEAD", "--examples", "3"], "--examples doesn't go with --deploy-from"),
        ([OPTION, "HEAD", "--report", "report.html"], "--report doesn't go with --deploy-from"),
        ([OPTION, "HEAD", "--list"], "--list doesn't go with --deploy-from"),
        ([OPTION, "HEAD", "--fail-fast"], "--fail-fast doesn't go with --deploy-from"),
    ],
)
def test_options_that_do_not_go_together(make_project, arguments, message):
    project = make_project()
    finished = run(["verify", "--project-dir", str(project.folder), *arguments])
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert message in finished.stderr
    assert not Path("report.html").exists()
