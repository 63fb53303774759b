"""Lets dbt take up the parse of an earlier verification, whose scratch folder had another name."""

from __future__ import annotations

import pprint
from functools import cache
from pathlib import Path
from typing import Any

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")


@cache
def forget_the_scratch_folder() -> None:
    """Let dbt's digest of the profile leave out the folder that its target path lies in.

    dbt parses everything again if the profile has changed, and in ours the warehouse's path always
    has. The digest has the project's own folder instead. Once for this process: the patch calls what
    it replaces.
    """
    from dbt.contracts.files import FileHash  # noqa: PLC0415  (only where dbt is importable)
    from dbt.parser.manifest import ManifestLoader  # noqa: PLC0415

    build_manifest_state_check = ManifestLoader.build_manifest_state_check

    def build_check(loader: Any) -> Any:
        check = build_manifest_state_check(loader)
        project = loader.root_project
        scratch = str(Path(project.project_target_path).parent)
        told = pprint.pformat(sorted(project.credentials.connection_info()))
        check.profile_hash = FileHash.from_contents(
            f"{project.project_root}\n{told.replace(scratch, '')}"
        )
        return check

    ManifestLoader.build_manifest_state_check = build_check
