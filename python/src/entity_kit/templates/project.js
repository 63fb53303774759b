"use strict";
const nodes = new Map([...document.querySelectorAll("#picture a")].map((node) => [node.dataset.n, node]));
const edges = [...document.querySelectorAll("#picture path")];
const picture = document.getElementById("picture");
// An SVG element that listens to focus would be a stop of the Tab key itself, so its frame listens.
const frame = picture.parentElement;
const above = new Map(), below = new Map();
for (const edge of edges) {
  const [from, to] = edge.dataset.e.split("-");
  (below.get(from) ?? below.set(from, []).get(from)).push(to);
  (above.get(to) ?? above.set(to, []).get(to)).push(from);
}
function reached(start, next) {
  const seen = new Set([start]);
  for (const node of seen) for (const other of next.get(node) ?? []) seen.add(other);
  return seen;
}
function show(start) {
  const up = start ? reached(start, above) : new Set(), down = start ? reached(start, below) : new Set();
  picture.classList.toggle("chosen", Boolean(start));
  for (const [number, node] of nodes) node.classList.toggle("on", up.has(number) || down.has(number));
  for (const edge of edges) {
    const [from, to] = edge.dataset.e.split("-");
    edge.classList.toggle("on", (up.has(from) && up.has(to)) || (down.has(from) && down.has(to)));
  }
}
const numberOf = (event) => event.target.closest("#picture a")?.dataset.n;
frame.addEventListener("pointerover", (event) => numberOf(event) && show(numberOf(event)));
frame.addEventListener("pointerleave", () => show(document.activeElement?.dataset?.n));
frame.addEventListener("focusin", (event) => show(numberOf(event)));
frame.addEventListener("focusout", () => show(undefined));

// One stop for the Tab key; the arrow keys go on from there.
let stop;
function enter(node) {
  if (stop) stop.setAttribute("tabindex", "-1");
  (stop = node).setAttribute("tabindex", "0");
}
for (const node of nodes.values()) node.setAttribute("tabindex", "-1");
if (nodes.size) enter([...nodes.values()].sort((a, b) => a.dataset.x - b.dataset.x || a.dataset.y - b.dataset.y)[0]);
frame.addEventListener("focusin", (event) => numberOf(event) && enter(event.target));
frame.addEventListener("keydown", (event) => {
  const here = event.target;
  const far = (node, axis) => Math.abs(node.dataset[axis] - here.dataset[axis]);
  const near = (list) => list?.map((number) => nodes.get(number))
    .sort((a, b) => far(a, "x") - far(b, "x") || far(a, "y") - far(b, "y"))[0];
  const beside = (sign) => [...nodes.values()]
    .filter((node) => node.dataset.x === here.dataset.x && sign * (node.dataset.y - here.dataset.y) > 0)
    .sort((a, b) => sign * (a.dataset.y - b.dataset.y))[0];
  const next = {
    ArrowRight: () => near(below.get(here.dataset.n)), ArrowLeft: () => near(above.get(here.dataset.n)),
    ArrowDown: () => beside(1), ArrowUp: () => beside(-1),
  }[event.key]?.();
  if (event.key === "Escape") show(undefined);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
});

function searchable(field, count, rows) {
  const search = document.getElementById(field);
  if (!search) return;
  search.parentElement.hidden = false;
  search.addEventListener("input", () => {
    const word = search.value.trim().toLowerCase();
    let found = 0;
    for (const row of document.querySelectorAll(rows)) {
      const fits = row.dataset.text.toLowerCase().includes(word);
      row.hidden = !fits;
      found += fits;
      nodes.get(row.dataset.n)?.classList.toggle("out", !fits);
    }
    document.getElementById(count).textContent = word ? `${found} found` : "";
  });
}
searchable("search", "found", "#all tbody tr");
searchable("search-metrics", "found-metrics", "#glossary tbody tr");
