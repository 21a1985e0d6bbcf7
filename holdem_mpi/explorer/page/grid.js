// The 13 x 13 grid: in each class its actions side by side, as wide as they are often, as high as the class gets here.

import { RANKS, className, number, percent, svg } from "./dom.js";

const SIZE = 40;
const STEPS = 6;

// CSS classes of actions: what folds, what calls, and bets from the smallest to the largest.
export function colours(actions) {
  const bets = actions.filter((action) => action.kind === "raise").length;
  let bet = 0;
  return actions.map((action) => {
    if (action.kind !== "raise") return action.kind;
    const step = bets === 1 ? 2 : Math.round((bet * (STEPS - 1)) / (bets - 1));
    bet += 1;
    return `bet${step}`;
  });
}

export function told(cell, actions) {
  if (!cell) return "the board leaves none of its hands";
  if (cell.play.some((share) => share === null)) return "never gets here by its own actions";
  const ev = (place) => (cell.evs && cell.evs[place] !== null ? ` (EV ${number(cell.evs[place])})` : "");
  const shares = actions.map((action, place) => `${action.text} ${percent(cell.play[place])}${ev(place)}`);
  const never = cell.visited === 0 ? ", never visited by training" : cell.visited < 1 ? `, ${percent(1 - cell.visited)} of it never visited` : "";
  return `${shares.join(", ")}; gets here ${percent(cell.reach)}${never}`;
}

// cells: 169 in the order of the grid, null where there is none. show(name, cell): hovered or focused; open(name, byKey):
// clicked or entered. fill: what to paint, by default the actions.
export function handGrid({ cells, actions, label, show, open, chosen }) {
  const classes = colours(actions);
  const most = Math.max(1e-12, ...cells.map((cell) => (cell ? cell.reach : 0)));
  const side = 13 * SIZE;
  const rows = [];
  for (let row = 0; row < 13; row += 1) {
    const line = svg("g", { role: "row" });
    for (let column = 0; column < 13; column += 1) line.append(cellOf(row, column, cells, actions, classes, most, chosen));
    rows.push(line);
  }
  const grid = svg("svg", { viewBox: `-1 -1 ${side + 2} ${side + 2}`, class: "grid", role: "grid", "aria-label": label }, rows);
  const at = (event) => event.target.closest("[data-hand]");
  const tell = (event) => {
    const cell = at(event);
    if (cell) show(cell.dataset.hand, cells[Number(cell.dataset.place)]);
  };
  grid.addEventListener("pointerover", tell);
  grid.addEventListener("focusin", tell);
  grid.addEventListener("pointerleave", () => show(null, null));
  grid.addEventListener("click", (event) => at(event) && open(at(event).dataset.hand, false));
  grid.addEventListener("keydown", (event) => walk(event, grid, at(event), open));
  return grid;
}

function cellOf(row, column, cells, actions, classes, most, chosen) {
  const place = 13 * row + column;
  const [name, cell] = [className(row, column), cells[place]];
  const first = place === 0 ? "0" : "-1";
  const box = svg("g", {
    role: "gridcell", tabindex: first, "data-hand": name, "data-place": place, class: `cell ${cell ? "" : "gone"} ${name === chosen ? "chosen" : ""}`,
    transform: `translate(${column * SIZE} ${row * SIZE})`, "aria-label": `${name}: ${told(cell, actions)}`,
  });
  box.append(svg("rect", { class: "ground", width: SIZE - 1, height: SIZE - 1 }));
  if (cell && cell.play[0] !== null) {
    box.append(...mix(cell.play, classes, Math.min(1, cell.reach / most)));
    if (cell.visited !== undefined && cell.visited < 1) box.append(svg("path", { class: "unvisited", d: `M${SIZE - 1} 0v9l-9 -9z` }));
  }
  box.append(svg("text", { x: 3, y: 12.5 }, name), svg("rect", { class: "frame", width: SIZE - 1, height: SIZE - 1 }));
  return box;
}

// What is painted in a cell: shares of actions side by side, so much of its height.
function mix(play, classes, high) {
  const height = (SIZE - 1) * high;
  let from = 0;
  return play.map((share, each) => {
    const width = (SIZE - 1) * share;
    const x = from;
    from += width;
    return width > 0.05 && height > 0.05 ? svg("rect", { class: classes[each], x: x.toFixed(2), y: (SIZE - 1 - height).toFixed(2), width: width.toFixed(2), height: height.toFixed(2) }) : null;
  }).filter(Boolean);
}

// Show what is locked: locks by class or hand, shares of actions. The cells of whole classes get these in their place.
export function markLocks(grid, cells, actions, locks) {
  const classes = colours(actions);
  const some = new Set(Object.keys(locks).filter((name) => name.length === 4).map(classOf));
  for (const box of grid.querySelectorAll(".cell")) {
    const cell = cells[Number(box.dataset.place)];
    const play = locks[box.dataset.hand];
    const before = box.classList.contains("locked");
    box.classList.toggle("locked", Boolean(cell && play));
    box.classList.toggle("part-locked", Boolean(cell && !play && some.has(box.dataset.hand)));
    if (!cell || (!play && !before)) continue;
    for (const rect of box.querySelectorAll("rect:not(.ground):not(.frame)")) rect.remove();
    const shown = play || (cell.play[0] === null ? null : cell.play);
    if (shown) box.querySelector(".ground").after(...mix(shown, classes, Math.max(0.15, cell.reach)));
    box.setAttribute("aria-label", `${box.dataset.hand}: ${play ? `locked: ${told({ ...cell, play }, actions)}` : told(cell, actions)}`);
  }
}

// The class of a hand such as AhKs.
export function classOf(hand) {
  const [one, other] = [hand[0], hand[2]].sort((first, second) => RANKS.indexOf(first) - RANKS.indexOf(second));
  return one + other + (one === other ? "" : hand[1] === hand[3] ? "s" : "o");
}

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function walk(event, grid, cell, open) {
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") {
    open(cell.dataset.hand, true);
  } else if (MOVES[event.key]) {
    const place = Number(cell.dataset.place);
    const [row, column] = [Math.floor(place / 13) + MOVES[event.key][0], (place % 13) + MOVES[event.key][1]];
    if (row >= 0 && row < 13 && column >= 0 && column < 13) focusCell(grid, className(row, column));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

export function focusCell(grid, name) {
  for (const each of grid.querySelectorAll('[tabindex="0"]')) each.setAttribute("tabindex", "-1");
  const cell = grid.querySelector(`[data-hand="${name}"]`);
  cell.setAttribute("tabindex", "0");
  cell.focus();
}

// A small grid of one share a class: who may hold what.
export function rangeGrid(shares, label) {
  const most = Math.max(1e-12, ...shares.map((share) => share || 0));
  const boxes = shares.map((share, place) => svg("rect", {
    x: (place % 13) * 10, y: Math.floor(place / 13) * 10, width: 9.2, height: 9.2, class: "held", "fill-opacity": share ? (0.08 + (0.92 * share) / most).toFixed(3) : 0.04,
  }, svg("title", {}, `${className(Math.floor(place / 13), place % 13)}: ${percent(share)}`)));
  return svg("svg", { viewBox: "0 0 130 130", class: "small-grid", role: "img", "aria-label": label }, boxes);
}

export { RANKS };
