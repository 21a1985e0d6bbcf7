// Questions to this server's API: the same numbers as the Python API's.

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function answered(response) {
  let told;
  try {
    told = await response.json();
  } catch {
    throw new Refused(response.status, "the server's answer cannot be read");
  }
  if (!response.ok) throw new Refused(response.status, told.error || `status ${response.status}`);
  return told;
}

async function asked(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "the server does not answer; it may have been ended");
  }
  return answered(response);
}

export function url(name, keys = {}) {
  const given = Object.entries(keys).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return `/api/${name}${query ? "?" + query : ""}`;
}

export function get(name, keys, signal) {
  return asked(url(name, keys), { signal });
}

// What is refused for what somebody typed is an answer with an error in it: no failed request.
export async function post(name, keys) {
  const told = await asked(`/api/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(keys) });
  if (told.error) throw new Refused(200, told.error);
  return told;
}
