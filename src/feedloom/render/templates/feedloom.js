// Everything on the pages works without this: it adds copy buttons, search and sorting.
"use strict";

function copyButtons() {
  const said = document.querySelector(".subscribe [role=status]");
  for (const button of document.querySelectorAll(".subscribe button")) {
    const link = button.parentElement.querySelector("a");
    button.hidden = false;
    button.addEventListener("click", async () => {
      // The address where the feed is published, where it is known; else where it is now.
      const address = link.textContent.includes("://") ? link.textContent : link.href;
      said.textContent = (await copied(address)) ? `Copied ${address}` : `Your browser did not allow copying. The address is selected: ${select(link)}`;
    });
  }
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text); // is not there on pages without https
    return true;
  } catch {
    return false;
  }
}

function select(element) {
  getSelection().selectAllChildren(element);
  return element.textContent;
}

function placeholders() {
  const isMissing = (image) => image.closest("figure").classList.add("missing");
  for (const image of document.querySelectorAll("figure img")) {
    if (image.complete && !image.naturalWidth) isMissing(image);
    image.addEventListener("error", () => isMissing(image));
  }
}

function search() {
  const form = document.querySelector("form[role=search]");
  if (!form || !document.querySelector("tbody")) return; // a page of articles, or a site without topics and providers
  const input = form.querySelector("input");
  const said = form.querySelector("[role=status]");
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const rows = Array.from(document.querySelectorAll("tbody tr"), (row) => [row, plain(row.cells[0].textContent)]);
  const find = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [row, name] of rows) {
      row.hidden = !words.every((word) => name.includes(word));
      found += !row.hidden;
    }
    for (const section of document.querySelectorAll("main section:has(table)")) {
      section.hidden = !section.querySelector("tbody tr:not([hidden])");
    }
    said.textContent = words.length ? `${found} of ${rows.length} feeds` : "";
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", find);
  form.hidden = false;
  find(); // the browser may have kept what was typed
}

const byText = new Intl.Collator(undefined, { numeric: true }).compare;
const orders = [
  { value: (cell) => cell.textContent, compare: byText, first: "ascending" },
  { value: (cell) => Number(cell.textContent), compare: (a, b) => a - b, first: "descending" },
  { value: (cell) => cell.textContent, compare: byText, first: "descending" },
  { value: (cell) => parseInt(cell.querySelector("svg")?.getAttribute("aria-label") ?? 0), compare: (a, b) => a - b, first: "descending" },
];

function sortable(table) {
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const { value, compare, first } = orders[column];
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const other = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const rows = Array.from(table.tBodies[0].rows, (row) => [value(row.cells[column]), row]);
      rows.sort(([a], [b]) => sign * compare(a, b)); // stable: what is equal stays in the order it has
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
  heads[0].setAttribute("aria-sort", "ascending");
}

copyButtons();
placeholders();
search();
document.querySelectorAll("table").forEach(sortable);
