"""A page in headless Chromium, through its debugging protocol over a pipe, without driver or port."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A guard against hanging, far over what anything here takes.
_PATIENCE_S = 120.0
# Text outside of pictures that stands out from what is behind it by less than WCAG's 4.5 to 1.
_CONTRAST = """(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = parts(color).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if ((parts(color)[3] ?? 1) === 1) return color;
    }
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *:not(script)")) {
    const text = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!text || element.closest("svg")) continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) poor.push(`${element.className} ${element.textContent.slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return poor;
})()"""
# Text nodes without a space that take more than one line. A name is one, or several around its breaks.
_BROKEN = """(selector) => [...document.querySelectorAll(selector)].filter((element) => {
  const range = document.createRange();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode);
    const lines = new Set([...range.getClientRects()].map((r) => Math.round(r.top)));
    if (lines.size > 1 && !walker.currentNode.data.trim().includes(" ")) return true;
  }
  return false;
}).map((element) => element.textContent)"""
_KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "Escape": ("Escape", 27, ""),
}


def find_chromium() -> tuple[str | None, str]:
    """Return the executable, installed from Debian's packages if it is missing, or why there is none."""
    given = os.environ.get("ENTITY_KIT_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found, ""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None, (
            "needs Chromium, which isn't here, and installing it needs root and apt-get: "
            "install it, or name an executable in ENTITY_KIT_CHROMIUM"
        )
    # Several test processes may ask at once; the second then finds it.
    with (Path(tempfile.gettempdir()) / "entity-kit-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if shutil.which("chromium") is None:
            words = [apt, "install", "-y", "--no-install-recommends", "chromium"]
            silent = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            with contextlib.suppress(subprocess.TimeoutExpired):
                for command in ([apt, "update"], words):
                    subprocess.run(
                        command, env=silent, capture_output=True, timeout=300, check=False
                    )
    found = shutil.which("chromium")
    return found, "" if found else "needs Chromium, which apt-get could not install"


class Page:
    """One page. `requests` has what it asked the network for, `troubles` what the console said."""

    def __init__(self, executable: str, folder: Path) -> None:
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self._count = 0
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        here_read, there_write = os.pipe()
        there_read, here_write = os.pipe()
        self._read, self._write = here_read, here_write
        words = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--remote-debugging-pipe", "--no-first-run", "--disable-background-networking"),
            *("--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb"),
            f"--user-data-dir={folder}",
            "about:blank",
        ]
        # Chromium speaks on the file descriptors 3 and 4.
        script = f'exec "$0" "$@" 3<&{there_read} 4>&{there_write}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", script, executable, *words],
            pass_fds=(there_read, there_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there_read)
        os.close(there_write)
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._call(f"{domain}.enable")

    def open(self, html: str, file: Path, *, width: int = 1280, height: int = 900) -> None:
        """Write a page into a file and open it from there."""
        file.write_text(html, encoding="utf-8")
        self.requests.clear()
        self.troubles.clear()
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._events.clear()
        self._call("Page.navigate", url=file.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._take(self._receive())

    def look(self, *, dark: bool = False, print_: bool = False) -> None:
        """Set how the page is viewed."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call(
            "Emulation.setEmulatedMedia", media="print" if print_ else "screen", features=[scheme]
        )

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def poor_contrasts(self) -> list[str]:
        """Return the texts that are hard to read, with their contrast."""
        return list(self.evaluate(_CONTRAST))

    def broken_words(self, selector: str) -> list[str]:
        """Return the texts of elements that break within a word."""
        return list(self.evaluate(f"({_BROKEN})({json.dumps(selector)})"))

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key, or type a text."""
        if key not in _KEYS:
            self._call("Input.insertText", text=key)
            return
        code, number, text = _KEYS[key]
        given: dict[str, Any] = {
            "key": " " if key == "Space" else key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": 8 if shift else 0,
        }
        if text:
            given["text"] = text
        self._call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **given)
        self._call("Input.dispatchKeyEvent", type="keyUp", **given)

    def screenshot(self, file: Path, *, whole: bool = False) -> None:
        """Write a screenshot as PNG."""
        shown = self._call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole, fromSurface=True
        )
        file.write_bytes(base64.b64decode(shown["data"]))

    def pdf(self) -> bytes:
        """Print it."""
        return base64.b64decode(self._call("Page.printToPDF", printBackground=True)["data"])

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        number = self._count
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self._take(answer)

    def _take(self, event: dict[str, Any]) -> None:
        if "method" not in event:
            return
        self._events.append(event)
        given = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif event["method"] == "Log.entryAdded":
            self.troubles.append(given["entry"]["text"])
        elif event["method"] == "Runtime.exceptionThrown":
            self.troubles.append(str(given["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled":
            self.troubles.append(str(given["args"]))

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self._read, 1 << 20) if ready else b""
            if not chunk:
                raise AssertionError("Chromium gave no answer.")
            self._buffer += chunk
        raw, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(raw))
