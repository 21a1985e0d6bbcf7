// A table: the human against a policy, hand after hand; when one is over, what the policy would have done with others.

import { get, post, url } from "./api.js";
import { addressOf, go, here } from "./address.js";
import { cardTile, cardsOf, el, number, percent, say } from "./dom.js";
import { colours } from "./grid.js";
import { follow } from "./main.js";

export const KEYS = [["1 … 9", "that action"], ["f", "fold"], ["c", "check or call"], ["n", "the next hand"]];
const SEARCHES = [["", "plays its blueprint"], ["200", "searches 0.2 s a decision"], ["1000", "searches 1 s a decision"], ["5000", "searches 5 s a decision"]];
let box = null;
let view = null;
let table = null;
let busy = false;
let policies = [];
let judged = null;

function playable(source) {
  return source.kind === "policy" && (!source.game || (source.game.deck === "holdem"));
}

export async function show(place, keys, { sources }) {
  [box, view, table, busy] = [place, null, keys.table || null, false];
  policies = sources.filter(playable).map((each) => each.name);
  judged = null;
  if (table) {
    view = await get("play/table", { table });
    judged = await get("play/judged", { table });
  }
  draw();
  if (judged && judged.state === "runs") wait();
}

function draw() {
  box.replaceChildren(el("div", { class: "play" }, el("h1", {}, "Play"), seatForm(), el("p", { id: "refused", class: "wrong", role: "alert" }), view ? felt() : el("p", { class: "soft" }, policies.length ? "Stacks anew each hand; all move on by a seat after every hand." : "None of the policies here is of hold'em.")));
}

function seatForm() {
  const of = here().keys.of || policies[0];
  const policy = el("select", { id: "policy" }, policies.map((name) => el("option", { value: name, selected: name === of }, name)));
  const search = el("select", { id: "search" }, SEARCHES.map(([value, text]) => el("option", { value, selected: String((view && view.search_ms) || "") === value }, text)));
  const sit = (event) => {
    event.preventDefault();
    ask(() => post("play/sit", { of: policy.value, search_ms: search.value ? Number(search.value) : null }), (told) => go("play", { of: policy.value, table: told.table }));
  };
  return el("form", { class: "row spaced", onsubmit: sit }, el("label", {}, "Against ", policy), el("label", {}, "which ", search), el("button", { class: view ? "" : "main", id: "sit" }, view ? "Sit at a new table" : "Sit down"));
}

// One question at a time; what is refused is said, and the hand stays as it was.
async function ask(question, then) {
  if (busy) return;
  busy = true;
  box.classList.add("busy");
  try {
    const told = await question();
    busy = false;
    then(told);
  } catch (error) {
    say(error.message);
    document.getElementById("refused")?.replaceChildren(error.message);
  }
  busy = false;
  box.classList.remove("busy");
}

function chips(count) {
  return `${number(count)} (${number(count / view.big_blind, 1)} bb)`;
}

function hand({ name, position, cards, stack, folded }, acts) {
  const of = position.startsWith("seat") ? "" : ` (${position})`;
  return el("div", { class: `seat ${acts ? "acts" : ""}` }, el("b", {}, called(name), of), folded ? el("small", {}, "folded") : null, el("span", { class: "hole" }, cards ? cardsOf(cards).map((card) => cardTile(card)) : [el("span", { class: "card back", "aria-label": "hidden" }, "?"), el("span", { class: "card back", "aria-hidden": true }, "?")]), el("span", {}, chips(stack)));
}

function called(name) {
  return name[0].toUpperCase() + name.slice(1);
}

function felt() {
  // In the order in which they act after the human.
  const others = view.players.slice(1).map((_, place) => view.players[(view.seat + 1 + place) % view.players.length]);
  return el("div", { class: "two" },
    el("section", { class: "panel felt", "aria-label": `Hand ${view.hand + 1}` },
      others.map((each) => hand(each, false)),
      el("div", { class: "middle" }, el("div", { class: "board", "aria-label": "Board" }, view.board ? cardsOf(view.board).map((card) => cardTile(card)) : el("span", { class: "soft" }, "no cards on the board yet")), el("div", {}, "Pot ", el("b", { class: "pot" }, chips(view.pot)))),
      hand(view.players[view.seat], !view.over),
      view.over ? result() : choices()),
    el("div", {}, tally(), story()));
}

function result() {
  const words = view.won > 0 ? `You win ${number(view.won)}` : view.won < 0 ? `You lose ${number(-view.won)}` : "Nobody wins";
  return el("div", { class: "choices" }, el("p", { class: "result", role: "status" }, words), el("button", { type: "button", class: "main", id: "next", onclick: next }, "Next hand ", el("kbd", {}, "n")));
}

function choices() {
  const classes = colours(view.actions);
  const buttons = view.actions.map((action, place) => el("button", { type: "button", class: `action ${action.kind}`, "data-action": action.action, onclick: () => act(action.action) },
    el("span", { class: `swatch ${classes[place]}` }), el("kbd", {}, String(place + 1)), el("span", { class: "name" }, action.text, action.kind === "call" && view.to_call ? ` ${number(view.to_call)}` : "", action.share === null ? null : el("small", {}, ` · ${percent(action.share, 0)} pot`)), el("span", {})));
  const size = el("input", { type: "number", id: "size", min: view.raise_from, max: view.raise_to, step: 1, required: true, placeholder: `${view.raise_from} to ${view.raise_to}`, "aria-label": "Chips in all" });
  const other = view.raise_to ? el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); act(`r${Math.round(Number(size.value))}`); } }, size, el("button", {}, "Bet or raise to")) : null;
  return el("div", { class: "choices" }, el("div", { class: "actions" }, buttons), other, view.odds === null ? null : el("p", { class: "soft" }, `To call you need to win ${percent(view.odds)} of the time.`));
}

function act(action) {
  ask(() => post("play/act", { table, action, hand: view.hand }), (told) => { view = told; draw(); document.getElementById("next")?.focus(); });
}

function next() {
  ask(() => post("play/deal", { table }), (told) => { view = told; draw(); });
}

function tally() {
  const each = view.hands ? (1000 * view.total) / view.big_blind / view.hands : null;
  const files = view.hands ? [["phhs", "PHH"], ["acpc", "ACPC log"]].map(([form, text]) => el("a", { href: url("play/hands", { table, form }), download: "" }, text)) : null;
  return el("section", { class: "panel" }, el("dl", { class: "facts" },
    [["Hands", String(view.hands), "hands"], ["You won in all", number(view.total), "total"], ["That is", each === null ? "–" : `${number(each, 0)} mbb/g`]].map(([name, value, kind]) => el("div", {}, el("dt", {}, name), el("dd", { class: kind || "" }, value)))),
    files ? el("p", { class: "row" }, "Save the hands", files, el("button", { type: "button", id: "judge", onclick: judge, disabled: judged && judged.state === "runs" }, judged && judged.state === "runs" ? "Judging …" : "Judge the session")) : null,
    judged && judged.state === "done" ? verdict() : judged && judged.state === "failed" ? el("p", { class: "hint" }, judged.error) : null);
}

function estimate(found) {
  return found ? `${number(found.mean, 0)} (${number(found.interval_95[0], 0)} to ${number(found.interval_95[1], 0)}) mbb/g` : "–";
}

function verdict() {
  const rows = judged.dearest.filter((each) => each.ev_lost > 0).map((each) => el("li", {}, `Hand ${Number(each.hand) + 1}, ${each.street}: `, cardsOf(each.cards).map((card) => cardTile(card)), ` ${each.taken}, which the policy does ${percent(each.probability, 0)} of the time (most often ${each.policy}); costs ${number(each.ev_lost, 0)} chips`));
  return el("div", { class: "verdict" }, el("dl", { class: "facts" },
    [[`Your result over ${judged.hands} hands`, estimate(judged.plain), "plain"], ["without most of the luck (AIVAT)", estimate(judged.aivat), "aivat"], ["EV lost to the policy's play", estimate(judged.ev_lost), "lost"]].map(([name, value, kind]) => el("div", {}, el("dt", {}, name), el("dd", { class: kind }, value)))),
    el("small", {}, "In brackets: 95 % intervals."), rows.length ? [el("h3", {}, "Dearest decisions"), el("ol", { class: "story" }, rows)] : null);
}

// The hands so far are judged in a process of their own; it takes half a minute or so.
async function judge() {
  try {
    judged = await post("play/judge", { table });
    draw();
    await wait();
  } catch (error) {
    say(error.message);
    document.getElementById("refused")?.replaceChildren(error.message);
  }
}

async function wait() {
  const mine = table;
  while (judged && judged.state === "runs") {
    await new Promise((done) => { setTimeout(done, 700); });
    if (mine !== table || here().view !== "play") return;
    judged = await get("play/judged", { table });
    if (judged.state !== "runs") draw();
  }
}

function story() {
  const policy = here().keys.of;
  const lines = view.told.map((step) => {
    const more = [];
    if (step.source) more.push(step.source === "blueprint" ? "blueprint" : `${step.source}, ${Math.round(step.milliseconds)} ms`);
    if (step.strategy) more.push(Object.entries(step.strategy).map(([action, share]) => `${action} ${percent(share, 0)}`).join(", "));
    const link = view.over && step.who !== "you" ? el("a", { href: addressOf("blueprint", { of: policy, line: step.betting, board: step.board }), onclick: follow }, "what it does there with every hand") : null;
    return el("li", {}, el("b", {}, called(step.who)), ` ${step.text} `, el("small", {}, more.join(": ")), " ", link);
  });
  return el("section", { class: "panel" }, el("h2", {}, "This hand", el("small", {}, view.over ? ` and what the bot${view.players.length > 2 ? "s" : ""} would have done` : "")), lines.length ? el("ol", { class: "story" }, lines) : el("p", { class: "soft" }, "You are the first to act."));
}

export function key(event) {
  if (!view) return false;
  if (event.key === "n" && view.over) next();
  else if (!view.over && /^[1-9]$/.test(event.key) && view.actions[Number(event.key) - 1]) act(view.actions[Number(event.key) - 1].action);
  else if (!view.over && (event.key === "f" || event.key === "c") && view.actions.some((action) => action.action === event.key)) act(event.key);
  else return false;
  return true;
}
