// Everything on the pages works without this: it makes the copy buttons, the search and picking feeds work.
"use strict";

// The words are in attributes of the page, in its language.
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

const language = (() => {
  try {
    return Intl.getCanonicalLocales(document.documentElement.lang)[0] ?? "en";
  } catch {
    return "en"; // a tag that no browser knows
  }
})();

const shown = (number) => number.toLocaleString(language, { numberingSystem: "latn" });

// A text has one form for all numbers, those for one and other, or the six of Arabic.
function counted(text, count) {
  const forms = text.split(" | ");
  const categories = forms.length === 6 ? ["zero", "one", "two", "few", "many", "other"] : ["one", "other"];
  const rule = new Intl.PluralRules(language).select(count);
  return filled(forms[categories.indexOf(rule)] ?? forms.at(-1), { count: shown(count) });
}

function copyButtons() {
  const said = document.querySelector(".subscribe [role=status]");
  for (const button of document.querySelectorAll(".subscribe button")) {
    const link = button.parentElement.querySelector("a");
    button.addEventListener("click", async () => {
      // The address where the feed is published, if it is known; else where it is now.
      const address = button.value || link.href;
      said.textContent = (await copied(address))
        ? filled(said.dataset.copied, { address })
        : filled(said.dataset.refused, { address: select(link) });
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

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function search() {
  const form = document.querySelector("form[role=search]");
  if (!form) return; // a page of articles, or a site without topics and providers
  const most = 100; // nobody reads more results, and a phone takes long to show them
  const input = form.querySelector("input");
  const said = form.querySelector("[role=status]");
  const found = document.querySelector(".found");
  const [list, nothing] = found.children;
  const choice = document.querySelector(".choice");
  let feeds = null;
  let asked = false;

  const find = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    choice.hidden = words.length > 0 && feeds !== null;
    found.hidden = !choice.hidden;
    if (found.hidden) {
      said.textContent = "";
      return;
    }
    const hits = feeds.filter(({ text }) => words.every((word) => text.includes(word)));
    const inName = ({ name }) => words.every((word) => name.includes(word));
    const sorted = [...hits.filter(inName), ...hits.filter((hit) => !inName(hit))];
    list.replaceChildren(...sorted.slice(0, most).map(({ row: [page, name, domain, pace] }) => element("li", {},
      element("a", { href: page, dir: "auto" }, name),
      ...(domain ? [" ", element("span", { className: "domain" }, domain)] : []),
      " ", element("span", {}, pace))));
    list.querySelectorAll("li").forEach(pickable);
    nothing.hidden = hits.length > 0;
    said.textContent = filled(hits.length > most ? form.dataset.cut : form.dataset.found, {
      count: shown(hits.length), total: shown(feeds.length), most,
    });
  };
  window.feedloomSearch = (rows) => {
    feeds = rows.map((row) => ({ row, name: plain(`${row[1]} ${row[2]}`), text: plain(`${row[1]} ${row[2]} ${row[4]}`) }));
    find();
  };
  const load = () => {
    if (asked) return;
    asked = true;
    document.head.append(element("script", { src: form.dataset.search }));
  };
  const changed = () => {
    load();
    const address = new URL(location);
    if (input.value.trim()) address.searchParams.set("q", input.value);
    else address.searchParams.delete("q");
    try {
      history.replaceState(null, "", address); // so that Back, and whoever gets the address, finds the same
    } catch {
      // A page from a disk has no address to change.
    }
    find();
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", changed);
  input.addEventListener("focus", load);
  nothing.querySelector("button").addEventListener("click", () => {
    input.value = "";
    changed();
    input.focus();
  });
  input.value = new URL(location).searchParams.get("q") ?? input.value;
  if (input.value.trim()) load();
}

const picks = {
  name: "feedloom:" + (document.querySelector("main").dataset.base || location.host),
  read() {
    try {
      return new Map(JSON.parse(sessionStorage.getItem(this.name) ?? "[]"));
    } catch {
      return new Map(); // a browser without storage
    }
  },
  write(picked) {
    try {
      sessionStorage.setItem(this.name, JSON.stringify([...picked]));
    } catch {
      // It is then kept on this page only.
    }
  },
};
let picked = new Map();

function pickable(item) {
  const { base, suffix } = document.querySelector("main").dataset;
  if (!base && !location.protocol.startsWith("http")) return; // a reader could not find the feed
  const link = item.querySelector("a[href$='.html']");
  const root = new URL(document.querySelector("link[rel=stylesheet]").getAttribute("href").replace(/[^/]*$/, "") || "./", location);
  const page = link.href.slice(root.href.length);
  const address = (base || root.href) + page.replace(/html$/, suffix);
  const box = element("input", { type: "checkbox", checked: picked.has(address) });
  box.dataset.address = address;
  box.addEventListener("change", () => {
    if (box.checked) picked.set(address, [link.textContent, (base || root.href) + page]);
    else picked.delete(address);
    picks.write(picked);
    showPicked();
  });
  const words = document.querySelector(".picked").dataset;
  const label = element("label", { className: "pick" }, box, ` ${words.pick}`);
  box.setAttribute("aria-label", filled(words.pickOf, { name: link.textContent }));
  (item.querySelector(".act") ?? item).append(label);
}

function showPicked() {
  const form = document.querySelector(".picked");
  const link = form.querySelector("a");
  form.hidden = picked.size === 0;
  form.querySelector("p").textContent = counted(form.dataset.picked, picked.size);
  const opml = document.implementation.createDocument(null, "opml");
  const node = (name, attributes) => {
    const made = opml.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  opml.documentElement.setAttribute("version", "2.0");
  const head = node("head", {});
  head.append(node("title", {}));
  head.firstChild.textContent = document.title;
  const body = node("body", {});
  for (const [xmlUrl, [text, htmlUrl]] of picked) body.append(node("outline", { type: "rss", text, title: text, xmlUrl, htmlUrl }));
  opml.documentElement.append(head, body);
  URL.revokeObjectURL(link.href);
  link.download = "feeds.opml";
  link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(opml)], { type: "text/x-opml" }));
  for (const box of document.querySelectorAll(".pick input")) box.checked = picked.has(box.dataset.address);
}

function pick() {
  const form = document.querySelector(".picked");
  if (!form) return; // a page of articles
  picked = picks.read();
  document.querySelectorAll(".list > li, .cards > li").forEach(pickable);
  form.querySelector("button").addEventListener("click", () => {
    picked.clear();
    picks.write(picked);
    showPicked();
  });
  showPicked();
}

copyButtons();
placeholders();
search();
pick();
