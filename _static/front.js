// The first page's ticks and routes, and the ledger's filters. Without scripts neither is there, and nothing
// else is missing.

/** Names of the pages that this browser has visited; storage may be refused, then none. */
const ticks = {
  key: "course-visited",
  read() {
    try {
      const stored = JSON.parse(localStorage.getItem(ticks.key));
      return Array.isArray(stored) ? stored : [];
    } catch {
      return [];
    }
  },
  write(names) {
    try {
      localStorage.setItem(ticks.key, JSON.stringify(names));
    } catch {
      // the reader's browser keeps nothing: no ticks
    }
  },
};

/** Tick the cards of visited pages. */
function showTicks() {
  const visited = new Set(ticks.read());
  for (const card of document.querySelectorAll(".card-of")) {
    const head = card.querySelector(".card-head");
    head.querySelector(".tick")?.remove();
    if (!visited.has(card.dataset.page)) continue;
    const tick = document.createElement("span");
    tick.className = "tick";
    tick.textContent = " ✓ visited";
    head.append(tick);
  }
  const clear = document.querySelector(".clear-ticks");
  clear.hidden = !document.querySelector(".tick");
}

const opened = /\/chapters\/([\w-]+)\.html$/.exec(location.pathname)?.[1];
if (opened && opened !== "index") ticks.write([...new Set([...ticks.read(), opened])]);
const clear = document.querySelector(".clear-ticks button");
if (clear) {
  clear.addEventListener("click", () => {
    ticks.write([]);
    showTicks();
    document.querySelector(".routes input:checked").focus(); // the button is gone
  });
  // Also when the reader comes back: a browser may show the page as it was left.
  addEventListener("pageshow", showTicks);
}

/** The chosen route, kept for the next visit. */
const route = {
  key: "course-route",
  read() {
    try {
      return localStorage.getItem(route.key);
    } catch {
      return null;
    }
  },
  write(id) {
    try {
      localStorage.setItem(route.key, id);
    } catch {
      // the reader's browser keeps nothing: everything is shown next time
    }
  },
};
for (const choice of document.querySelectorAll(".routes input")) {
  choice.checked ||= choice.id === route.read();
  choice.addEventListener("change", () => route.write(choice.id));
}

/** The ledger's filters: a click on a button leaves the claims of its kind. */
const filters = document.querySelector("[data-filters]");
if (filters) {
  const chosen = { verdict: "", part: "" };
  const scores = [...document.querySelectorAll(".score")];
  const shown = filters.querySelector("[data-shown]");
  const kinds = Object.keys(chosen);
  const filter = () => {
    for (const score of scores)
      score.hidden = kinds.some((kind) => chosen[kind] && score.dataset[kind] !== chosen[kind]);
    for (const list of document.querySelectorAll(".scores"))
      list.closest("section").hidden = !list.querySelector(".score:not([hidden])");
    const count = scores.filter(({ hidden }) => !hidden).length;
    shown.textContent = `${count} of ${scores.length} claims shown`;
    for (const kind of kinds)
      for (const button of filters.querySelectorAll(`[data-${kind}]`)) {
        const value = button.dataset[kind];
        button.setAttribute("aria-pressed", value === chosen[kind]);
        const left = scores.filter(({ dataset }) => kinds.every((each) =>
          each === kind ? !value || dataset[each] === value
            : !chosen[each] || dataset[each] === chosen[each])).length;
        button.lastChild.data = button.lastChild.data.replace(/\(\d+\)$/, `(${left})`);
        button.disabled = left === 0 && value !== chosen[kind];
      }
  };
  for (const button of filters.querySelectorAll("button"))
    button.addEventListener("click", () => {
      for (const kind of kinds) if (kind in button.dataset) chosen[kind] = button.dataset[kind];
      filter();
    });
  filters.hidden = false;
  filter();
}
