// What phone.js and panels.js share: making elements, speaking with the sandbox, drawing what has changed.
export const $ = (id) => document.getElementById(id);
export const CARD = "M4 8a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 10h16M7.5 14.5h4";
export const CHECK = "M5 12.5l4.5 4.5L19 7.5";
export const CROSS = "M7 7l10 10M17 7L7 17";
export const ONWARD = "M9.5 5l7 7-7 7";

export const make = (tag, options = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name === "click") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

export const icon = (path, size) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  if (size) { svg.setAttribute("width", size); svg.setAttribute("height", size); }
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
};

let hiding = 0;
export const toast = (text) => {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { $("toast").hidden = true; }, 3000);
};

// The state as it was last seen, and who wants to know when it is seen anew.
export const seen = { state: null };
const watchers = [];
export const onLook = (act) => watchers.push(act);
export const look = async () => {
  try {
    const response = await fetch("/phone/state.json");
    seen.state = await response.json();
  } catch {
    return;
  }
  for (const act of watchers) act(seen.state);
};

// What the sandbox answered, or null where that is a refusal or nothing.
export const send = async (path, body, method = "POST") => {
  try {
    const options = { method, headers: { "Content-Type": "application/json" } };
    if (method !== "DELETE") options.body = JSON.stringify(body || {});
    const response = await fetch(path, options);
    const told = response.status === 204 ? {} : await response.json();
    if (!response.ok) toast(told.detail || "没有办成，请再试一次");
    else if (told.text && path.startsWith("/phone/")) toast(told.text);
    return response.ok ? told : null;
  } catch {
    toast("沙箱没有回音，请看看它是不是还开着");
    return null;
  } finally {
    await look();
  }
};

// Draws only what has changed, so that a button does not vanish under the pointer.
let drawn = {};
export const draw = (name, value, act) => {
  const text = JSON.stringify(value);
  if (drawn[name] !== text) { drawn[name] = text; act(value); }
};
export const drawAnew = () => { drawn = {}; };
