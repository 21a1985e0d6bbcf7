// A run's folder, followed while it trains; several runs over one another.

import { get, url } from "./api.js";
import { addressOf, go, here } from "./address.js";
import { lineChart, short } from "./chart.js";
import { el, number, percent, say } from "./dom.js";
import { follow } from "./main.js";

export const KEYS = [["x", "over iterations or over seconds"]];
const WORDS = { training: "trains", ended: "has ended", silent: "is silent", starting: "starts" };
let streams = [];
let states = new Map();
let box = null;
let runs = [];
let buckets = null;

export async function show(place, keys, { sources }) {
  [box, runs, states, buckets] = [place, sources.filter((each) => each.kind === "run"), new Map(), null];
  const names = namesOf(keys);
  if (!names.length) throw new Error("No run was named where the server was started.");
  for (const name of names) states.set(name, await get("run/state", { of: name }));
  draw();
  streams = names.map((name) => {
    const stream = new EventSource(url("run/follow", { of: name }));
    stream.onmessage = (event) => {
      const told = JSON.parse(event.data);
      if (told.error) { say(told.error); return; }
      states.set(name, told);
      draw();
    };
    return stream;
  });
  loadBuckets(names[0]);
}

async function loadBuckets(name) {
  try {
    const found = await get("run/buckets", { of: name });
    if (!states.has(name)) return;
    buckets = found;
    draw();
  } catch {
    buckets = null; // the tables are not built here: nothing to draw
  }
}

function namesOf(keys) {
  const named = (keys.of || "").split(",").filter(Boolean);
  return named.length ? named : runs.slice(0, 1).map((each) => each.name);
}

export function leave() {
  for (const stream of streams) stream.close();
  streams = [];
}

export function key(event) {
  if (event.key !== "x") return false;
  const { keys } = here();
  go("run", { ...keys, over: keys.over === "seconds" ? null : "seconds" });
  return true;
}

function draw() {
  const over = here().keys.over === "seconds" ? "seconds" : "iterations";
  const shown = [...states.values()];
  const focus = document.activeElement && document.activeElement.id;
  box.replaceChildren(el("div", { class: "run" },
    el("h1", {}, shown.map((each) => each.name).join(", ")), choice(over),
    shown.map(facts), legend(shown), el("div", { class: "charts" }, charts(shown, over)), bucketCharts(), shown.map(checkpoints), shown.map(logs)));
  if (focus) document.getElementById(focus)?.focus();
}

function choice(over) {
  const names = [...states.keys()];
  const toggle = (name) => {
    const next = names.includes(name) ? names.filter((each) => each !== name) : [...names, name];
    if (next.length) go("run", { ...here().keys, of: next.join(",") });
  };
  const boxes = runs.length < 2 ? null : el("fieldset", { class: "row" }, el("legend", {}, "Runs over one another"), runs.map((each) => el("label", {}, el("input", { type: "checkbox", id: `run-${each.name}`, checked: names.includes(each.name), onchange: () => toggle(each.name) }), ` ${each.name}`)));
  const axis = el("label", {}, "Over ", el("select", { id: "over", onchange: (event) => go("run", { ...here().keys, over: event.target.value === "seconds" ? "seconds" : null }) },
    el("option", { value: "iterations", selected: over === "iterations" }, "iterations"), el("option", { value: "seconds", selected: over === "seconds" }, "seconds")));
  return el("div", { class: "row" }, boxes, axis);
}

function time(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

function fact(name, value, kind = "") {
  return el("div", {}, el("dt", {}, name), el("dd", { class: kind }, value));
}

function facts(run) {
  const [last, done] = [run.last || {}, run.state.word === "ended" ? run.summary : null];
  const target = run.settings.iters;
  const at = (done || last).iterations || 0;
  const state = `${WORDS[run.state.word]}${run.state.by ? ` (${run.state.by})` : ""}${run.state.word === "silent" ? `: no line for ${time(run.state.age)}` : ""}`;
  const settings = Object.entries(run.settings).filter(([, value]) => value !== null && value.length !== 0).map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("/") : value}`);
  return el("section", { class: "panel", "data-run": run.name },
    el("h2", {}, run.name, el("small", {}, ` ${run.game} · `), el("span", { class: `state ${run.state.word}` }, state)),
    el("progress", { max: target, value: Math.min(at, target), "aria-label": `${at} of ${target} iterations` }),
    el("dl", { class: "facts" },
      fact("Iterations", `${number(at, 0)} of ${number(target, 0)}`, "iterations"),
      fact("Iterations/s", short((done || last).iterations_per_second), "speed"),
      fact("Merging", percent((done || last).merge_share), "merge"),
      done ? fact("Took", time(done.seconds)) : fact("ETA", time(last.eta), "eta"),
      last.infosets ? fact("Infosets visited", `${short(last.infosets_visited)} of ${short(last.infosets)}`) : null,
      done ? fact("Digest", el("code", {}, String(done.digest).slice(0, 16)), "digest") : null),
    el("p", { class: "soft" }, settings.join(" · ")),
    run.warnings.map((text) => el("p", { class: "hint" }, text)),
    run.checkpoints.length || done ? el("p", {}, el("a", { href: addressOf("blueprint", { of: run.name }), onclick: follow }, "Walk through its policy")) : null);
}

function charts(shown, over) {
  const lines = (of, value) => shown.map((run) => ({ name: run.name, points: of(run).map((point) => ({ x: point[over], y: value(point), low: point.low, high: point.high })) }));
  const measured = [...new Set(shown.flatMap((run) => Object.keys(run.measures)))];
  const seconds = (run) => (point) => run.checkpoints.find((each) => each.iterations === point.iterations)?.seconds ?? (run.summary && run.summary.iterations === point.iterations ? run.summary.seconds : null);
  const measures = measured.map((name) => {
    const series = shown.filter((run) => run.measures[name]).map((run) => ({ name: run.name, points: run.measures[name].map((point) => ({ x: over === "seconds" ? seconds(run)(point) : point.iterations, y: point.value, low: point.low, high: point.high })).filter((point) => point.x) }));
    return lineChart({ title: name === "lbr" ? "Local best response wins" : "Exploitability", series, x: over, y: "mbb/g", log: { x: true, y: true } });
  });
  return [...measures,
    lineChart({ title: "Speed", series: lines((run) => run.metrics, (point) => point.iterations_per_second), x: over, y: "iterations/s", zero: true }),
    lineChart({ title: "Share of merging", series: lines((run) => run.metrics, (point) => point.merge_share), x: over, y: "of the time", format: (share) => percent(share, 0), zero: true })];
}

function legend(shown) {
  if (shown.length < 2) return null;
  return el("ul", { class: "legend row" }, shown.map((run, place) => el("li", {}, el("span", { class: `swatch s${place % 6}` }), run.name)));
}

function bucketCharts() {
  if (!buckets || !buckets.streets.length) return null;
  const charts = buckets.streets.map((street) => {
    const order = street.equity.map((equity, place) => ({ x: equity, y: street.share[place] })).sort((one, other) => one.x - other.x);
    return lineChart({ title: `${street.name}: ${street.buckets} buckets`, series: [{ name: street.name, points: order }], x: "mean equity", y: "share of the deals", format: (share) => percent(share), zero: true });
  });
  return el("section", {}, el("h2", {}, "Buckets by equity"), el("div", { class: "charts" }, charts));
}

function checkpoints(run) {
  if (!run.checkpoints.length) return null;
  const rows = run.checkpoints.map((each) => el("tr", {},
    el("th", { scope: "row" }, el("a", { href: addressOf("blueprint", { of: `${run.name}@${each.number}` }), onclick: follow }, String(each.number))),
    el("td", {}, number(each.iterations, 0)), el("td", {}, time(each.seconds)), el("td", {}, each.kept ? "for good" : "")));
  return el("section", { class: "panel" }, el("h2", {}, `Checkpoints of ${run.name}`), el("div", { class: "scroll" }, el("table", { class: "numbers narrow" },
    el("thead", {}, el("tr", {}, ["Batch", "Iterations", "After", "Kept"].map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, rows))));
}

function logs(run) {
  return run.logs.map((log) => el("section", { class: "panel" }, el("h2", {}, log.name, el("small", {}, " last lines")), el("pre", {}, log.end)));
}
