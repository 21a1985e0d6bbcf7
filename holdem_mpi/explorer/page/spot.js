// The editor of spots: board, ranges painted or typed, sizes; what solving takes, as one types; and what was solved.

import { get, post } from "./api.js";
import { addressOf, go, here, note } from "./address.js";
import { cardPicker } from "./cards.js";
import { RANKS, cardTile, cardsOf, className, el, number, placeName, say, spotName, svg } from "./dom.js";
import { follow } from "./main.js";

const STREETS = ["flop", "turn", "river"];
let box = null;
let spot = null;
let brush = 1;
let waiting = null;
let asked = 0;
let limits = {};
let cores = 1;

export const KEYS = [["Tab", "from field to field; in a range's grid arrows move and Space paints"], ["s", "solve"]];

export async function show(place, keys, { sources }) {
  box = place;
  const templates = sources.filter((each) => each.kind === "spot").map((each) => each.name);
  const listed = await get("spot/list");
  limits = listed.limits;
  cores = Math.min(limits.ranks, Number(keys.cores) || 1);
  if (keys.spot) spot = JSON.parse(keys.spot);
  else spot = (await get("spot/template", { of: keys.of || (templates.includes("river") ? "river" : templates[0]) })).spot;
  draw(templates, listed, sources.filter((each) => each.kind === "solution").map((each) => each.name));
  await plan();
}

export function key(event) {
  const solve = document.getElementById("solve");
  if (event.key !== "s" || !solve || solve.disabled) return false;
  solve.click();
  return true;
}

export function leave() {
  clearTimeout(waiting);
}

function changed() {
  clearTimeout(waiting);
  waiting = setTimeout(() => { note({ spot: JSON.stringify(spot) }); plan(); }, 250);
}

function draw(templates, listed, solutions) {
  const positions = Object.keys(spot.ranges);
  const chosen = here().keys.of;
  const load = (event) => event.target.value && go("spot", { of: event.target.value });
  const solved = [...listed.solved.map((each) => each.name), ...solutions];
  box.replaceChildren(el("div", { class: "editor" },
    el("h1", {}, "Solve a spot"),
    el("div", { class: "row" }, el("label", {}, "Begin with ", el("select", { onchange: load, id: "template" }, el("option", { value: "" }, "…"), [...templates, ...solved].map((name) => el("option", { value: name, selected: name === chosen }, spotName(name)))))),
    el("section", { class: "panel", id: "plan", "aria-live": "polite" }),
    el("div", { class: "two" },
      el("div", {}, boardField(), positions.map(rangeField)),
      el("div", {}, moneyFields(positions), sizeFields(), lockField(), stopFields(), solvedList(listed, solutions)))));
}

function boardField() {
  const shown = el("span", { class: "row" });
  const input = el("input", { id: "board", value: spot.board, spellcheck: "false", autocomplete: "off", size: 18 });
  const tiles = () => shown.replaceChildren(...cardsOf(spot.board).map((card) => cardTile(card)));
  input.addEventListener("input", () => { spot.board = input.value; tiles(); changed(); });
  const spread = el("div", {});
  const pick = (count) => spread.replaceChildren(cardPicker({ wanted: count, board: "", ranks: [], title: "Choose the board's cards", cancel: () => spread.replaceChildren(),
    done: (cards) => { spot.board = cardsOf(cards).join(" "); input.value = spot.board; tiles(); spread.replaceChildren(); changed(); } }));
  tiles();
  return el("section", { class: "panel" }, el("h2", {}, el("label", { for: "board" }, "Board")), el("div", { class: "row" }, input, shown),
    el("div", { class: "row spaced" }, STREETS.map((street, place) => el("button", { type: "button", onclick: () => pick(3 + place) }, `Choose a ${street}`))), spread);
}

// A range as text and as a grid that is painted with the pointer or the space bar.
function rangeField(position) {
  const text = el("textarea", { id: `range-${position}`, rows: 3, spellcheck: "false", autocomplete: "off" });
  text.value = spot.ranges[position];
  const told = el("p", { class: "soft", role: "status" });
  const cells = [];
  let state = null;
  let painting = null;
  const mark = () => state && cells.forEach((cell, place) => {
    cell.held.setAttribute("height", (20 * state.weights[place]).toFixed(2));
    cell.held.setAttribute("y", (20 - 20 * state.weights[place]).toFixed(2));
    cell.box.setAttribute("aria-label", `${cell.name} ${Math.round(100 * state.weights[place])} %`);
  });
  const read = async () => {
    const mine = text.value;
    try {
      const found = await post("spot/range", { text: mine });
      if (mine !== text.value) return;
      state = found;
      told.textContent = `${number(found.combos, 1)} hands`;
      told.classList.remove("wrong");
      mark();
    } catch (error) {
      told.textContent = error.message;
      told.classList.add("wrong");
    }
  };
  let later = null;
  text.addEventListener("input", () => { spot.ranges[position] = text.value; changed(); clearTimeout(later); later = setTimeout(read, 200); });
  const paint = (place, weight) => {
    if (!state || state.weights[place] === weight) return;
    state.weights[place] = weight;
    const whole = state.even.every(Boolean);
    text.value = whole ? textOf(state.weights) : `${text.value},${cells[place].name}:${weight}`;
    state.even[place] = true;
    spot.ranges[position] = text.value;
    told.textContent = `${number(state.weights.reduce((sum, each, at) => sum + each * combosOf(at), 0), 1)} hands`;
    mark();
    changed();
  };
  for (let place = 0; place < 169; place += 1) {
    const [row, column] = [Math.floor(place / 13), place % 13];
    const held = svg("rect", { class: "held", width: 20, height: 0 });
    const name = className(row, column);
    const cell = svg("g", { class: "paint", "data-paint": name, transform: `translate(${21 * column} ${21 * row})`, tabindex: place ? "-1" : "0", role: "gridcell", "aria-label": name },
      svg("rect", { class: "ground", width: 20, height: 20 }), held, svg("text", { x: 10, y: 13, "text-anchor": "middle" }, name), svg("rect", { class: "frame", width: 20, height: 20 }));
    cells.push({ box: cell, held, name });
  }
  const rows = [...Array(13).keys()].map((row) => svg("g", { role: "row" }, cells.slice(13 * row, 13 * row + 13).map((cell) => cell.box)));
  const grid = svg("svg", { viewBox: "-1 -1 274 274", class: "range-grid", role: "grid", "aria-label": `Range of ${position}` }, rows);
  const at = (event) => { const cell = event.target.closest && event.target.closest("[data-paint]"); return cell ? cells.findIndex((each) => each.box === cell) : -1; };
  grid.addEventListener("pointerdown", (event) => {
    const place = at(event);
    if (place < 0 || !state) return;
    event.preventDefault();
    grid.releasePointerCapture?.(event.pointerId);
    painting = state.weights[place] === brush ? 0 : brush;
    paint(place, painting);
  });
  grid.addEventListener("pointerover", (event) => { if (painting !== null && event.buttons && at(event) >= 0) paint(at(event), painting); });
  grid.addEventListener("keydown", (event) => {
    const place = at(event);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -13, ArrowDown: 13 }[event.key];
    if (place < 0 || (!step && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === " ") paint(place, state && state.weights[place] === brush ? 0 : brush);
    else if (cells[place + step]) { cells[place].box.setAttribute("tabindex", "-1"); cells[place + step].box.setAttribute("tabindex", "0"); cells[place + step].box.focus(); }
  });
  read();
  const weight = el("select", { "aria-label": "Weight to paint with", onchange: (event) => { brush = Number(event.target.value); document.querySelectorAll(".brush").forEach((each) => { each.value = event.target.value; }); }, class: "brush" }, [1, 0.75, 0.5, 0.25, 0].map((each) => el("option", { value: each, selected: each === brush }, `${100 * each} %`)));
  const clear = () => { text.value = ""; spot.ranges[position] = ""; state = { weights: Array(169).fill(0), even: Array(169).fill(true), combos: 0 }; told.textContent = "0 hands"; mark(); changed(); };
  return el("section", { class: "panel" }, el("h2", {}, el("label", { for: `range-${position}` }, `Range of ${position}`), el("small", {}, placeName(position) ? ` ${placeName(position)}` : "")), text, told,
    el("div", { class: "row" }, el("label", {}, "Paint with ", weight), el("button", { type: "button", onclick: clear }, "Clear")), grid);
}

function combosOf(place) {
  const [row, column] = [Math.floor(place / 13), place % 13];
  return row === column ? 6 : row < column ? 4 : 12;
}

// Classes with their weights as text: pairs from the top, then by high card.
function textOf(weights) {
  const named = [];
  weights.forEach((weight, place) => {
    if (weight > 0) named.push(className(Math.floor(place / 13), place % 13) + (weight === 1 ? "" : `:${Number(weight.toFixed(4))}`));
  });
  const order = (name) => (name[0] === name[1] ? 0 : name[2] === "s" ? 100 : 200) + RANKS.indexOf(name[0]);
  return named.sort((one, other) => order(one) - order(other)).join(",");
}

function numberField(label, value, set, attributes = {}) {
  const input = el("input", { type: "number", step: "any", value: value ?? "", ...attributes });
  input.addEventListener("input", () => { set(input.value === "" ? null : Number(input.value)); changed(); });
  return el("label", { class: "field" }, label, input);
}

function flag(label, key, id, set = (on) => { spot[key] = on; }) {
  const input = el("input", { type: "checkbox", checked: spot[key], id });
  input.addEventListener("change", () => { set(input.checked); changed(); });
  return el("label", {}, input, ` ${label}`);
}

// A share of the spot as percent; null where it may be left out.
function percentField(label, key, attributes = {}, none = null) {
  const set = (value) => { spot[key] = value === null ? none : Number((value / 100).toPrecision(12)); };
  return numberField(`${label}, %`, spot[key] === null ? null : Number((100 * spot[key]).toPrecision(12)), set, { min: 0, ...attributes });
}

function moneyFields(positions) {
  const stacks = positions.map((position, place) => numberField(`Stack of ${position}`, spot.stacks[place], (value) => { spot.stacks[place] = value; }, { min: 0, id: `stack-${position}` }));
  const actions = el("input", { id: "actions", value: spot.actions.join(", "), placeholder: "check, bet 25", autocomplete: "off" });
  actions.addEventListener("input", () => { spot.actions = actions.value.split(",").map((each) => each.trim()).filter(Boolean); spot.to_act = null; changed(); });
  return el("section", { class: "panel" }, el("h2", {}, "Chips"), el("div", { class: "fields" },
    numberField("Pot", spot.pot, (value) => { spot.pot = value; }, { min: 0, id: "pot" }), stacks,
    numberField("Dead money beside the pot", spot.dead_money, (value) => { spot.dead_money = value ?? 0; }, { min: 0, id: "dead-money" }),
    percentField("Rake", "rake", { id: "rake", max: 50 }, 0),
    numberField("Rake cap, chips", spot.rake_cap, (value) => { spot.rake_cap = value; }, { min: 0, id: "rake-cap" }),
    numberField("Smallest bet", spot.min_bet, (value) => { spot.min_bet = value; }, { min: 0 }),
    numberField("Smallest chip", spot.chip, (value) => { spot.chip = value; }, { min: 0 })),
    el("p", { class: "soft" }, "Of unequal stacks the smaller counts for both. Rake is taken on every pot of the spot: “no flop, no drop” frees only hands that end before the flop."),
    flag("a stack below the pot is meant", "short_stacks", "short-stacks"),
    el("label", { class: "field wide" }, "Done on this street already", actions));
}

function sizesOf(text) {
  return text.split(/[,\s]+/).filter(Boolean).map((each) => (each.endsWith("%") ? each : Number.isNaN(Number(each)) ? each : `${each}%`));
}

function sizeFields() {
  const show = (sizes) => sizes.map((each) => (typeof each === "number" ? `${Number((100 * each).toPrecision(6))}%` : each)).join(", ");
  const field = (key, street, label) => {
    const sizes = spot[key][street];
    if (!Array.isArray(sizes)) return el("td", {}, Object.entries(sizes).map(([position, each]) => `${position} ${show(each) || "all-in"}`).join("; "));
    const input = el("input", { id: `${key}-${street}`, value: show(sizes), "aria-label": `${label} on the ${street}, percent of the pot`, autocomplete: "off" });
    input.addEventListener("input", () => { spot[key][street] = sizesOf(input.value); changed(); });
    return el("td", {}, input);
  };
  const donks = (street) => {
    if (street === "flop") return el("td", {});
    const sizes = spot.donk_sizes[street];
    const input = el("input", { id: `donk_sizes-${street}`, value: sizes === null ? "as bets" : show(sizes) || "none", "aria-label": `Bets into the raiser on the ${street}, percent of the pot`, autocomplete: "off" });
    input.addEventListener("input", () => { const text = input.value.trim(); spot.donk_sizes[street] = text === "" || text === "as bets" ? null : text === "none" ? [] : sizesOf(text); changed(); });
    return el("td", {}, input);
  };
  const rows = STREETS.map((street) => el("tr", {}, el("th", { scope: "row" }, street), field("bet_sizes", street, "Bets"), field("raise_sizes", street, "Raises"), donks(street)));
  const menu = el("select", { id: "menu", onchange: (event) => event.target.value && takeMenu(event.target.value) }, ["", "lean", "standard", "rich"].map((name) => el("option", { value: name }, name || "…")));
  const caps = typeof spot.max_raises === "object" && spot.max_raises !== null ? el("p", { class: "soft" }, `At most ${Object.entries(spot.max_raises).map(([street, most]) => `${most} bets and raises on the ${street}`).join(", ")}.`) : numberField("Bets and raises a street at most", spot.max_raises, (value) => { spot.max_raises = value === null ? null : Math.round(value); }, { min: 0, id: "max-raises" });
  return el("section", { class: "panel", id: "sizes" }, el("h2", {}, "Sizes", el("small", {}, " in percent of the pot; also 2.5x, 25c, e, a")), el("label", { class: "row" }, "Take a menu ", menu),
    el("table", { class: "sizes spaced" }, el("thead", {}, el("tr", {}, ["", "Bets", "Raises", "Donk bets"].map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, rows)),
    flag("all-in is always on the menu", "all_in", "all-in", (on) => { spot.all_in = on; if (on) { spot.add_allin = null; document.getElementById("add-allin").value = ""; } }),
    el("details", { class: "spaced" }, el("summary", {}, "When sizes become all-in, or one"), el("div", { class: "fields" },
      percentField("Add all-in up to, of the pot", "add_allin", { id: "add-allin", oninput: (event) => { if (event.target.value !== "") { spot.all_in = false; document.getElementById("all-in").checked = false; } } }),
      percentField("All-in where a call leaves, of the pot", "force_allin"),
      percentField("Merge sizes nearer than", "merge_sizes", {}, 0), caps)));
}

async function takeMenu(menu) {
  try {
    Object.assign(spot, await get("spot/menu", { menu, board: spot.board }));
    document.getElementById("sizes").replaceWith(sizeFields());
    changed();
  } catch (error) {
    say(error.message);
    document.getElementById("sizes").append(el("p", { class: "hint", role: "alert" }, error.message));
  }
}

function lockField() {
  if (!spot.locks.length) return null;
  const box = el("section", { class: "panel" }, el("h2", {}, "Locks"), el("p", { class: "row" }, `${spot.locks.length} of the solution are kept.`, el("button", { type: "button", onclick: () => { spot.locks = []; box.remove(); changed(); } }, "Drop them")));
  return box;
}

function stopFields() {
  return el("section", { class: "panel" }, el("h2", {}, "Stop at"), el("div", { class: "fields" },
    numberField("Exploitability, % of the pot", spot.solver.target_pct, (value) => { spot.solver.target_pct = value; }, { min: 0, id: "target" }),
    numberField("Seconds", spot.solver.time, (value) => { spot.solver.time = value; }, { min: 0, id: "seconds" }),
    numberField("Iterations", spot.solver.iterations, (value) => { spot.solver.iterations = value === null ? null : Math.round(value); }, { min: 1, id: "iterations" })));
}

function bytes(size) {
  return size >= 2 ** 30 ? `${number(size / 2 ** 30, 2)} GiB` : `${number(size / 2 ** 20, 1)} MiB`;
}

function about(seconds) {
  return seconds < 1 ? "under a second" : seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

async function plan() {
  const place = document.getElementById("plan");
  if (!place) return;
  asked += 1;
  const mine = asked;
  let parts;
  try {
    const found = await post("spot/plan", { spot, ranks: cores });
    if (mine !== asked) return;
    const river = found.ranks === 1 && cores > 1;
    const choose = (event) => { cores = Number(event.target.value); note({ cores: cores > 1 ? cores : null }); plan(); };
    const choice = el("label", {}, "on ", el("select", { id: "cores", onchange: choose, disabled: limits.ranks === 1 }, [...Array(limits.ranks).keys()].map((each) => el("option", { value: each + 1, selected: each + 1 === cores }, each + 1))), cores === 1 ? " core" : " cores");
    const solve = el("button", { type: "button", class: "main", id: "solve", disabled: !found.fits, onclick: start }, "Solve");
    parts = [el("h2", {}, "What it takes"),
      el("dl", { class: "facts" }, [["Nodes", number(found.nodes, 0)], ["Memory", bytes(found.memory), "memory"], ["Time", [...new Set(found.seconds.map(about))].join(" to ")], ["To act", found.to_act]].map(([name, value, kind]) => el("div", {}, el("dt", {}, name), el("dd", { class: kind || "" }, value)))),
      found.fits ? null : el("p", { class: "hint" }, `A job may take ${bytes(found.memory_limit)} here; fewer sizes or hands need less.`),
      found.notes.map((text) => el("p", { class: "hint" }, text)),
      el("p", { class: "row" }, solve, choice, el("small", {}, river ? "a river has no card to divide: one core solves it" : cores > 1 ? "each a process of its own, by mpirun" : "in a process of its own")),
      el("details", {}, el("summary", {}, "As a file for resolve --spot"), el("pre", { id: "yaml" }, found.yaml))];
  } catch (error) {
    if (mine !== asked) return;
    parts = [el("h2", {}, "What it takes"), el("p", { class: "hint", role: "alert" }, error.message), el("button", { type: "button", class: "main", id: "solve", disabled: true }, "Solve")];
  }
  place.replaceChildren(...parts.flat().filter(Boolean));
}

async function start() {
  try {
    const { name } = await post("spot/solve", { spot, ranks: cores });
    go("solution", { of: name });
  } catch (error) {
    document.getElementById("plan").append(el("p", { class: "hint", role: "alert" }, error.message));
    say(error.message);
  }
}

function solvedList(listed, solutions) {
  const names = [...solutions.map((name) => ({ name, runs: false })), ...listed.solved];
  if (!names.length) return null;
  return el("section", { class: "panel" }, el("h2", {}, "Solved here"), el("ul", { class: "plain" }, names.slice(0, 30).map((each) => el("li", {}, el("a", { href: addressOf("solution", { of: each.name }), onclick: follow }, spotName(each.name)), each.runs ? el("small", {}, "is being solved") : null))));
}

