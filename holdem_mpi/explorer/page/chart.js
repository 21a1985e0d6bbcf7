// Lines over time or iterations: each series with its marks, values under the pointer, axes straight or logarithmic.

import { el, svg } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [560, 230, 58, 30, 10, 14];
const MARKS = ["M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0", "M-3 -3h6v6h-6z", "M0 -4l4 7h-8z", "M-4 0l4 -4l4 4l-4 4z"];

export function short(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  for (const [least, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (size >= least) return `${Number((value / least).toPrecision(3))}${letter}`;
  return `${Number(value.toPrecision(3))}`;
}

function scale(values, log, from, to, zero = false) {
  const known = values.filter((value) => value !== null && Number.isFinite(value) && (!log || value > 0));
  let [low, high] = [Math.min(...known), Math.max(...known)];
  if (!known.length) [low, high] = [log ? 1 : 0, 1];
  const of = log ? Math.log10 : (value) => value;
  if (!log && low > 0 && (zero || low < 0.6 * high)) low = 0;
  if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
  const [start, end] = [of(low), of(high)];
  const place = (value) => from + ((of(value) - start) / (end - start)) * (to - from);
  return { place, ticks: log ? decades(low, high) : evenly(low, high), low, high };
}

function evenly(low, high) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough) * power;
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) ticks.push(Number(at.toPrecision(12)));
  return ticks;
}

function decades(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const digit of high / low > 200 ? [1] : high / low > 8 ? [1, 3] : [1, 1.5, 2, 3, 4, 5, 7]) {
      const at = Number((digit * 10 ** power).toPrecision(12));
      if (at >= low * 0.999 && at <= high * 1.001) ticks.push(at);
    }
  return ticks;
}

// series: [{name, points: [{x, y, low?, high?}]}]. log: {x, y}. zero: the upward axis begins there.
export function lineChart({ title, series, x, y, log = {}, format = short, zero = false }) {
  const points = series.flatMap((each) => each.points).filter((point) => point.y !== null && point.y !== undefined);
  if (!points.length) return null;
  const across = scale(points.map((point) => point.x), log.x, LEFT, WIDTH - RIGHT);
  const up = scale(points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]), log.y, HEIGHT - BOTTOM, TOP, zero);
  const seen = (point) => point.y !== null && point.y !== undefined && (!log.x || point.x > 0) && (!log.y || point.y > 0);
  const parts = [];
  for (const tick of across.ticks) parts.push(svg("line", { class: "rule", x1: across.place(tick), x2: across.place(tick), y1: TOP, y2: HEIGHT - BOTTOM }), svg("text", { x: across.place(tick), y: HEIGHT - 12, "text-anchor": "middle" }, short(tick)));
  for (const tick of up.ticks) parts.push(svg("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: up.place(tick), y2: up.place(tick) }), svg("text", { x: LEFT - 6, y: up.place(tick) + 4, "text-anchor": "end" }, format(tick)));
  series.forEach((each, number) => {
    const shown = each.points.filter(seen);
    const path = shown.map((point, place) => `${place ? "L" : "M"}${across.place(point.x).toFixed(1)} ${up.place(point.y).toFixed(1)}`).join("");
    const line = svg("g", { class: `series s${number % 6}` }, svg("path", { d: path, class: "line" }));
    for (const point of shown) {
      if (point.low !== null && point.low !== undefined) line.append(svg("line", { class: "whisker", x1: across.place(point.x), x2: across.place(point.x), y1: up.place(Math.max(point.low, up.low)), y2: up.place(point.high) }));
      if (shown.length < 60) line.append(svg("path", { d: MARKS[number % 4], class: "mark", transform: `translate(${across.place(point.x).toFixed(1)} ${up.place(point.y).toFixed(1)})` }));
    }
    parts.push(line);
  });
  const line = el("figcaption", { class: "soft" }, "\u00a0");
  const cursor = svg("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: ${series.map((each) => `${each.name} ${each.points.length ? format(each.points[each.points.length - 1].y) : "nothing"}`).join(", ")}` }, parts, cursor);
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    const near = series.map((each) => each.points.filter(seen).reduce((best, point) => (best && Math.abs(across.place(best.x) - at) <= Math.abs(across.place(point.x) - at) ? best : point), null));
    const first = near.find((point) => point);
    if (!first) return;
    cursor.setAttribute("x1", across.place(first.x));
    cursor.setAttribute("x2", across.place(first.x));
    cursor.setAttribute("visibility", "visible");
    line.textContent = near.map((point, place) => point && `${series.length > 1 ? series[place].name + ": " : ""}${format(point.y)}${point.low === null || point.low === undefined ? "" : ` (${format(point.low)} to ${format(point.high)})`} at ${short(point.x)} ${x}`).filter(Boolean).join("; ");
  });
  picture.addEventListener("pointerleave", () => { cursor.setAttribute("visibility", "hidden"); line.textContent = "\u00a0"; });
  return el("figure", { class: "chart" }, el("h3", {}, title, el("small", {}, ` ${y}, over ${x}`)), picture, line);
}
