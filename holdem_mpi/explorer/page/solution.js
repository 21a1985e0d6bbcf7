// What was solved, decision by decision; while it is being solved, how far it is.

import { get, post, url } from "./api.js";
import { addressOf, go, here, note } from "./address.js";
import { mixBar } from "./blueprint.js";
import { cardPicker } from "./cards.js";
import { lineChart } from "./chart.js";
import { cardTile, cardsOf, el, number, percent, placeName, say, spotName } from "./dom.js";
import { colours, focusCell, handGrid, rangeGrid, told } from "./grid.js";
import * as locks from "./locks.js";
import { Empty, follow } from "./main.js";

export const KEYS = [
  ["← →", "one action back, on by the chosen one"],
  ["↑ ↓", "choose an action"],
  ["1 … 9", "take that action"],
  ["g", "into the grid; there arrows move, Enter opens a class, Esc leaves"],
  ["v", "colour by actions, EV, equity or what the best response does"],
  ["l", "paint locks; then Enter on a class paints it"],
];
const PAINTS = ["actions", "ev", "equity", "best"];
let box = null;
let found = null;
let other = null;
let job = null;
let stream = null;
let stop = null;
let names = [];
let limits = {};
let responses = null;
let byKey = false;

export async function show(place, keys, { sources }) {
  box = place;
  if (stop) stop.abort();
  stop = new AbortController();
  const listed = await get("spot/list", {}, stop.signal);
  names = [...sources.filter((each) => each.kind === "solution").map((each) => each.name), ...listed.solved.map((each) => each.name)];
  const of = keys.of || names[0];
  if (!of) throw new Empty("Nothing was solved yet", "Choose a spot, or type one, and solve it: then its solution is here.", "spot", "To the spots");
  const solvedHere = listed.solved.some((each) => each.name === of);
  limits = { ...listed.limits, solvedHere };
  job = solvedHere ? await get("spot/job", { of }, stop.signal) : null;
  await load(of, keys);
  if (job && job.state === "runs") listen(of);
}

async function load(of, keys) {
  found = null;
  other = null;
  responses = null;
  if (!job || job.kept) {
    found = await get("solution/node", { of, line: keys.line }, stop.signal);
    if (keys.paint === "best" && job && job.state !== "runs") responses = await get("solution/responses", { of, line: keys.line }, stop.signal);
    if (keys.with) other = await get("solution/node", { of: keys.with, line: keys.withline ?? keys.line }, stop.signal);
  }
  draw(of);
}

function listen(of) {
  stream = new EventSource(url("spot/follow", { of }));
  stream.onmessage = async (event) => {
    const before = job && job.kept;
    job = JSON.parse(event.data);
    if (job.state !== "runs") {
      stream.close();
      say(`${of} ${job.state}`);
    }
    if (job.kept !== before || job.state !== "runs") await load(of, here().keys).catch(() => {});
    else document.querySelector(".job")?.replaceWith(progress());
  };
}

export function leave() {
  if (stream) stream.close();
  if (stop) stop.abort();
  stream = null;
  locks.leave();
}

function progress() {
  if (!job) return null;
  const last = job.checks[job.checks.length - 1];
  const ends = { target: "to the exploitability that was asked for", time: "until its time was over", iterations: "until its iterations were done", signal: "until it was stopped" };
  const words = { runs: "goes on", ended: ends[job.stopped_by] ?? `until ${job.stopped_by}`, failed: "failed", "broke off": "was broken off; the last state that was kept is shown" };
  const end = () => post("spot/stop", { of: job.name }).catch((error) => say(error.message));
  const chart = job.checks.length > 1 ? lineChart({ title: "Exploitability", series: [{ name: "exploitability", points: job.checks.map((check) => ({ x: check.seconds, y: check.exploitability_pct })) }], x: "seconds", y: "% of the pot", log: { y: true } }) : null;
  const gap = last && found && job.state !== "runs" ? [] : [["Exploitability", last && `${last.exploitability_pct.toPrecision(3)} % of the pot`, "gap"], ["Iterations", last && number(last.iterations, 0), "iterations"]];
  const facts = last ? [...gap, ["Seconds", number(last.seconds, 1)]] : [];
  return el("section", { class: "panel job" }, el("h2", {}, job.state === "ended" ? "Solved " : "Solving ", el("span", { class: `state ${job.state === "runs" ? "training" : "ended"}` }, words[job.state]), job.state === "runs" ? el("button", { type: "button", class: "close", id: "stop", onclick: end }, "Stop") : null),
    job.error ? el("p", { class: "hint" }, job.error) : null,
    el("dl", { class: "facts" }, facts.map(([name, value, kind]) => el("div", {}, el("dt", {}, name), el("dd", { class: kind || "" }, value)))),
    job.state === "runs" && !last ? el("p", { class: "soft" }, "It starts … The first time on a machine its kernels are compiled, which takes a minute or two.") : null,
    el("details", { open: job.state === "runs" }, el("summary", {}, "Over time"), chart),
    job.state !== "runs" && found && found.can_go_on ? goOn(last) : null);
}

// From where it was stopped on, until other stops.
function goOn(last) {
  const river = found.board.length === 10 && !found.line.some((step) => step.startsWith("card "));
  const target = el("input", { id: "more-target", type: "number", step: "any", min: 0, value: last ? Number((last.exploitability_pct / 2).toPrecision(2)) : "" });
  const seconds = el("input", { id: "more-seconds", type: "number", step: "any", min: 0, value: "" });
  const cores = el("select", { id: "more-cores", disabled: river }, [...Array(river ? 1 : limits.ranks).keys()].map((each) => el("option", { value: each + 1 }, each + 1)));
  const told = el("span", { role: "alert" });
  const amount = (input) => (input.value === "" ? null : Number(input.value));
  const begin = async () => {
    try {
      await post("spot/continue", { of: job.name, target_pct: amount(target), seconds: amount(seconds), ranks: Number(cores.value) });
      go("solution", here().keys);
    } catch (error) {
      told.textContent = error.message;
    }
  };
  return el("details", { id: "more" }, el("summary", {}, "Go on from here"), el("div", { class: "row go-on spaced" }, el("label", {}, "until ", target, " % of the pot"), el("label", {}, "or after ", seconds, " s"), el("label", {}, "cores ", cores), el("button", { type: "button", id: "go-on", onclick: begin }, "Go on"), told));
}

function move(changes) {
  go("solution", { ...elsewhere(), ...changes });
}

// The address's keys, but for the cards that may come at this decision.
function elsewhere() {
  return { ...here().keys, cards: null, by: null };
}

function draw(of) {
  const { keys } = here();
  const paint = PAINTS.includes(keys.paint) ? keys.paint : "actions";
  if (!found) {
    box.replaceChildren(el("div", {}, head(of), progress()));
    return;
  }
  const painting = locks.isPainting();
  box.replaceChildren(el("div", { class: "solution" }, head(of),
    el("div", { class: "two" },
      el("div", { class: `left ${painting ? "painting" : ""}` }, paintChoice(paint), paint === "best" ? bestBox() : gridBox(found, paint, true), other ? comparison(paint) : null),
      el("div", { class: "right" }, progress(), money(), actionList(), el("div", { id: "combos" }), locks.lockPanel(found, { ...limits, target: found.target_pct }), ranges(), more(of)))));
  if (painting) locks.paintWith(box.querySelector(".left .grid"), choose);
  if (keys.hand) openClass(keys.hand);
  if (keys.cards !== undefined) deal(keys.cards.split(",").filter(Boolean));
  if (byKey) (box.querySelector(".action.call:not([disabled])") || box.querySelector(".action"))?.focus();
  byKey = false;
}

function head(of) {
  const change = (event) => go("solution", { of: event.target.value });
  const all = names.includes(of) ? names : [of, ...names];
  const steps = found ? found.crumbs.map((step) => el("li", {}, el("a", { href: addressOf("solution", { ...elsewhere(), line: step.line.join(",") }), onclick: follow }, step.player ? [el("b", {}, step.player), " ", step.text] : cardTile(step.text.slice(5))))) : [];
  const now = found ? el("li", { class: "now", "aria-current": "step" }, el("b", {}, found.player), " to act") : null;
  const board = found ? el("li", {}, el("button", { type: "button", class: "street", "aria-label": "Back to the first decision", onclick: () => move({ line: null }) }, cardsOf(found.board).map((card) => cardTile(card)))) : null;
  return el("div", { class: "line-bar" }, el("h1", { class: "unseen" }, "Solution"), el("label", { class: "of" }, el("span", { class: "unseen" }, "Solution"), el("select", { onchange: change }, all.map((name) => el("option", { value: name, selected: name === of }, spotName(name))))),
    el("nav", { "aria-label": "Betting so far" }, el("ol", { class: "crumbs" }, board, steps, now)));
}

function paintChoice(paint) {
  const texts = { actions: "Actions", ev: "EV", equity: "Equity", best: "Best response" };
  const known = knownPaints();
  return el("div", { class: "row choice", role: "group", "aria-label": "Colour by" }, PAINTS.map((each) => el("button", { type: "button", "aria-pressed": each === paint, disabled: !known[each], title: known[each] ? null : each === "best" ? "known of spots that were solved here to their end" : "not kept for this decision", onclick: () => move({ paint: each === "actions" ? null : each }) }, texts[each])));
}

function knownPaints() {
  return { actions: true, ev: found.ev !== null, equity: found.equity !== null, best: Boolean(job && job.responses) };
}

// What the player to act would do to win the most against the other's strategy, and what each would win so in all.
function bestBox() {
  if (!responses || !responses.classes) return el("p", { class: "hint" }, responses && responses.wins.length ? "Nobody comes here: there is nothing to respond to." : "Best responses are known of spots that were solved here to their end.");
  const wins = responses.wins.map((each) => el("li", {}, el("span", {}, el("b", {}, each.player), ` would win ${number(each.ev)} by its best response, ${number(each.gain, 3)} more than by its own strategy (${number(each.gain_pct, 2)} % of the pot)`)));
  const actions = found.actions.map((action, place) => ({ ...action, mean: responses.mean[place] }));
  return el("div", {}, gridBox({ ...found, classes: responses.classes, actions }, "actions", true), el("ul", { class: "plain", id: "responses" }, wins));
}

function gridBox(node, paint, main) {
  const plain = `${paint === "actions" ? "Width: how often; height: how much of the range is left." : paint === "ev" ? "The lighter, the more chips the class wins from here on." : "The lighter, the more often the class wins at a showdown."} A click shows a class hand by hand, with the EV of each action.`;
  const line = el("p", { class: "told", "aria-hidden": true }, plain);
  const words = (cell) => `${told(cell, node.actions)}${cell && cell.ev !== null && cell.ev !== undefined ? `; EV in all ${number(cell.ev)} chips` : ""}${cell && cell.equity !== null && cell.equity !== undefined ? `; equity ${percent(cell.equity)}` : ""}`;
  const grid = handGrid({
    cells: node.classes, actions: node.actions, chosen: main ? here().keys.hand : null, label: `What ${node.player} does, by class of hands`,
    show: (name, cell) => line.replaceChildren(...(name ? [el("b", {}, name), " ", cell ? words(cell) : "not in the range"] : [plain])),
    open: (name, byKey) => {
      if (!main || (locks.isPainting() && !byKey)) return;
      if (locks.isPainting()) locks.touch(name);
      choose(name);
    },
  });
  if (paint !== "actions") heat(grid, node, paint);
  const classes = colours(node.actions);
  const legend = paint === "actions" ? el("ul", { class: "legend", "aria-label": "Colours" }, node.actions.map((action, place) => el("li", {}, el("span", { class: `swatch ${classes[place]}` }), action.text, " ", el("small", {}, percent(action.mean))))) : null;
  return el("div", {}, grid, line, legend);
}

// The grid by a value: dark to light, as wide and high as the class, with the number in it.
function heat(grid, node, paint) {
  const known = node.classes.filter((cell) => cell && cell[paint] !== null).map((cell) => cell[paint]);
  const [low, high] = paint === "equity" ? [0, 1] : [Math.min(...known), Math.max(...known)];
  for (const cell of grid.querySelectorAll(".cell")) {
    const told = node.classes[Number(cell.dataset.place)];
    for (const rect of cell.querySelectorAll("rect:not(.ground):not(.frame)")) rect.remove();
    if (!told || told[paint] === null) continue;
    const share = high > low ? (told[paint] - low) / (high - low) : 1;
    const ground = cell.querySelector(".ground");
    ground.setAttribute("class", `ground heat h${Math.min(9, Math.floor(share * 10))}`);
    const text = cell.querySelector("text").cloneNode();
    text.textContent = paint === "equity" ? (100 * told[paint]).toFixed(0) : number(told[paint], 1);
    text.setAttribute("x", 36);
    text.setAttribute("y", 33);
    text.setAttribute("text-anchor", "end");
    cell.append(text);
  }
}

function comparison(paint) {
  return el("section", {}, el("h2", {}, `Compared with ${spotName(other.of)}`, el("small", {}, ` after ${other.line.join(", ") || "nothing"}`), el("button", { type: "button", class: "close", "aria-label": "Compare no more", onclick: () => move({ with: null, withline: null }) }, "×")), gridBox(other, paint, false));
}

function money() {
  const gap = `${found.exploitability_pct.toPrecision(3)} % of the pot`;
  const facts = [["Pot", number(found.pot)], [`EV of ${found.player}, chips`, number(found.ev), "ev"], [`Equity of ${found.player}`, percent(found.equity), "equity"], ["Exploitability", gap, "exploitability"], ["Iterations", number(found.iterations, 0), "iterations"]];
  return el("section", { class: "panel" }, el("dl", { class: "facts" }, facts.map(([name, value, kind]) => el("div", {}, el("dt", {}, name), el("dd", { class: kind || "" }, value)))), found.notes.map((text) => el("p", { class: "hint" }, text)));
}

function actionList() {
  const classes = colours(found.actions);
  const buttons = found.actions.map((action, place) => el("button", { type: "button", class: `action ${action.kind}`, "data-action": action.text, disabled: action.next === null, onclick: () => take(place) },
    el("span", { class: `swatch ${classes[place]}` }), el("kbd", {}, String(place + 1)),
    el("span", { class: "name" }, action.text, el("small", {}, action.ev === null ? "" : ` · EV ${number(action.ev)}`, { end: " · ends the betting", card: " · then a card", decision: "" }[action.leads])),
    el("span", { class: "share" }, percent(action.mean)),
    el("span", { class: "bar" }, el("span", { class: classes[place], "width%": 100 * (action.mean || 0) }))));
  return el("section", { class: "panel", "aria-label": "Actions" }, el("h2", {}, `${found.player} to act`, el("small", {}, placeName(found.player) ? ` ${placeName(found.player)};` : "", " EV: of the hands that do so")), el("div", { class: "actions" }, buttons), el("div", { id: "deal" }),
    found.actions[0].mean === null ? el("p", { class: "soft" }, "The solution never comes here.") : null);
}

function take(place) {
  const action = found.actions[place];
  if (!action || action.next === null) return;
  if (action.leads === "card") deal(action.next);
  else move({ line: action.next.join(",") });
}

// The cards that may come, each with how often the player to act bets then, or what that player wins.
async function deal(line) {
  const place = document.getElementById("deal");
  note({ cards: line.join(",") });
  const cancel = () => { note({ cards: null, by: null }); place.replaceChildren(); };
  const picker = cardPicker({ wanted: 1, board: "", ranks: [], title: "The card that comes", cancel, done: (card) => move({ line: [...line, `card ${card}`].join(",") }) });
  place.replaceChildren(picker);
  picker.querySelector("[data-card]").focus();
  for (const card of cardsOf(found.board)) picker.querySelector(`[data-card="${card}"]`).disabled = true;
  const by = async (way) => {
    note({ by: way === "bets" ? null : way });
    try {
      const told = await get("solution/cards", { of: found.of, line: line.join(","), by: way }, stop.signal);
      if ((here().keys.by || "bets") === way) colourCards(picker, told, way, by);
    } catch (error) {
      if (error.name !== "AbortError") say(error.message);
    }
  };
  await by(here().keys.by === "ev" ? "ev" : "bets");
}

function colourCards(picker, told, way, by) {
  const evs = told.cards.filter((each) => each.ev !== null).map((each) => each.ev);
  const [low, high] = [Math.min(...evs), Math.max(...evs)];
  const bets = Object.fromEntries(told.cards.map((each) => [each.card, each.bets || 0]));
  const words = (each) => `${told.player} bets or raises ${percent(each.bets, 0)}${each.ev === null ? "" : `, EV ${number(each.ev)}`}`;
  if (way === "ev") {
    const step = (ev) => (ev === null ? null : Math.min(9, Math.floor((10 * (ev - low)) / Math.max(1e-9, high - low))));
    picker.tell(bets, evs.length ? `The lighter, the more ${told.player} wins after that card: EV from ${number(low)} to ${number(high)}.` : "Nobody ever comes there.", { told: Object.fromEntries(told.cards.map((each) => [each.card, [number(each.ev, 1), `EV ${number(each.ev)}`]])), tones: Object.fromEntries(told.cards.map((each) => [each.card, step(each.ev)])) });
  } else picker.tell(bets, `Bars: how often ${told.player} bets or raises after that card, in percent.`);
  for (const each of told.cards) picker.querySelector(`[data-card="${each.card}"]`).title = words(each);
  picker.querySelector(".by")?.remove();
  picker.querySelector("h2").after(el("div", { class: "row choice by", role: "group", "aria-label": "Colour cards by" }, [["bets", "Bets"], ["ev", "EV"]].map(([each, text]) => el("button", { type: "button", "aria-pressed": each === way, onclick: () => by(each) }, text))));
}

function ranges() {
  return el("section", { class: "panel", "aria-label": "Ranges" }, el("h2", {}, "Ranges here"), el("div", { class: "ranges" }, found.ranges.map((range) => el("figure", {}, rangeGrid(range.reach, `Range of ${range.position}`), el("figcaption", {}, el("b", {}, range.position), ` ${number(range.combos, 1)} hands`, range.equity === null ? "" : `, equity ${percent(range.equity)}`)))));
}

function more(of) {
  const compare = (event) => event.target.value && move({ with: event.target.value });
  const links = ["yaml", "csv", "json"].map((form) => el("a", { href: url("solution/download", { of, form }), download: "" }, form.toUpperCase()));
  return el("section", { class: "panel" }, el("div", { class: "row" }, "Download", links, el("a", { href: addressOf("spot", { of }), onclick: follow }, "Change the spot and solve again")),
    el("label", { class: "row spaced" }, "Compare with ", el("select", { id: "compare", onchange: compare }, el("option", { value: "" }, "…"), names.map((name) => el("option", { value: name, selected: name === here().keys.with }, name === of ? `${spotName(name)} (this one)` : spotName(name))))),
    other ? el("label", { class: "row spaced" }, "its line ", el("input", { id: "withline", value: other.line.join(","), onchange: (event) => move({ withline: event.target.value }) })) : null);
}

function choose(name) {
  note({ hand: name });
  openClass(name);
}

async function openClass(name) {
  for (const each of document.querySelectorAll(".cell.chosen")) each.classList.remove("chosen");
  document.querySelector(`.left .grid [data-hand="${CSS.escape(name)}"]`)?.classList.add("chosen");
  const place = document.getElementById("combos");
  let answer;
  try {
    answer = await get("solution/hands", { of: found.of, line: found.line.join(","), hands: name }, stop.signal);
  } catch (error) {
    if (error.name !== "AbortError") place.replaceChildren(el("p", { class: "hint" }, error.message));
    return;
  }
  const classes = colours(found.actions);
  const evs = answer.hands.length && answer.hands[0].evs !== null;
  const painting = locks.isPainting();
  const head = ["Hand", ...(painting ? ["Lock"] : []), ...found.actions.map((action) => action.text), ...(evs ? ["EV in all"] : []), "Equity", "Weight", ""];
  const rows = answer.hands.map((row) => el("tr", {}, el("th", { scope: "row" }, cardsOf(row.hand).map((card) => cardTile(card))), painting ? el("td", {}, locks.handLock(row.hand)) : null,
    row.play.map((share, at) => el("td", { class: "play" }, percent(share), row.evs === null ? null : el("small", {}, ` EV ${number(row.evs[at])}`))), evs ? el("td", { class: "ev" }, number(row.ev)) : null, el("td", {}, percent(row.equity)), el("td", {}, number(row.reach, 3)), el("td", { class: "wide" }, mixBar(row.play, classes))));
  const close = () => { note({ hand: null }); place.replaceChildren(); document.querySelector(".cell.chosen")?.classList.remove("chosen"); };
  place.replaceChildren(el("section", { class: "panel", "aria-label": `Hands of ${name}` }, el("h2", {}, name, el("small", {}, evs ? " under each share, what that action wins in chips" : ""), el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    rows.length ? el("div", { class: "scroll" }, el("table", { class: "numbers" }, el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, rows))) : el("p", {}, `${found.player} holds none of these hands.`)));
}

export function key(event) {
  if (!found) return false;
  const actions = [...document.querySelectorAll(".action:not([disabled])")];
  const at = actions.indexOf(document.activeElement);
  if (event.key === "ArrowLeft") {
    if (!found.line.length) return true;
    byKey = true;
    move({ line: found.line.slice(0, -1).join(",") });
  } else if (event.key === "ArrowRight") {
    byKey = true;
    actions[Math.max(at, 0)]?.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!actions.length) return false;
    const step = event.key === "ArrowDown" ? 1 : -1;
    actions[(at + step + actions.length + (at < 0 && step < 0 ? 1 : 0)) % actions.length].focus();
  } else if (/^[1-9]$/.test(event.key)) {
    byKey = true;
    take(Number(event.key) - 1);
  } else if (event.key === "g") {
    focusCell(document.querySelector(".grid"), here().keys.hand || "AA");
  } else if (event.key === "v") {
    const { keys } = here();
    const known = PAINTS.filter((each) => knownPaints()[each]);
    const next = known[(known.indexOf(keys.paint || "actions") + 1) % known.length];
    move({ paint: next === "actions" ? null : next });
  } else if (event.key === "l") {
    document.getElementById("paint-lock")?.click();
  } else if (event.key === "Escape") {
    (document.querySelector(".action") || document.getElementById("view")).focus();
  } else return false;
  return true;
}
