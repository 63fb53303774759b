"""Keep dbt's parse of a project, so that the next verification parses only what has changed."""

from __future__ import annotations

import contextlib
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from entity_kit.verify.cache.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def kept_parse(project_dir: Path, folder: Path) -> Iterator[None]:
    """Give dbt the kept parse of a project in its target folder, and keep what it writes there.

    dbt itself decides what of it still holds, as it does for every run of the user's. `folder` is the
    scratch folder; a parse in which its name occurs would be wrong in another, and isn't kept.
    """
    file, store = folder / "target" / "partial_parse.msgpack", Store(project_dir)
    with contextlib.suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        shutil.copyfile(store.parse, file)
    yield
    with contextlib.suppress(OSError):
        parsed = file.read_bytes()
        if str(folder).encode() not in parsed:
            store.write_parse(parsed)
