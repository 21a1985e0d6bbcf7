// What the server was started with, as a list of ways in.

import { addressOf } from "./address.js";
import { el } from "./dom.js";
import { follow } from "./main.js";

const PARTS = [
  ["policy", "blueprint", "Blueprint", "Walk through a strategy from the first decision to the river."],
  ["run", "run", "Run", "Follow a training: speed, merging, checkpoints, exploitability."],
  ["spot", "spot", "Spot", "Change a spot, solve it, and look at every decision: strategy, and the EV of each action by hand."],
  ["solution", "solution", "Solution", "Strategies, EVs and equities of what was solved."],
  ["report", "report", "Report", "One spot on many boards: which are bet most, by board and by texture."],
  ["policy", "play", "Play", "Hands against a policy, with or without search."],
];

export async function show(box, keys, { sources }) {
  const parts = PARTS.map(([kind, view, title, text]) => {
    const found = sources.filter((each) => each.kind === kind);
    if (!found.length) return null;
    const items = found.map((each) => el("li", {}, el("a", { href: addressOf(view, { of: each.name }), onclick: follow }, each.name), el("small", {}, each.game && each.game.name !== each.name ? `${each.game.name} · ` : "", each.path)));
    return el("section", { class: "panel" }, el("h2", {}, title), el("p", { class: "soft" }, text), el("ul", { class: "plain" }, items));
  });
  box.replaceChildren(el("div", { class: "start" }, el("h1", {}, "What do you want to look at?"), parts));
}
