// Elements made from words. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("aria-")) made.setAttribute(name, String(value));
    else if (value === false) continue;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in made) made.value = value;
    else if (name === "width%") made.style.width = `${value}%`;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

// In the place of what is there; what is null is left out.
export function fill(box, ...children) {
  box.replaceChildren();
  return filled(box, {}, children);
}

export function say(text) {
  document.getElementById("said").textContent = text;
}

export const RANKS = "AKQJT98765432";
export const SUITS = "shdc";
const SIGNS = { s: "♠", h: "♥", d: "♦", c: "♣" };
const SUIT_NAMES = { s: "spades", h: "hearts", d: "diamonds", c: "clubs" };

export function className(row, column) {
  const [high, low] = [RANKS[Math.min(row, column)], RANKS[Math.max(row, column)]];
  return high + low + (row === column ? "" : row < column ? "s" : "o");
}

export function cardsOf(text) {
  return text.match(/[2-9TJQKA][shdc]/g) || [];
}

export function cardName(card) {
  return `${card[0]} of ${SUIT_NAMES[card[1]]}`;
}

// A card as a small tile: rank and suit sign, a colour for each suit.
export function cardTile(card, attributes = {}) {
  const known = card.length === 2;
  return el("span", { class: `card ${known ? "suit-" + card[1] : ""}`, role: "img", "aria-label": known ? cardName(card) : card, ...attributes },
    known ? card[0] : card, known ? el("i", {}, SIGNS[card[1]]) : null);
}

export function percent(share, digits = 1) {
  return share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;
}

export function number(value, digits = 2) {
  if (value === null || value === undefined) return "–";
  const shown = value.toLocaleString("en", { maximumFractionDigits: digits });
  return shown === "-0" ? "0" : shown;
}

// A spot that was solved here, by its board and when it was; other names as they are.
export function spotName(name) {
  const found = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\w*)-[0-9a-f]{4}$/.exec(name);
  if (!found) return name;
  const [, year, month, day, hour, minute, second, board] = found;
  return `${cardsOf(board).join(" ")}, ${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

const PLACES = { oop: "out of position: acts first", ip: "in position: acts last" };

// What the short name of a position means; null where it is no short name.
export function placeName(position) {
  return PLACES[position] ?? null;
}

export function typing(event) {
  return event.target.closest("input:not([type=checkbox]), select, textarea, dialog[open]") !== null || event.ctrlKey || event.metaKey || event.altKey;
}
