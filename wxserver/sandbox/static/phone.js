// The phone: the chat with its menu, pages in the frame, messages that arrive.
import { $, CARD, ONWARD, draw, icon, look, make, onLook, seen, send, toast } from "./wire.js";

const app = new URL(document.body.dataset.app).origin;
const { account, greeting } = document.body.dataset;
const known = new Set();
let owner = null;
let unread = 0;
// Where the frame stands in the window's history: `base` is its first page, `depth` how far it has gone since.
let base = 0;
let depth = 0;
let length = 0;
let first = false;
let staying = false;
let refreshing = false;
let sliding = 0;

// ---- pages
const open = (address) => {
  let url;
  try { url = new URL(address); } catch { toast("这个菜单没有写对网址"); return; }
  if (url.origin !== app && url.origin !== location.origin) { toast("这是外面的网址，沙箱不打开"); return; }
  first = true;
  staying = refreshing = false;
  $("frame").src = url.href;
  $("chat-view").hidden = true;
  $("web-view").hidden = false;
  $("web-title").textContent = account;
  $("back").focus();
};
const read = () => {
  unread = 0;
  $("unread").hidden = true;
  $("banner").hidden = true;
  $("close").setAttribute("aria-label", "关闭");
};
export const close = () => {
  if ($("web-view").hidden) return;
  $("web-view").hidden = true;
  $("chat-view").hidden = false;
  $("frame").src = "about:blank";
  read();
  look();
  $("talk").scrollTop = $("talk").scrollHeight;
  const first = $("menu").querySelector("button");
  if (first) first.focus();
};
// A page of another origin can't be told to load again: leave it for a moment and come back.
const refresh = () => {
  refreshing = true;
  $("frame").contentWindow.location = "about:blank";
};
const arrived = () => {
  let page = null;
  try { page = $("frame").contentDocument; } catch { /* another origin keeps its document to itself */ }
  if (page && page.URL === "about:blank") {
    if (refreshing) history.back();
    return;
  }
  $("web-title").textContent = (page && page.title) || account;
  if (first) base = history.length;
  if (!staying && !refreshing) depth = history.length - base;
  first = staying = refreshing = false;
  length = history.length;
  look();
};
const back = () => {
  // A jump inside a page makes an entry without a load.
  if (history.length !== length) { length = history.length; depth = length - base; }
  if (depth <= 0) { close(); return; }
  depth -= 1;
  staying = true;
  setTimeout(() => { staying = false; }, 1500);
  history.back();
};

// ---- the drawer that ⋯ opens, and the menu
let unanswered = null;
const shut = () => {
  const opener = document.querySelector(".title [aria-expanded=true]");
  $("drawer").hidden = $("shade").hidden = true;
  if (opener) { opener.setAttribute("aria-expanded", "false"); opener.focus(); }
  if (unanswered) unanswered();
  unanswered = null;
};
// `asked`: what the choices are about; `dropped`: what follows where none is taken.
export const pull = (opener, choices, { asked, dropped } = {}) => {
  shut();
  const rows = choices.map(([text, act]) => make("button", { type: "button", text, click: () => { unanswered = null; shut(); act(); } }));
  const head = asked ? [make("p", { text: asked })] : [];
  $("drawer").replaceChildren(...head, ...rows, make("button", { type: "button", class: "apart", text: "取消", click: shut }));
  unanswered = dropped || null;
  $("drawer").hidden = $("shade").hidden = false;
  opener.setAttribute("aria-expanded", "true");
  rows[0].focus();
};
const fold = () => {
  $("popup").hidden = true;
  for (const button of $("menu").children) if (button.hasAttribute("aria-haspopup")) button.setAttribute("aria-expanded", "false");
};
const tap = (button) => {
  fold();
  const goes = button.type === "view" || button.type === "miniprogram";
  if (goes) open(button.url);
  const event = { view: "VIEW", click: "CLICK" }[button.type] || button.type;
  send("/control/push", { openid: seen.state.holder, event, key: goes ? button.url : button.key, as_platform: true });
};
const unfold = (button, place, opener) => {
  const again = opener.getAttribute("aria-expanded") === "true";
  fold();
  if (again) return;
  $("popup").className = `popup at${place}`;
  $("popup").replaceChildren(...button.sub_button.map((sub) => make("button", { type: "button", text: sub.name, click: () => tap(sub) })));
  $("popup").hidden = false;
  opener.setAttribute("aria-expanded", "true");
  $("popup").firstChild.focus({ focusVisible: false });
};
const drawMenu = (menu) => {
  $("menu").replaceChildren(...menu.map((button, place) => {
    const nested = button.sub_button && button.sub_button.length;
    const element = make("button", { type: "button", text: button.name });
    if (nested) { element.setAttribute("aria-haspopup", "true"); element.setAttribute("aria-expanded", "false"); }
    element.addEventListener("click", () => (nested ? unfold(button, place, element) : tap(button)));
    return element;
  }));
  $("popup").hidden = true;
};

// ---- the chat
const hour = (at) => `${+at.slice(11, 13) < 12 ? "上午" : "下午"} ${(+at.slice(11, 13) + 11) % 12 + 1}:${at.slice(14, 16)}`;
const link = (href, text) => make("a", { href, text, click: (event) => { event.preventDefault(); open(href); } });
// Addresses can be tapped, and a name in quotes is not broken in two.
const written = (text) => text.split(/(https?:\/\/[^\s，。）]+|“[^”]{1,10}”[，。]?)/).map((part) => {
  if (part.startsWith("http")) return link(part, part);
  return part.startsWith("“") ? make("span", { class: "whole", text: part }) : part;
});
// WeChat's own way to write a link, <a href="https://…">words</a>; everything else in angle brackets is text.
const LINK = /<a\s+(?:[^<>]*?\s)?href=(["'])(https?:\/\/[^"'<>\s]+)\1[^<>]*>([^<>]+)<\/a>/gi;
const rendered = (text) => {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(...written(text.slice(from, found.index)), link(found[2].replaceAll("&amp;", "&"), found[3]));
    from = found.index + found[0].length;
  }
  return [...parts, ...written(text.slice(from))];
};
const bubble = (one) => {
  if (one.side === "notice") {
    const lines = one.lines.map((line) => (line.label
      ? make("div", {}, make("dt", { text: line.label }), make("dd", { text: line.value }))
      : make("div", {}, make("dd", { text: line.value }))));
    const card = make("div", { class: "notice" }, make("h3", { text: one.title }), make("dl", {}, ...lines));
    if (one.url) card.append(make("button", { type: "button", click: () => open(one.url) }, "看每一步的情况", icon(ONWARD, "18")));
    return card;
  }
  const said = make("div", { class: `said ${one.side}` });
  if (one.side === "them") said.append(make("span", { class: "mark" }, icon(CARD)));
  said.append(make("p", { class: "bubble" }, ...(one.side === "them" ? rendered(one.text) : written(one.text))));
  return said;
};
const drawChat = (chat) => {
  const parts = [bubble({ side: "them", text: greeting })];
  let before = "";
  for (const one of chat) {
    const when = `${+one.at.slice(5, 7)}月${+one.at.slice(8, 10)}日 ${hour(one.at)}`;
    if (when !== before) parts.push(make("p", { class: "when", text: when }));
    before = when;
    parts.push(bubble(one));
  }
  $("talk").replaceChildren(...parts);
  $("talk").scrollTop = $("talk").scrollHeight;
};
const announce = (one) => {
  const text = one.side === "notice" ? one.lines.map((line) => line.value).join("，") : one.text.replace(LINK, "$3");
  $("banner").replaceChildren(
    make("span", { class: "mark" }, icon(CARD)),
    make("span", {}, make("strong", { text: one.side === "notice" ? `${account}·${one.title}` : account }), make("span", { text })));
  $("banner").hidden = false;
  clearTimeout(sliding);
  sliding = setTimeout(() => { $("banner").hidden = true; }, 8000);
};
const notice = ({ chat, holder }) => {
  const fresh = chat.filter((one) => one.side !== "me" && !known.has(one.id));
  for (const one of chat) known.add(one.id);
  if (owner !== holder) { owner = holder; return; }
  if ($("web-view").hidden || !fresh.length) return;
  unread += fresh.length;
  $("unread").textContent = unread;
  $("unread").hidden = false;
  $("close").setAttribute("aria-label", `关闭，有 ${unread} 条新消息`);
  announce(fresh[fresh.length - 1]);
};

onLook((state) => {
  $("clock").textContent = state.clock;
  draw("menu", state.menu, drawMenu);
  draw("chat", state.chat, drawChat);
  notice(state);
});
$("keys").addEventListener("click", () => {
  fold();
  const typing = $("say").hidden;
  $("say").hidden = !typing;
  $("menu").hidden = typing;
  $("keys").setAttribute("aria-label", typing ? "菜单" : "打字");
  $("keys").classList.toggle("typing", typing);
  if (typing) $("text").focus();
});
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  send("/control/push", { openid: seen.state.holder, text, as_platform: true });
});
$("talk").addEventListener("click", fold);
$("shade").addEventListener("click", shut);
$("banner").addEventListener("click", close);
$("close").addEventListener("click", close);
$("frame").addEventListener("load", arrived);
$("back").addEventListener("click", back);
$("web-more").addEventListener("click", () => pull($("web-more"), [["刷新", refresh], ["关闭", close]]));
$("chat-more").addEventListener("click", () => {
  const { follows, holder } = seen.state;
  pull($("chat-more"), [[follows ? "取消关注" : "关注", () => send("/control/push", { openid: holder, event: follows ? "unsubscribe" : "subscribe" })]]);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opener = $("menu").querySelector("[aria-expanded=true]");
  fold();
  if (opener) opener.focus();
  else if (!$("drawer").hidden) shut();
});
