// One spot on many boards: a table that sorts and filters by texture, with bars; a click opens a board.

import { get } from "./api.js";
import { addressOf, go, here, note } from "./address.js";
import { mixBar } from "./blueprint.js";
import { RANKS, cardTile, cardsOf, el, number, percent, placeName, say } from "./dom.js";
import { colours } from "./grid.js";
import { Empty, follow } from "./main.js";

export const KEYS = [
  ["↑ ↓", "from row to row"],
  ["Enter", "open a board, or filter by a texture"],
  ["o", "the solution of the board that is open"],
  ["Esc", "close it"],
];
const FEW = 300;
const LOOK = 3000;
const FILTERS = [["pairs", "Pairs"], ["suits", "Suits"], ["high", "High card"], ["straights", "Straights possible"]];
const BY = { board: "boards", pairs: "pairs", suits: "suits", high: "high card", group: "texture" };
let box = null;
let found = null;
let names = [];
let timer = null;

export async function show(place, keys, { sources }) {
  [box, names] = [place, sources.filter((each) => each.kind === "report").map((each) => each.name)];
  const of = keys.of || names[0];
  if (!of) throw new Empty("No report is here", "None was named where the server was started. “resolve report” makes one.");
  if (!found || found.name !== of || found.missing) found = await get("report/table", { of });
  draw();
  watch(of);
}

export function leave() {
  clearTimeout(timer);
  timer = null;
}

// While boards are still being solved, look now and then whether there are more.
function watch(of) {
  clearTimeout(timer);
  if (!found.missing) return;
  timer = setTimeout(async () => {
    try {
      const state = await get("report/state", { of });
      if (timer === null) return;
      if (state.done !== found.done) {
        found = await get("report/table", { of });
        if (timer === null) return;
        draw();
        say(`${found.done} boards are done`);
      }
      watch(of);
    } catch (error) {
      say(error.message);
    }
  }, LOOK);
}

function move(changes) {
  go("report", { ...here().keys, ...changes });
}

const bet = (row) => row.bets;
const mean = (rows, weigh, value) => {
  let [sum, total] = [0, 0];
  for (const row of rows) {
    const [each, weight] = [value(row), weigh(row)];
    if (each === null || !weight) continue;
    sum += each * weight;
    total += weight;
  }
  return total ? sum / total : null;
};
const come = (row) => row.share * row.line_frequency;
const here_share = (row) => row.share;

// Rows together: frequencies by how often the line is played, EVs and equities by how often the boards come.
function together(name, rows) {
  return {
    board: name, rows: rows.length, share: rows.reduce((sum, row) => sum + row.share, 0),
    play: found.actions.map((_, at) => mean(rows, come, (row) => row.play[at])), bets: mean(rows, come, bet),
    line_frequency: mean(rows, here_share, (row) => row.line_frequency),
    ev: found.positions.map((_, at) => mean(rows, here_share, (row) => row.ev[at])),
    equity: found.positions.map((_, at) => mean(rows, here_share, (row) => row.equity[at])),
    exploitability_pct: Math.max(...rows.map((row) => row.exploitability_pct)),
  };
}

function chosen(keys, key) {
  return (keys[key] || "").split(",").filter(Boolean);
}

// Every rank that was typed, as often as it was, in any order.
function holds(board, typed) {
  const ranks = board.replace(/[shdc]/g, "").split("");
  return [...typed].every((rank) => {
    const at = ranks.indexOf(rank);
    if (at >= 0) ranks.splice(at, 1);
    return at >= 0;
  });
}

function filtered(keys) {
  const typed = (keys.find || "").toUpperCase().replace("10", "T").replace(/[^2-9TJQKA]/g, "");
  return found.rows.filter((row) => FILTERS.every(([key]) => !chosen(keys, key).length || chosen(keys, key).includes(String(row[key]))) && holds(row.board, typed));
}

function columns() {
  const several = found.actions.filter((action) => action.kind === "raise").length > 1;
  return [
    ...(several ? [["bets", "any bet", bet, (value) => percent(value), `how often ${found.player} bets at all`]] : []),
    ...found.actions.map((action, at) => [`play${at}`, action.text, (row) => row.play[at], (value) => percent(value)]),
    ...(found.line.length ? [["line", "line played", (row) => row.line_frequency, (value) => percent(value)]] : []),
    ...found.positions.map((position, at) => [`ev${at}`, `EV ${position}`, (row) => row.ev[at], (value) => number(value), explained(position, "chips that it wins, its share of the pot included")]),
    ...found.positions.map((position, at) => [`equity${at}`, `Equity ${position}`, (row) => row.equity[at], (value) => percent(value), explained(position, "share of the pot if both showed down at once")]),
    ["share", "Comes", (row) => row.share, (value) => percent(value, 2), "how often the board comes, of all that it stands for here"],
  ];
}

function explained(position, text) {
  return placeName(position) ? `${placeName(position)}; ${text}` : text;
}

function sorted(rows, keys) {
  const column = columns().find(([key]) => key === keys.sort);
  if (!column) return keys.up ? [...rows].reverse() : rows;
  const sign = keys.up ? 1 : -1;
  const value = (row) => column[2](row) ?? -Infinity;
  return [...rows].sort((one, other) => sign * (value(one) - value(other)));
}

function draw() {
  const { keys } = here();
  const by = BY[keys.by] ? keys.by : "board";
  const inside = filtered(keys);
  let rows = inside;
  if (by !== "board") {
    const groups = new Map();
    for (const row of inside) groups.set(row[by], [...(groups.get(row[by]) || []), row]);
    rows = [...groups].map(([name, each]) => together(String(name), each));
  }
  const open = found.rows.find((row) => row.board === keys.board);
  box.replaceChildren(el("div", { class: "report" }, head(), notes(),
    el("div", { class: open ? "opened" : "" },
      el("div", {}, filters(keys), tableOf(rows, inside, by, keys)),
      open ? panel(open) : null)));
}

function head() {
  const after = found.line.length ? ` after ${found.line.join(", ")}` : "";
  return el("div", { class: "line-bar" }, el("h1", { class: "unseen" }, "Report"),
    el("label", { class: "of" }, el("span", { class: "unseen" }, "Report"), el("select", { onchange: (event) => go("report", { of: event.target.value }) }, names.map((name) => el("option", { value: name, selected: name === found.name }, name)))),
    el("span", {}, found.told), el("span", { class: "soft" }, el("b", { title: placeName(found.player) }, found.player), ` to act${after}, pot ${number(found.pot)}`),
    found.rows.length ? el("span", { class: "soft" }, `exploitability at most ${Math.max(...found.rows.map((row) => row.exploitability_pct)).toPrecision(3)} % of the pot`) : null);
}

function notes() {
  const lines = [];
  if (found.missing) lines.push(`${number(found.missing, 0)} of ${number(found.done + found.missing, 0)} boards are not done yet; those that are make up ${percent(found.covered)} of what comes.`);
  if (found.impossible.length) lines.push(`Left out, since they leave a player no hand: ${found.impossible.slice(0, 8).join(", ")}${found.impossible.length > 8 ? " …" : ""}`);
  return lines.map((text) => el("p", { class: "hint" }, text));
}

function filters(keys) {
  const groups = FILTERS.map(([key, text]) => {
    const values = [...new Set(found.rows.map((row) => String(row[key])))];
    if (key === "high") values.sort((one, other) => RANKS.indexOf(one) - RANKS.indexOf(other));
    if (key === "straights") values.sort();
    if (values.length < 2) return null;
    const on = chosen(keys, key);
    return el("div", { class: "row choice", role: "group", "aria-label": text }, el("span", { class: "soft" }, text), values.map((value) => el("button", {
      type: "button", "aria-pressed": on.includes(value), "data-filter": `${key}=${value}`,
      onclick: () => move({ [key]: (on.includes(value) ? on.filter((each) => each !== value) : [...on, value]).join(",") }),
    }, value)));
  });
  const by = BY[keys.by] ? keys.by : "board";
  const order = [["", BY[by] === "boards" ? "texture" : BY[by]], ...columns()].map(([key, text]) => el("option", { value: key, selected: key === (keys.sort || "") }, text));
  const any = FILTERS.some(([key]) => keys[key]) || keys.find;
  return el("section", { class: "panel", "aria-label": "Filters" }, groups,
    el("div", { class: "row" },
      el("label", { class: "row" }, el("span", { class: "soft" }, "Ranks"), el("input", { id: "find", size: 6, value: keys.find || "", placeholder: "K72", onchange: (event) => move({ find: event.target.value }) })),
      el("label", { class: "row" }, el("span", { class: "soft" }, "Group by"), el("select", { id: "by", onchange: (event) => move({ by: event.target.value === "board" ? null : event.target.value }) }, Object.entries(BY).map(([value, text]) => el("option", { value, selected: value === by }, value === "board" ? "board" : text)))),
      el("label", { class: "row" }, el("span", { class: "soft" }, "Sort by"), el("select", { id: "sort", onchange: (event) => move({ sort: event.target.value, up: null }) }, order)),
      any ? el("button", { type: "button", id: "clear", onclick: () => move({ pairs: null, suits: null, high: null, straights: null, find: null }) }, "All boards") : null));
}

function tableOf(rows, inside, by, keys) {
  const classes = colours(found.actions);
  const shown = keys.all ? sorted(rows, keys) : sorted(rows, keys).slice(0, FEW);
  const legend = el("ul", { class: "legend", "aria-label": "Colours" }, found.actions.map((action, place) => el("li", {}, el("span", { class: `swatch ${classes[place]}` }), action.text)));
  const cells = (row) => [el("td", { class: "wide" }, mixBar(row.play, classes)), columns().map(([key, , value, text]) => el("td", { "data-column": key }, text(value(row))))];
  const first = (row) => by === "board" ? el("button", { type: "button", class: "board-name", "data-board": row.board, "aria-label": `Open ${row.board}`, onclick: () => move({ board: row.board }) }, cardsOf(row.board).map((card) => cardTile(card)))
    : el("button", { type: "button", class: "board-name", "data-group": row.board, onclick: () => narrow(by, row.board) }, row.board, el("small", {}, ` ${row.rows}`));
  const body = shown.map((row) => el("tr", { class: row.board === keys.board ? "chosen" : null }, el("th", { scope: "row" }, first(row)), cells(row)));
  const all = inside.length ? el("tr", { class: "all" }, el("th", { scope: "row" }, `${inside.length === found.rows.length ? "all" : "these"} ${number(inside.length, 0)}`), cells(together("", inside))) : null;
  const sorts = [["", by === "board" ? "Board" : BY[by]], ...columns()].map(([key, text, , , title]) => {
    const now = (keys.sort || "") === key;
    const up = now && Boolean(keys.up);
    return el("th", { scope: "col", "aria-sort": now ? (up ? "ascending" : "descending") : null }, el("button", { type: "button", class: "sort", title, "data-sort": key, onclick: () => move({ sort: key, up: now && !up ? "1" : null }) }, text, el("span", { class: now ? "" : "soft", "aria-hidden": true }, now ? (up ? " ▴" : " ▾") : " ↕")));
  });
  const [name, ...others] = sorts;
  return el("section", { class: "panel", "aria-label": "Boards" }, legend,
    el("div", { class: "scroll" }, el("table", { class: "numbers", id: "boards" }, el("thead", {}, el("tr", {}, name, el("th", {}, el("span", { class: "unseen" }, "Bar")), others), all), el("tbody", {}, body))),
    rows.length > shown.length ? el("button", { type: "button", id: "all", onclick: () => move({ all: "1" }) }, `Show all ${number(rows.length, 0)}`) : null,
    rows.length ? null : el("p", {}, "No board is like that."));
}

// From a row of many boards to these boards.
function narrow(by, value) {
  if (by !== "group") {
    move({ [by]: value, by: null });
    return;
  }
  const row = found.rows.find((each) => each.group === value);
  move({ pairs: row.pairs, suits: row.suits, high: row.high, by: null });
}

function panel(row) {
  const classes = colours(found.actions);
  const close = () => move({ board: null });
  const fact = (name, value, kind) => el("div", {}, el("dt", {}, name), el("dd", { class: kind || "" }, value));
  const bars = found.actions.map((action, at) => el("div", { class: "action" }, el("span", { class: `swatch ${classes[at]}` }), el("span", { class: "name" }, action.text), el("span", {}), el("span", { class: "share" }, percent(row.play[at])), el("span", { class: "bar" }, el("span", { class: classes[at], "width%": 100 * (row.play[at] || 0) }))));
  return el("section", { class: "panel", id: "board", "aria-label": `Board ${row.board}` },
    el("h2", {}, cardsOf(row.board).map((card) => cardTile(card)), el("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "×")),
    el("p", { class: "soft" }, `${row.pairs}, ${row.suits}, ${row.high} high, ${row.straights || "no"} straight${row.straights === 1 ? "" : "s"} possible; stands for ${number(row.weight)} board${row.weight === 1 ? "" : "s"}, ${percent(row.share, 2)} of what comes`),
    el("div", { class: "actions" }, bars),
    row.play[0] === null ? el("p", { class: "soft" }, "The solution never comes to this decision here.") : null,
    el("dl", { class: "facts spaced" }, found.positions.map((position, at) => [fact(`EV of ${position}`, number(row.ev[at], 3), "ev"), fact(`Equity of ${position}`, percent(row.equity[at]), "equity")]),
      fact("Exploitability", `${row.exploitability_pct.toPrecision(3)} % of the pot`), fact("Iterations", number(row.iterations, 0)), fact("Seconds", number(row.seconds))),
    el("p", { class: "row spaced" }, row.solution ? el("a", { id: "solution", href: addressOf("solution", { of: row.solution }), onclick: follow }, "Its solution, hand by hand") : el("span", { class: "soft" }, "Its solution was not kept (resolve report --solutions)."),
      el("a", { href: addressOf("spot", { of: `${found.name}:${row.board}` }), onclick: follow }, "Change the spot on this board")));
}

export function key(event) {
  const rows = [...document.querySelectorAll(".board-name")];
  const at = rows.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!rows.length) return false;
    const to = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)));
    rows[to].focus();
    return true;
  }
  if (event.key === "o") document.getElementById("solution")?.click();
  else if (event.key === "Escape" && here().keys.board) move({ board: null });
  else return false;
  return true;
}
