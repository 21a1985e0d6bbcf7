// Locks: a strategy painted on the grid of a decision, which solving again keeps to, or which the other side exploits.

import { get, post } from "./api.js";
import { addressOf, go, here, note } from "./address.js";
import { el, fill, number, percent, say } from "./dom.js";
import { classOf, markLocks } from "./grid.js";
import { follow } from "./main.js";

let node = null;
let limits = null;
let told = null;
let brush = [];
let erase = false;
let every = false;
let waiting = null;
let asked = 0;

// The locks that the address has and the solution not yet; null: those of the solution.
export function drafted() {
  try {
    return JSON.parse(here().keys.locks ?? "null");
  } catch {
    return null;
  }
}

export function isPainting() {
  return here().keys.tool === "lock";
}

function cards(line) {
  return line.filter((step) => step.startsWith("card ")).length;
}

// How many cards the spot itself has on its board; the decision may be on a later street.
function boardCards() {
  return node.board.length / 2 - cards(node.line);
}

// The panel of the decision `at`; what is locked there is marked in the first grid as soon as the server has told it.
export function lockPanel(at, known) {
  if (!node || node.actions.length !== at.actions.length || node.line.join() !== at.line.join()) {
    brush = at.actions.map((_, place) => (place ? 0 : 100));
    every = false;
  }
  node = at;
  limits = known;
  told = null;
  const box = el("section", { class: "panel", id: "locks", "aria-label": "Locks" }, el("h2", {}, "Locks"));
  load();
  return box;
}

export function leave() {
  clearTimeout(waiting);
}

async function load() {
  asked += 1;
  const mine = asked;
  const cores = Number(document.getElementById("lock-cores")?.value || (boardCards() === 3 ? limits.ranks : 1));
  try {
    const found = await post("solution/locks", { of: node.of, line: node.line.join(","), locks: drafted(), every, ranks: cores });
    if (mine !== asked) return;
    told = found;
    draw();
    mark();
  } catch (error) {
    if (mine === asked) document.getElementById("locks")?.replaceChildren(el("h2", {}, "Locks"), el("p", { class: "hint", role: "alert" }, error.message), el("button", { type: "button", onclick: clear }, "Clear locks"));
  }
}

function mark() {
  const grid = document.querySelector(".left .grid");
  if (grid && told && !here().keys.paint) markLocks(grid, node.classes, node.actions, told.here);
  for (const button of document.querySelectorAll("[data-lock]")) button.textContent = lockWord(button.dataset.lock);
}

function draw() {
  const box = document.getElementById("locks");
  if (!box) return;
  const draft = here().keys.locks !== undefined;
  const words = (each) => [el("b", {}, each.player), ` after ${each.line.join(", ") || "nothing"}`];
  const place = (each) => (each.every ? el("span", {}, words(each)) : el("a", { href: addressOf("solution", { ...here().keys, cards: null, by: null, line: each.line.join(",") }), onclick: follow }, words(each)));
  const list = told.told.map((each) => el("li", {}, place(each), el("small", {}, `${number(each.hands, 1)} hands${each.every ? ", whichever card comes" : ""}`)));
  fill(box,
    el("h2", {}, "Locks", el("small", {}, draft ? " painted, not solved yet" : told.told.length ? " that this solution keeps to" : "")),
    list.length ? el("ul", { class: "plain locks" }, list) : el("p", { class: "soft" }, "None. A locked hand plays what you paint, and the rest is solved around it."),
    isPainting() ? brushes() : null,
    el("p", { class: "row" },
      el("button", { type: "button", id: "paint-lock", "aria-pressed": isPainting(), onclick: () => go("solution", { ...here().keys, tool: isPainting() ? null : "lock", paint: null }) }, isPainting() ? "Done painting" : "Paint a lock here"),
      list.length ? el("button", { type: "button", id: "clear-locks", onclick: clear }, "Clear locks") : null,
      draft ? el("button", { type: "button", onclick: () => go("solution", { ...here().keys, locks: null }) }, "Back to the solution's") : null),
    draft || (told.can_go_on && !limits.solvedHere) ? actions(draft) : null);
}

function brushes() {
  const line = el("span", { role: "status" });
  const shown = () => { line.textContent = erase ? "erases" : mix() ? node.actions.map((action, place) => `${action.text} ${percent(mix()[place], 0)}`).join(", ") : "expected a share above 0"; };
  const fields = node.actions.map((action, place) => {
    const input = el("input", { type: "number", min: 0, max: 100, step: "any", value: brush[place], "data-brush": action.text });
    input.addEventListener("input", () => { brush[place] = Math.max(0, Number(input.value) || 0); erase = false; shown(); });
    return el("label", {}, `${action.text}, %`, input);
  });
  const pure = (place) => { brush = brush.map((_, each) => (each === place ? 100 : 0)); erase = false; draw(); };
  shown();
  const every_ = cards(node.line) ? el("label", {}, el("input", { type: "checkbox", id: "every-card", checked: every, onchange: (event) => { every = event.target.checked; load(); } }), " whichever card comes") : null;
  return el("div", { id: "brush" },
    el("div", { class: "row" }, node.actions.map((action, place) => el("button", { type: "button", onclick: () => pure(place) }, `Always ${action.text}`)), el("button", { type: "button", "aria-pressed": erase, onclick: () => { erase = !erase; draw(); } }, "Erase")),
    el("div", { class: "brush-row spaced" }, fields),
    el("p", { class: "soft" }, "Paints: ", line, ". Paint classes on the grid; a class that is opened has its hands one by one."),
    el("p", { class: "row" }, el("button", { type: "button", id: "lock-all", onclick: () => paintAll(true) }, "All hands"), el("button", { type: "button", onclick: () => paintAll(false) }, "None here"), every_));
}

function coreField(id, value) {
  const river = boardCards() === 5;
  const most = river ? 1 : limits.ranks;
  return el("label", {}, "cores ", el("select", { id, disabled: most === 1, title: river ? "a river has no card to divide" : null, onchange: load }, [...Array(most).keys()].map((each) => el("option", { value: each + 1, selected: each + 1 === value }, each + 1))));
}

function actions(draft) {
  const target = el("input", { id: "lock-target", type: "number", step: "any", min: 0, value: limits.target ?? "" });
  target.addEventListener("input", () => { limits.target = target.value; });
  const again = () => start(false, target.value === "" ? null : Number(target.value));
  return el("div", { class: "row go-on" },
    draft ? el("button", { type: "button", class: "main", id: "solve-again", disabled: !told.fits, onclick: again }, "Solve again") : null,
    el("button", { type: "button", id: "exploit", disabled: !told.fits || !told.can_go_on, title: told.can_go_on ? "what the other side's best response does, nothing else changed" : "nothing to go on from was kept with this solution", onclick: () => start(true, null) }, "Exploit"),
    draft ? el("label", {}, "until ", target, " % of the pot") : null, coreField("lock-cores", told.ranks),
    el("small", {}, told.memory === null ? "" : `${number(told.memory / 2 ** 20, 2)} MiB; `, told.fits ? "" : "more than a job may take; ", told.can_go_on ? "goes on from where it was" : "from the start, since no state was kept"));
}

async function start(exploit, target) {
  const cores = Number(document.getElementById("lock-cores").value);
  const { keys } = here();
  try {
    const { spot } = await get("spot/template", { of: node.of });
    spot.locks = drafted() ?? spot.locks;
    if (!exploit) spot.solver = { ...spot.solver, target_pct: target };
    const { name } = await post("spot/solve", { spot, ranks: cores, begin: node.of, exploit });
    go("solution", { of: name, line: keys.line, hand: keys.hand, paint: exploit ? "best" : keys.paint });
  } catch (error) {
    document.getElementById("locks").append(el("p", { class: "hint", role: "alert" }, error.message));
    say(error.message);
  }
}

function clear() {
  go("solution", { ...here().keys, locks: "[]", tool: null });
}

function mix() {
  const sum = brush.reduce((one, other) => one + other, 0);
  return sum > 0 ? brush.map((each) => each / sum) : null;
}

function same(one, other) {
  return Boolean(one && other) && one.every((share, place) => Math.abs(share - other[place]) < 1e-9);
}

// Paint a class or a hand; on: with the brush, else nothing is left of its lock.
function paint(name, on) {
  const shares = mix();
  if (!told || (on && !shares)) return;
  if (name.length < 4) for (const each of Object.keys(told.here)) if (each.length === 4 && classOf(each) === name) delete told.here[each];
  if (on) told.here[name] = shares;
  else delete told.here[name];
}

function paintAll(on) {
  for (const cell of node.classes) if (cell) paint(cell.name, on);
  changed();
}

function changed() {
  const locks = [...told.rest];
  const hands = {};
  for (const size of [3, 4]) {
    const groups = new Map();
    for (const [name, shares] of Object.entries(told.here).filter(([each]) => (each.length === 4) === (size === 4))) {
      const key = JSON.stringify(shares);
      groups.set(key, [...(groups.get(key) || []), name]);
    }
    for (const [key, names] of groups) hands[names.join(",")] = Object.fromEntries(JSON.parse(key).map((share, place) => [node.actions[place].text, share]).filter(([, share]) => share > 0));
  }
  if (Object.keys(hands).length) locks.push({ line: every ? node.line.filter((step) => !step.startsWith("card ")) : node.line, hands });
  note({ locks: JSON.stringify(locks) });
  mark();
  asked += 1; // an answer that is under way is of what was painted before
  clearTimeout(waiting);
  waiting = setTimeout(load, 250);
}

// Whether a hand or class would be painted, or its lock taken away, by one more touch.
function touched(name) {
  return !erase && !same(told && told.here[name], mix());
}

// Lets the pointer paint the grid, as long as it is held down. open(name): the class where it went down.
export function paintWith(grid, open) {
  let on = null;
  const at = (event) => event.target.closest && event.target.closest("[data-hand]");
  grid.addEventListener("pointerdown", (event) => {
    const cell = at(event);
    if (!cell || !told) return;
    event.preventDefault();
    grid.releasePointerCapture?.(event.pointerId);
    on = touched(cell.dataset.hand);
    paint(cell.dataset.hand, on);
    changed();
    open(cell.dataset.hand);
  });
  grid.addEventListener("pointerover", (event) => {
    const cell = at(event);
    if (on === null || !event.buttons || !cell) return;
    paint(cell.dataset.hand, on);
    changed();
  });
}

// By the keyboard, or a single hand.
export function touch(name) {
  if (!told) return;
  paint(name, touched(name));
  changed();
}

function lockWord(hand) {
  return told && told.here[hand] ? "locked" : told && told.here[classOf(hand)] ? "locked with its class" : "lock";
}

// The button of one hand in the table of a class; null where nothing is painted.
export function handLock(hand) {
  return isPainting() ? el("button", { type: "button", "data-lock": hand, onclick: () => touch(hand) }, lockWord(hand)) : null;
}
