// Where the page is: the view's name and its keys, all of them in the address.

export function here() {
  const keys = Object.fromEntries(new URLSearchParams(location.search));
  return { view: location.pathname.slice(1), keys };
}

export function addressOf(view, keys) {
  const given = Object.entries(keys).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return `/${view}${query ? "?" + query : ""}`;
}

export function go(view, keys) {
  history.pushState(null, "", addressOf(view, keys));
  dispatchEvent(new Event("moved"));
}

// A change that the back button does not count, and that needs no new page.
export function note(changes) {
  const { view, keys } = here();
  history.replaceState(null, "", addressOf(view, { ...keys, ...changes }));
}
