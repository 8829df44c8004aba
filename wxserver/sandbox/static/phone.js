"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const app = new URL(document.body.dataset.app).origin;
  const greeting = document.body.dataset.greeting;
  const CARD = "M4 8a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 10h16M7.5 14.5h4";
  const CHECK = "M5 12.5l4.5 4.5L19 7.5";
  let state = null;
  let paused = false;
  let shown = {};
  let pages = 0;
  let hiding = 0;

  const make = (tag, options = {}, ...children) => {
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
  const icon = (path, size) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    if (size) { svg.setAttribute("width", size); svg.setAttribute("height", size); }
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  };
  const toast = (text) => {
    $("toast").textContent = text;
    $("toast").hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { $("toast").hidden = true; }, 2500);
  };
  const send = async (path, body, method = "POST") => {
    try {
      const options = { method, headers: { "Content-Type": "application/json" } };
      if (method !== "DELETE") options.body = JSON.stringify(body || {});
      const response = await fetch(path, options);
      if (!response.ok) toast((await response.json()).detail || "没有办成，请再试一次");
      return response;
    } catch {
      toast("沙箱没有回音，请看看它是不是还开着");
      return null;
    } finally {
      await look();
    }
  };
  // Draws only what has changed, so that a button does not vanish under the pointer.
  const draw = (name, value, act) => {
    const text = JSON.stringify(value);
    if (shown[name] !== text) { shown[name] = text; act(value); }
  };

  // ---- the phone
  const open = (address) => {
    let url;
    try { url = new URL(address); } catch { toast("这个菜单没有写对网址"); return; }
    if (url.origin !== app && url.origin !== location.origin) { toast("这是外面的网址，沙箱不打开"); return; }
    pages = 0;
    $("frame").src = url.href;
    $("chat-view").hidden = true;
    $("web-view").hidden = false;
  };
  const close = () => {
    $("web-view").hidden = true;
    $("chat-view").hidden = false;
    $("frame").src = "about:blank";
    look();
  };
  const fold = () => {
    $("popup").hidden = true;
    for (const button of $("menu").children) if (button.hasAttribute("aria-haspopup")) button.setAttribute("aria-expanded", "false");
  };
  const tap = (button) => {
    fold();
    if (button.type === "view" || button.type === "miniprogram") open(button.url);
    else send("/control/push", { openid: state.holder, event: button.type === "click" ? "CLICK" : button.type, key: button.key });
  };
  const unfold = (button, place, opener) => {
    const again = opener.getAttribute("aria-expanded") === "true";
    fold();
    if (again) return;
    $("popup").className = `popup at${place}`;
    $("popup").replaceChildren(...button.sub_button.map((sub) => make("button", { type: "button", text: sub.name, click: () => tap(sub) })));
    $("popup").hidden = false;
    opener.setAttribute("aria-expanded", "true");
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
  const hour = (at) => `${+at.slice(11, 13) < 12 ? "上午" : "下午"} ${(+at.slice(11, 13) + 11) % 12 + 1}:${at.slice(14, 16)}`;
  const bubble = (one) => {
    if (one.side === "notice") {
      const card = make("div", { class: "notice" }, make("h3", { text: "通知" }), ...one.lines.map((text) => make("p", { text })));
      if (one.url) card.append(make("button", { type: "button", click: () => open(one.url) }, "看每一步的情况", "›"));
      return card;
    }
    const said = make("div", { class: `said ${one.side}` });
    if (one.side === "them") said.append(make("span", { class: "mark" }, icon(CARD)));
    said.append(make("p", { class: "bubble", text: one.text }));
    return said;
  };
  const drawChat = (chat) => {
    const parts = [bubble({ side: "them", text: greeting })];
    let last = "";
    for (const one of chat) {
      const when = hour(one.at);
      if (when !== last) parts.push(make("p", { class: "when", text: when }));
      last = when;
      parts.push(bubble(one));
    }
    $("talk").replaceChildren(...parts);
    $("talk").scrollTop = $("talk").scrollHeight;
  };

  // ---- the panels
  const drawPeople = ({ people, holder }) => {
    $("people").replaceChildren(...people.map((person) => {
      const option = make("option", { value: person.openid, text: person.name });
      option.selected = person.openid === holder;
      return option;
    }));
    const person = people.find((one) => one.openid === holder);
    $("name").textContent = person ? person.name : "";
    $("number").textContent = person ? person.id_number : "";
    $("about").textContent = person ? `${person.about}。${person.cards}` : "";
  };
  const drawMishaps = (pending) => {
    for (const button of document.querySelectorAll("[data-mishap]")) {
      button.dataset.word = button.dataset.word || button.textContent;
      const left = pending.filter((one) => one.target === button.dataset.target && one.mishap === button.dataset.mishap)
        .reduce((sum, one) => sum + one.remaining, 0);
      button.textContent = left ? `${button.dataset.word}，还剩 ${left} 次` : button.dataset.word;
      button.classList.toggle("on", left > 0);
    }
    $("calm").hidden = pending.length === 0;
  };
  const steps = $("productions").dataset.steps.split(";").filter(Boolean).map((part) => part.split("="));
  const KINDS = { apply: "申领", replace: "补换", batch: "批量" };
  const drawProductions = (productions) => {
    if (!productions.length) {
      $("productions").replaceChildren(make("p", { class: "empty", text: "还没有制卡。在手机里提交一件申领，就会出现在这里。" }));
      return;
    }
    $("productions").replaceChildren(...productions.map((one) => {
      const buttons = steps.map(([node, word]) => make("button", {
        type: "button", class: `control small${one.node === node ? " current" : ""}`, text: word,
        click: () => send(`/control/productions/${one.production}`, { node }),
      }));
      return make("div", { class: "production" },
        make("span", {}, make("strong", { text: one.name }), ` ${KINDS[one.kind] || ""}，${one.text}`, make("br"),
          make("span", { class: "hint", text: one.reference })),
        make("span", { class: "buttons" }, ...buttons));
    }));
  };
  const drawTrace = (trace) => {
    if (!trace.length) {
      $("trace").replaceChildren(make("tr", {}, make("td", { class: "empty", colspan: "6", text: "还没有通信。点手机下面的“微动态”，再点“智慧人社”。" })));
      return;
    }
    $("trace").replaceChildren(...trace.map((one) => {
      const proof = make("td", { class: one.proven ? "proven" : "", text: one.proof });
      if (one.proven) { const tick = icon(CHECK, "16"); tick.classList.add("tick"); proof.append(" ", tick); }
      return make("tr", { class: one.trouble ? "trouble" : "" },
        make("td", { text: one.time }), make("td", { text: `${one.sender} → ${one.receiver}` }),
        make("td", { class: "what", text: one.meaning }, make("code", { text: one.line })),
        proof, make("td", { class: "result", text: one.result }), make("td", { class: "ms", text: one.ms }));
    }));
  };

  const look = async () => {
    try {
      const response = await fetch("/phone/state.json");
      state = await response.json();
    } catch {
      return;
    }
    $("clock").textContent = state.clock;
    $("now").textContent = state.now;
    $("weekday").textContent = state.weekday;
    $("real").hidden = !state.moved;
    draw("menu", state.menu, drawMenu);
    draw("chat", state.chat, drawChat);
    draw("people", { people: state.people, holder: state.holder }, drawPeople);
    draw("mishaps", state.mishaps, drawMishaps);
    draw("productions", state.productions, drawProductions);
    if (!paused) draw("trace", state.trace, drawTrace);
  };

  $("keys").addEventListener("click", () => {
    fold();
    $("say").hidden = !$("say").hidden;
    $("menu").hidden = !$("say").hidden;
    if (!$("say").hidden) $("text").focus();
  });
  $("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    send("/control/push", { openid: state.holder, text });
  });
  $("talk").addEventListener("click", fold);
  $("close").addEventListener("click", close);
  $("frame").addEventListener("load", () => { pages += 1; look(); });
  $("back").addEventListener("click", () => { if (pages > 1) { pages -= 2; history.back(); } else close(); });
  $("people").addEventListener("change", async () => {
    await send("/phone/holder", { openid: $("people").value });
    close();
  });
  $("reset").addEventListener("click", async () => {
    if (!confirm("清空以后，沙箱里的人、卡和通信记录都回到开头。要清空吗？")) return;
    await send("/control/reset");
    shown = {};
    close();
  });
  $("real").addEventListener("click", () => send("/control/time", { real: true }));
  $("calm").addEventListener("click", () => send("/control/mishaps", null, "DELETE"));
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").textContent = paused ? "继续" : "暂停";
    $("pause").setAttribute("aria-pressed", String(paused));
    look();
  });
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => send("/control/time", { advance: button.dataset.advance }));
  }
  for (const button of document.querySelectorAll("[data-mishap]")) {
    button.addEventListener("click", () => send("/control/mishaps", { target: button.dataset.target, mishap: button.dataset.mishap, times: 1 }));
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const text = $(button.dataset.copy).textContent;
      try {
        await navigator.clipboard.writeText(text);
        toast("已复制，到手机里粘贴");
      } catch {
        getSelection().selectAllChildren($(button.dataset.copy));
        toast("已选中，按 Ctrl+C 复制");
      }
    });
  }
  look();
  setInterval(look, 2000);
})();
