// A policy, decision by decision: the line that leads here, what every class does, and the hands of one of them.

import { get } from "./api.js";
import { addressOf, go, here, note } from "./address.js";
import { cardPicker } from "./cards.js";
import { cardTile, cardsOf, el, number, percent, say } from "./dom.js";
import { colours, focusCell, handGrid, rangeGrid, told } from "./grid.js";
import { follow } from "./main.js";

export const KEYS = [
  ["← →", "one action back, on by the chosen one"],
  ["↑ ↓", "choose an action"],
  ["1 … 9", "take that action"],
  ["g", "into the grid; there arrows move, Enter opens a class, Esc leaves"],
  ["b", "choose the board"],
];
const STREETS = ["Preflop", "Flop", "Turn", "River"];
let found = null;
let picking = false;
let stop = null;
let byKey = false;

export async function show(box, keys, { sources }) {
  const policies = sources.filter((each) => each.kind === "policy");
  const of = keys.of || (policies[0] && policies[0].name);
  if (stop) stop.abort();
  stop = new AbortController();
  found = await get("policy/decision", { of, betting: keys.line, board: keys.board }, stop.signal);
  picking = false;
  draw(box, policies);
  say(`${found.seats[found.player]} to act, pot ${found.pot}`);
}

function draw(box, policies) {
  const { keys } = here();
  const picker = found.needs || picking;
  const middle = picker ? picked(box, policies) : found.is_toy ? toyTable() : gridBox();
  box.replaceChildren(el("div", { class: "blueprint" },
    el("h1", { class: "unseen" }, "Blueprint"),
    el("div", { class: "line-bar" }, policyChoice(policies), crumbs(box, policies)),
    translated(),
    el("div", { class: "two" },
      el("div", { class: "left" }, middle),
      el("div", { class: "right" }, money(), actionList(), el("div", { id: "combos" }), ranges()))));
  if (keys.hand && !picker && !found.is_toy) openClass(keys.hand);
  if (byKey) (box.querySelector(".action.call") || box.querySelector(".action") || box.querySelector("[data-card]"))?.focus();
  byKey = false;
}

function policyChoice(policies) {
  const change = (event) => go("blueprint", { of: event.target.value });
  const names = policies.map((each) => each.name);
  if (!names.includes(found.of)) names.unshift(found.of);
  return el("label", { class: "of" }, el("span", { class: "unseen" }, "Policy"), el("select", { onchange: change }, names.map((name) => el("option", { value: name, selected: name === found.of }, name))));
}

function move(changes) {
  const { keys } = here();
  go("blueprint", { of: found.of, line: keys.line, board: keys.board, hand: keys.hand, ...changes });
}

function crumbs(box, policies) {
  const parts = [];
  const board = found.is_toy ? (here().keys.board || "").split("") : cardsOf(here().keys.board || "");
  let dealt = 0;
  found.board_cards.forEach((count, street) => {
    if (street > found.street) return;
    const cards = board.slice(dealt, dealt + count);
    dealt += count;
    const steps = found.crumbs.filter((each) => each.street === street);
    const title = street === 0 && !count ? el("button", { type: "button", class: "street", onclick: () => move({ line: "" }) }, STREETS[0])
      : el("button", { type: "button", class: "street", "aria-label": `${STREETS[street]}: choose the board`, onclick: () => { picking = true; draw(box, policies); } }, STREETS[street], " ", cards.map((card) => cardTile(card)));
    parts.push(el("li", {}, title));
    for (const step of steps) parts.push(el("li", {}, el("a", { href: addressOf("blueprint", { ...here().keys, line: step.betting }), onclick: follow, title: `back to this decision; pot ${step.pot}` }, el("b", {}, found.seats[step.player]), " ", step.text)));
  });
  parts.push(el("li", { "aria-current": "step", class: "now" }, el("b", {}, found.seats[found.player]), " to act"));
  return el("nav", { "aria-label": "Betting so far" }, el("ol", { class: "crumbs" }, parts));
}

function translated() {
  const lines = found.translated || [];
  if (!lines.length && found.on_tree !== false) return null;
  const more = found.on_tree === false ? ["The policy's tree has no place for this betting: every hand checks or calls."] : [];
  return el("p", { class: "hint", role: "note" }, [...lines.map((line) => `Not on the policy's tree: ${line}. `), ...more]);
}

function picked(box, policies) {
  const board = here().keys.board || "";
  const done = (cards) => move({ board: cards });
  const cancel = found.needs ? null : () => { picking = false; draw(box, policies); };
  const names = ["the cards", "the flop", "the turn", "the river"];
  const title = found.needs ? `Deal ${names[found.street]}: choose the board's cards` : "Choose the board's cards";
  const picker = cardPicker({ wanted: found.open_cards, board: found.needs ? board : "", ranks: found.ranks, title, done, cancel });
  if (found.needs === 1 && !found.is_toy && found.street > 1) tellCards(picker, board);
  return picker;
}

// What the next player does after each card that may come.
async function tellCards(picker, board) {
  try {
    const told = await get("policy/cards", { of: found.of, board, betting: found.betting }, stop.signal);
    const bets = Object.fromEntries(told.cards.filter((each) => each.bets !== null).map((each) => [each.card, each.bets]));
    picker.tell(bets, `Under each card: how often ${told.seat} bets or raises after it, in percent.`);
  } catch (error) {
    if (error.name !== "AbortError") say(error.message);
  }
}

function blinds(chips) {
  return `${number(chips)} (${number(chips / found.big_blind, 1)} bb)`;
}

function money() {
  const stacks = found.stacks.map((chips, seat) => el("li", { class: found.folded[seat] ? "out" : seat === found.player ? "acts" : "" }, el("b", {}, found.seats[seat]), ` ${number(chips)}`));
  return el("section", { class: "panel money", "aria-label": "Pot and stacks" },
    el("dl", { class: "facts" },
      el("div", {}, el("dt", {}, "Pot"), el("dd", { class: "pot" }, blinds(found.pot))),
      el("div", {}, el("dt", {}, "To call"), el("dd", { class: "to-call" }, found.to_call ? blinds(found.to_call) : "nothing")),
      found.odds === null ? null : el("div", {}, el("dt", {}, "Needs to win"), el("dd", { class: "odds" }, percent(found.odds)))),
    el("ul", { class: "stacks", "aria-label": "Stacks" }, stacks));
}

function actionList() {
  if (found.needs) return null;
  const classes = colours(found.actions);
  const never = found.visited === null && found.on_tree;
  const buttons = found.actions.map((action, place) => {
    const share = action.share === null ? "" : ` · ${number(/\d+/.exec(action.text) / found.big_blind, 1)} bb, ${percent(action.share, 0)} pot`;
    const end = action.next === null;
    return el("button", { type: "button", class: `action ${action.kind}`, "data-action": action.action, disabled: end, title: end ? "this ends the betting" : null, onclick: () => take(place) },
      el("span", { class: `swatch ${classes[place]}` }), el("kbd", {}, String(place + 1)),
      el("span", { class: "name" }, action.text, el("small", {}, share, end ? " · ends the betting" : "")),
      el("span", { class: "share" }, percent(action.mean)),
      el("span", { class: "bar" }, el("span", { class: classes[place], "width%": 100 * (action.mean || 0) })));
  });
  const notes = [];
  if (never) notes.push("The policy never plays so: no hand of this seat gets here by its own actions.");
  else if (found.visited !== null && found.visited < 1) notes.push(`Training never visited ${percent(1 - found.visited)} of this range; there the policy is uniform (marked in the corner).`);
  return el("section", { class: "panel", "aria-label": "Actions" },
    el("h2", {}, `${found.seats[found.player]} to act`, el("small", {}, found.reach === undefined ? "" : ` with ${percent(found.reach)} of its hands; choose an action to go on`)),
    el("div", { class: "actions" }, buttons), otherSize(), notes.map((text) => el("p", { class: "soft" }, text)));
}

function otherSize() {
  if (!found.raise_to || found.raise_from > found.raise_to) return null;
  const input = el("input", { type: "number", name: "size", min: found.raise_from, max: found.raise_to, step: 1, required: true, placeholder: `${found.raise_from} to ${found.raise_to}`, "aria-label": "Chips in all after another bet or raise" });
  const submit = (event) => {
    event.preventDefault();
    move({ line: `${found.betting}r${Math.round(Number(input.value))}` });
  };
  return el("form", { class: "other", onsubmit: submit }, el("label", {}, "Another size, chips in all: ", input), " ", el("button", {}, "Go"));
}

function take(place) {
  const action = found.actions && found.actions[place];
  if (action && action.next !== null) move({ line: action.next });
}

function ranges() {
  if (found.needs || !found.ranges.length) return null;
  const boxes = found.ranges.map((range, seat) => found.folded[seat] ? null : el("figure", {}, rangeGrid(range.reach, `Range of ${found.seats[seat]}: ${number(range.combos, 1)} hands`), el("figcaption", {}, el("b", {}, found.seats[seat]), ` ${number(range.combos, 1)} hands`)));
  return el("section", { class: "panel", "aria-label": "Ranges" }, el("h2", {}, "Ranges here", el("small", {}, " by what each seat has done")), el("div", { class: "ranges" }, boxes));
}

function gridBox() {
  const line = el("p", { class: "told", "aria-hidden": true });
  const plain = "Pairs on the diagonal, suited hands above it. Width: how often; height: how much of it gets here. A click shows a class hand by hand.";
  line.textContent = plain;
  const grid = handGrid({
    cells: found.classes, actions: found.actions, chosen: here().keys.hand,
    label: `What ${found.seats[found.player]} does, by class of hands`,
    show: (name, cell) => line.replaceChildren(...(name ? [el("b", {}, name), " ", told(cell, found.actions)] : [plain])),
    open: (name) => { note({ hand: name }); openClass(name); },
  });
  return [grid, line, legend()];
}

function legend() {
  const classes = colours(found.actions);
  return el("ul", { class: "legend", "aria-label": "Colours" }, found.actions.map((action, place) => el("li", {}, el("span", { class: `swatch ${classes[place]}` }), action.text)));
}

function toyTable() {
  const classes = colours(found.actions);
  const rows = found.hands.map((hand) => el("tr", {}, el("th", { scope: "row" }, hand.name), el("td", {}, percent(hand.reach)),
    hand.play.map((share) => el("td", {}, percent(share))), el("td", { class: "wide" }, mixBar(hand.play, classes))));
  return el("table", { class: "numbers" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Card"), el("th", { scope: "col" }, "gets here"), found.actions.map((action) => el("th", { scope: "col" }, action.text)), el("th", {}))), el("tbody", {}, rows));
}

export function mixBar(play, classes) {
  return el("span", { class: "mix", "aria-hidden": true }, play.map((share, place) => el("span", { class: classes[place], "width%": 100 * (share || 0) })));
}

async function openClass(name) {
  for (const each of document.querySelectorAll(".cell.chosen")) each.classList.remove("chosen");
  document.querySelector(`[data-hand="${CSS.escape(name)}"]`)?.classList.add("chosen");
  const box = document.getElementById("combos");
  let answer;
  try {
    answer = await get("policy/combos", { of: found.of, betting: found.betting, board: found.board, hands: name }, stop.signal);
  } catch (error) {
    if (error.name !== "AbortError") box.replaceChildren(el("p", { class: "hint" }, error.message));
    return;
  }
  const classes = colours(found.actions);
  const head = ["Hand", "Bucket", "Gets here", ...found.actions.map((action) => action.text), ""];
  const rows = answer.hands.map((row) => el("tr", { class: row.visited ? "" : "unseen-row" },
    el("th", { scope: "row" }, cardsOf(row.hand).map((card) => cardTile(card))),
    el("td", {}, row.bucket === null ? "–" : row.bucket, row.visited ? null : el("abbr", { title: "never visited by training: uniform" }, " ?")),
    el("td", {}, percent(row.reach)), row.play.map((share) => el("td", {}, percent(share))), el("td", { class: "wide" }, mixBar(row.play, classes))));
  const close = () => { note({ hand: null }); box.replaceChildren(); document.querySelector(".cell.chosen")?.classList.remove("chosen"); };
  box.replaceChildren(el("section", { class: "panel", "aria-label": `Hands of ${name}` },
    el("h2", {}, name, el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    rows.length ? el("div", { class: "scroll" }, el("table", { class: "numbers" }, el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, rows))) : el("p", {}, "The board leaves none of its hands.")));
}

export function key(event) {
  if (!found) return false;
  const actions = [...document.querySelectorAll(".action:not([disabled])")];
  const at = actions.indexOf(document.activeElement);
  if (event.key === "ArrowLeft") {
    if (!found.crumbs.length) return true;
    byKey = true;
    move({ line: found.crumbs[found.crumbs.length - 1].betting });
  } else if (event.key === "ArrowRight") {
    byKey = true;
    (actions[Math.max(at, 0)] || { click: () => {} }).click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!actions.length) return false;
    const step = event.key === "ArrowDown" ? 1 : -1;
    actions[(at + step + actions.length + (at < 0 && step < 0 ? 1 : 0)) % actions.length].focus();
  } else if (/^[1-9]$/.test(event.key)) {
    byKey = true;
    take(Number(event.key) - 1);
  } else if (event.key === "g" && document.querySelector(".grid")) {
    focusCell(document.querySelector(".grid"), here().keys.hand || "AA");
  } else if (event.key === "Escape") {
    (document.querySelector(".action") || document.getElementById("view")).focus();
  } else if (event.key === "b" && document.querySelector(".street .card")) {
    document.querySelector(".street:has(.card)").click();
    document.querySelector("[data-card]").focus();
  } else return false;
  return true;
}

export function leave() {
  if (stop) stop.abort();
}
