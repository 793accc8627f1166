// A click on the heading of a column sorts its table: numbers by value, the rest by letters.
"use strict";
const NUMBER = /[-−]?\d+(\.\d+)?(e[-+]?\d+)?/i;
const valueOf = (row, column) => row.cells[column].textContent.trim();
function compare(a, b) {
  const x = a.match(NUMBER), y = b.match(NUMBER);
  if (x && y && x[0] !== y[0]) return parseFloat(x[0]) - parseFloat(y[0]);
  return a.localeCompare(b);
}
document.querySelectorAll("table").forEach((table) => {
  table.querySelectorAll("thead th").forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(valueOf(a, column), valueOf(b, column)) * (down ? -1 : 1));
      table.tBodies[0].append(...rows);
    });
  });
});
// Paper shows what a screen folds away.
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
});
// What is wider than the window can be scrolled with the keyboard too.
const boxes = document.querySelectorAll(".scroll");
function markScrolling() {
  boxes.forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute("tabindex");
  });
}
addEventListener("resize", markScrolling);
document.addEventListener("toggle", markScrolling, true); // a part was unfolded
markScrolling();
// The contents show which part is being read.
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
const watcher = new IntersectionObserver((changes) => {
  changes.filter((change) => change.isIntersecting).forEach((change) => {
    links.forEach((link) => link.removeAttribute("aria-current"));
    links.get(change.target.id).setAttribute("aria-current", "true");
  });
}, { rootMargin: "-10% 0px -80% 0px" });
links.forEach((link, id) => watcher.observe(document.getElementById(id)));
// A click, or Enter on focus, on a number shows where it comes from.
const data = document.getElementById("traces");
if (data) {
  const { titles, lines, traces } = JSON.parse(data.textContent);
  const panel = document.getElementById("trace");
  const list = panel.querySelector("dl");
  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };
  const show = (record) => {
    list.replaceChildren();
    for (const [title, entries] of traces[record]) {
      list.append(element("dt", titles[title]));
      for (const entry of entries) list.append(element("dd", lines[entry]));
    }
    panel.showModal();
    panel.scrollTop = 0;
  };
  document.querySelectorAll("[data-record]").forEach((shown) => {
    const record = shown.dataset.record;
    if (!Object.hasOwn(traces, record)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "number-shown";
    button.setAttribute("aria-haspopup", "dialog");
    button.append(...shown.childNodes);
    button.addEventListener("click", () => show(record));
    shown.append(button);
  });
  panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
}
