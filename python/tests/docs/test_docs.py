"""The documentation: the site builds, every link works, and every command shown exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from entity_kit.cli.commands import cli

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not {".venv", ".nox", ".cache", "dbt_packages", "build"} & set(page.relative_to(ROOT).parts)
)
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def name(page):
    return str(page.relative_to(ROOT))


def anchors(text):
    """Return a page's heading anchors as GitHub and mkdocs name them."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


def snippets(language):
    return [
        pytest.param(text, id=f"{name(page)}-{number}")
        for page in PAGES
        for number, (_, found, text) in enumerate(FENCE.findall(page.read_text("utf-8")), 1)
        if found == language
    ]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="the site is built with Python 3.11 and later")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    macros = (tmp_path / "reference" / "macros" / "grain" / "index.html").read_text("utf-8")
    commands = (tmp_path / "reference" / "commands" / "index.html").read_text("utf-8")
    assert 'id="grain_table"' in macros
    assert "--changed-since" in commands


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    missing = []
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text)):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            missing.append(target)
        elif anchor:
            file = file / "README.md" if file.is_dir() else file
            if anchor not in anchors(file.read_text("utf-8")):
                missing.append(target)
    assert missing == []


@pytest.mark.parametrize("text", snippets("yaml"))
def test_yaml_parses(text):
    yaml.safe_load(text)


@pytest.mark.parametrize("text", snippets("python"))
def test_python_compiles(text):
    compile(text, "snippet", "exec")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist_with_their_options(page):
    text = page.read_text("utf-8")
    lines = [line for *_, block in FENCE.findall(text) for line in block.splitlines()]
    shown = [line.strip().removeprefix("$ ") for line in lines]
    shown += re.findall(r"`(entity-kit [^`]+)`", text)
    for line in shown:
        if not line.startswith("entity-kit ") or "…" in line:
            continue
        words = shlex.split(line.partition(" #")[0])
        command = cli.get_command(click.Context(cli), words[1])
        if command is None:
            assert words[1].startswith(("-", "[")) or words[1].isupper(), line
            continue
        known = {o for each in command.params for o in (*each.opts, *each.secondary_opts)}
        known |= {"--help", "-h"}
        used = {word.partition("=")[0] for word in words[2:] if word.startswith("-")}
        assert used <= known, line
