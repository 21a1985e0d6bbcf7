// The frame of all views: the way between them, the theme, help, and the token where it is asked for.

import { Refused, get } from "./api.js";
import { addressOf, go, here } from "./address.js";
import { el, say, typing } from "./dom.js";
import * as blueprint from "./blueprint.js";
import * as play from "./play.js";
import * as report from "./report.js";
import * as run from "./run.js";
import * as solution from "./solution.js";
import * as spot from "./spot.js";
import * as start from "./start.js";

const VIEWS = { "": start, blueprint, run, spot, solution, report, play };
const NAMES = [["blueprint", "Blueprint", "policy"], ["run", "Run", "run"], ["spot", "Spot", null], ["solution", "Solution", null], ["report", "Report", "report"], ["play", "Play", "policy"]];
let shown = null;
let sources = [];
let asked = 0;

function forgetToken() {
  const { view, keys } = here();
  if ("token" in keys) history.replaceState(null, "", addressOf(view, { ...keys, token: null }));
}

function theme() {
  const kept = localStorage.getItem("theme");
  if (kept) document.documentElement.dataset.theme = kept;
}

function switchTheme() {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem("theme", dark ? "light" : "dark");
  theme();
}

function top() {
  const { view, keys } = here();
  const links = NAMES.filter(([, , kind]) => kind === null || sources.some((each) => each.kind === kind)).map(([name, text, kind]) => {
    const first = sources.find((each) => each.kind === kind);
    const of = name === view ? keys : first ? { of: first.name } : {};
    return el("a", { href: addressOf(name, of), "aria-current": name === view ? "page" : null, onclick: follow }, text);
  });
  const bar = document.getElementById("top");
  bar.replaceChildren(
    el("a", { href: "/", class: "brand", onclick: follow }, el("img", { src: "/page/icon.svg", alt: "", width: 22, height: 22 }), "holdem_mpi"),
    el("nav", { "aria-label": "Views" }, links),
    el("span", { class: "tools" },
      el("button", { type: "button", onclick: switchTheme, "aria-label": "Dark or light", title: "Dark or light" }, "◐"),
      el("button", { type: "button", onclick: help, "aria-label": "Keys", title: "Keys (?)" }, "?")));
}

export function follow(event) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const to = new URL(event.currentTarget.href);
  go(to.pathname.slice(1), Object.fromEntries(to.searchParams));
}

function help() {
  const rows = [...(shown.KEYS || []), ["?", "this list"], ["Esc", "close it"]];
  const box = el("dialog", { "aria-label": "Keys" }, el("h2", {}, "Keys"),
    el("dl", { class: "keys" }, rows.map(([key, text]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, text)])),
    el("form", { method: "dialog" }, el("button", { autofocus: true }, "Close")));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}

// Asked where the browser has no cookie yet: what the terminal printed opens this same address.
function askToken() {
  const { keys } = here();
  const kept = Object.entries(keys).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const form = el("form", { method: "get", action: location.pathname, class: "notice" },
    el("h1", {}, "Who is there?"),
    el("p", {}, "This browser has not been here before. Type the token that the server printed at its start, after “token=”."),
    kept,
    el("label", {}, "Token ", el("input", { name: "token", autocomplete: "off", required: true, size: 36 })), " ",
    el("button", {}, "Enter"));
  document.getElementById("view").replaceChildren(form);
}

// There is nothing to show yet: what to do about it, and the view and words that lead there.
export class Empty extends Error {
  constructor(title, text, view = "", words = "To the start") {
    super(text);
    Object.assign(this, { title, view, words });
  }
}

function failed(error) {
  if (error.name === "AbortError") return;
  if (error instanceof Refused && error.status === 401) {
    askToken();
    return;
  }
  const [title, view, words] = error instanceof Empty ? [error.title, error.view, error.words] : ["That cannot be shown", "", "To the start"];
  document.getElementById("view").replaceChildren(el("section", { class: "notice", role: "alert" }, el("h1", {}, title), el("p", {}, error.message), el("p", {}, el("a", { href: addressOf(view, {}), onclick: follow }, words))));
  say(error.message);
}

async function show() {
  const { view, keys } = here();
  const box = document.getElementById("view");
  if (shown && shown.leave) shown.leave();
  shown = VIEWS[view] || start;
  document.title = `${(NAMES.find(([name]) => name === view) || [0, "Start"])[1]} · holdem_mpi`;
  top();
  asked += 1;
  const mine = asked;
  box.setAttribute("aria-busy", "true");
  try {
    await shown.show(box, keys, { sources, failed });
  } catch (error) {
    failed(error);
  }
  if (mine === asked) box.setAttribute("aria-busy", "false");
}

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  if (event.key === "?") help();
  else if (shown && shown.key && shown.key(event)) event.preventDefault();
});
addEventListener("popstate", show);
addEventListener("moved", show);

theme();
forgetToken();
try {
  sources = (await get("sources")).sources;
  await show();
} catch (error) {
  failed(error);
}
