// Choosing cards: a board by its 52 cards, or by the ranks of a toy deck.

import { RANKS, SUITS, cardName, cardTile, cardsOf, el } from "./dom.js";

// done(board): called with the cards' text once there are as many as wanted. taken: cards that cannot be chosen.
export function cardPicker({ wanted, board, ranks, title, done, cancel }) {
  const chosen = ranks.length ? board.split("") : cardsOf(board);
  chosen.length = Math.min(chosen.length, wanted);
  const count = el("span", { class: "count" });
  const deck = ranks.length ? [ranks] : [...SUITS].map((suit) => [...RANKS].map((rank) => rank + suit));
  const buttons = new Map();
  const all = deck.flat();
  const mark = () => {
    count.textContent = wanted > 1 ? `${chosen.length} of ${wanted}` : "";
    for (const [card, button] of buttons) {
      const on = chosen.includes(card);
      button.setAttribute("aria-pressed", on);
      button.classList.toggle("on", on);
    }
  };
  const toggle = (card) => {
    const place = chosen.indexOf(card);
    if (place >= 0) chosen.splice(place, 1);
    else chosen.push(card);
    mark();
    if (chosen.length === wanted) done(chosen.join(""));
  };
  const random = () => {
    while (chosen.length < wanted) {
      const card = all[crypto.getRandomValues(new Uint32Array(1))[0] % all.length];
      if (!chosen.includes(card)) chosen.push(card);
    }
    done(chosen.join(""));
  };
  const rows = deck.map((row) => el("div", { class: "deck-row" }, row.map((card) => {
    const button = el("button", { type: "button", "data-card": card, "aria-label": card.length === 2 ? cardName(card) : card, onclick: () => toggle(card) }, cardTile(card));
    buttons.set(card, button);
    return button;
  })));
  const box = el("section", { class: "picker", "aria-label": title },
    el("h2", {}, title, " ", count),
    el("div", { class: "deck" }, rows),
    el("p", { class: "row" },
      el("button", { type: "button", class: "random", onclick: random }, "Random"),
      el("button", { type: "button", onclick: () => { chosen.length = 0; mark(); } }, "Clear"),
      cancel ? el("button", { type: "button", onclick: cancel }, "Cancel") : null));
  box.addEventListener("keydown", (event) => {
    const cards = [...box.querySelectorAll("[data-card]")];
    const place = cards.indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -13, ArrowDown: 13 }[event.key];
    if (place < 0 || !step) return;
    event.preventDefault();
    event.stopPropagation();
    (cards[place + step] || event.target).focus();
  });
  // shares: {card: share}; a bar under each card, as wide as that share of the largest; told: {card: number below it,
  // in words}, or the share in percent; tones: {card: step}, a colour from dark to light.
  box.tell = (shares, text, { told = {}, tones = null } = {}) => {
    const most = Math.max(1e-9, ...Object.values(shares));
    for (const each of box.querySelectorAll(".bar, small.value, p.soft")) each.remove();
    for (const [card, button] of buttons) {
      if (shares[card] === undefined) {
        button.disabled = !chosen.includes(card);
        continue;
      }
      const [value, words] = told[card] || [`${Math.round(100 * shares[card])}`, `${Math.round(100 * shares[card])} %`];
      const bar = tones ? el("span", { class: `tone h${tones[card] ?? "none"}` }) : el("span", { class: "bet3", "width%": (100 * shares[card]) / most });
      button.append(el("span", { class: `bar ${tones ? "full" : ""}` }, bar), el("small", { class: "value" }, value));
      button.setAttribute("aria-label", `${cardName(card)}: ${words}`);
    }
    box.append(el("p", { class: "soft" }, text));
  };
  mark();
  return box;
}
