// The panels beside the phone: time and people, mishaps, productions, the album, the trace.
import { $, CHECK, CROSS, draw, drawAnew, icon, look, make, onLook, seen, send, toast } from "./wire.js";
import { close } from "./phone.js";
import "./bridge.js";

let paused = false;

const drawPeople = ({ people, holder }) => {
  $("people").replaceChildren(...people.map((person) => {
    const option = make("option", { value: person.openid, text: person.name });
    option.selected = person.openid === holder;
    return option;
  }));
  const person = people.find((one) => one.openid === holder);
  $("name").textContent = person ? person.name : "";
  $("number").textContent = person ? person.id_number : "";
  $("about").textContent = person ? [person.about, person.cards].filter(Boolean).join("。") : "";
};
const drawMishaps = (pending) => {
  for (const button of document.querySelectorAll("[data-mishap]")) {
    button.dataset.word = button.dataset.word || button.textContent;
    const left = pending.filter((one) => one.target === button.dataset.target && one.mishap === button.dataset.mishap)
      .reduce((sum, one) => sum + one.remaining, 0);
    button.textContent = left ? `${button.dataset.word}，还剩 ${left} 次` : button.dataset.word;
    button.classList.toggle("on", left > 0);
    button.setAttribute("aria-pressed", String(left > 0));
  }
  $("calm").hidden = pending.length === 0;
};
const steps = $("productions").dataset.steps.split(";").filter(Boolean).map((part) => part.split("="));
const KINDS = { apply: "申领", replace: "补换", batch: "批量制卡" };
const drawWeChat = ({ follows, scenes, templates }) => {
  $("follow").textContent = follows ? "取消关注" : "关注";
  $("scenes").replaceChildren(...scenes.map((scene) => make("option", { value: scene })));
  if (!$("scene").value && scenes.length) $("scene").value = scenes[0];
  $("template").replaceChildren(...templates.map((one) => make("option", { value: `${one.account} ${one.template_id}`, text: one.words })));
  for (const id of ["template", "accept", "refuse"]) $(id).disabled = !templates.length;
};
const drawProductions = (productions) => {
  const going = productions.filter((one) => !["received", "cancelled"].includes(one.node)).length;
  $("open-productions").textContent = going ? ` ${going}` : "";
  if (!productions.length) {
    $("productions").replaceChildren(make("p", { class: "empty", text: "还没有制卡。在手机里提交一件申领，就会出现在这里。" }));
    return;
  }
  $("productions").replaceChildren(...productions.map((one) => {
    const at = steps.findIndex(([node]) => node === one.node);
    const buttons = steps.map(([node, word], place) => make("button", {
      type: "button", class: `control small${place === at ? " current" : ""}`, text: word,
      "aria-pressed": String(place === at),
      click: () => send(`/control/productions/${one.production}`, { node }),
    }));
    return make("div", { class: "production" },
      make("span", {}, make("strong", { text: one.name }), ` ${KINDS[one.kind] || ""}，${one.text}`, make("br"),
        make("span", { class: "hint", text: one.reference })),
      make("span", { class: "buttons" }, ...buttons));
  }));
};
const proofOf = (one) => {
  const cell = make("td", { class: one.proven ? "proof proven" : one.forged ? "proof forged" : "proof", text: one.proof });
  if (one.proven || one.forged) cell.append(" ", icon(one.proven ? CHECK : CROSS, "16"));
  return cell;
};
const drawTrace = (trace) => {
  if (!trace.length) {
    $("trace").replaceChildren(make("tr", {}, make("td", { class: "empty", colspan: "6", text: "还没有通信。点手机下面的“微动态”，再点“智慧人社”。" })));
    return;
  }
  $("trace").replaceChildren(...trace.map((one) => make("tr", { class: one.trouble ? "trouble" : "" },
    make("td", { class: "time", text: one.time }), make("td", { class: "who", text: `${one.sender} → ${one.receiver}` }),
    make("td", { class: "what", text: one.meaning }, make("code", { text: one.line })),
    proofOf(one), make("td", { class: "result", text: one.result }), make("td", { class: "ms", text: one.ms }))));
};

onLook((state) => {
  $("now").textContent = state.now;
  $("weekday").textContent = state.weekday;
  $("weekday").classList.toggle("off", !state.working);
  $("real").hidden = !state.moved;
  draw("people", { people: state.people, holder: state.holder }, drawPeople);
  draw("mishaps", state.mishaps, drawMishaps);
  draw("wechat", { follows: state.follows, scenes: state.scenes, templates: state.templates }, drawWeChat);
  draw("productions", state.productions, drawProductions);
  if (!paused) draw("trace", state.trace, drawTrace);
});

// ---- the tabs
const tabs = [...document.querySelectorAll("[role=tab]")];
const choose = (tab) => {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = !chosen;
  }
  $("hint").textContent = tab.dataset.hint;
};
for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    const next = tabs[(tabs.indexOf(tab) + move + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}

// ---- the buttons
$("people").addEventListener("change", async () => {
  await send("/phone/holder", { openid: $("people").value });
  close();
});
$("reset").addEventListener("click", async () => {
  if (!confirm("清空以后，沙箱里的人、卡和通信记录都回到开头。要清空吗？")) return;
  await send("/control/reset");
  drawAnew();
  close();
  look();
});
$("real").addEventListener("click", () => send("/control/time", { real: true }));
$("calm").addEventListener("click", () => send("/control/mishaps", null, "DELETE"));
// ---- what the person does in WeChat: each is pushed to the app
const pushed = (told) => {
  if (!told) return;
  const first = told.deliveries[0];
  toast(first && first.status === 200 ? "已经告诉本系统，它收下了" : "已经告诉本系统，它没有收下");
};
const happen = async (event, more = {}) => pushed(await send("/control/push", { openid: seen.state.holder, event, as_platform: true, ...more }));
const decide = async (accept) => {
  const [account, template_id] = $("template").value.split(" ");
  pushed(await send("/control/wechat/subscriptions", { openid: seen.state.holder, account, template_id, accept }));
};
$("follow").addEventListener("click", () => happen(seen.state.follows ? "unsubscribe" : "subscribe"));
$("scan").addEventListener("submit", (event) => {
  event.preventDefault();
  const scene = $("scene").value.trim();
  if (!scene) { toast("先选一个二维码，或者写一个场景"); return; }
  happen(seen.state.follows ? "SCAN" : "subscribe", { scene });
});
$("accept").addEventListener("click", () => decide(true));
$("refuse").addEventListener("click", () => decide(false));
for (const button of document.querySelectorAll("[data-event]")) {
  button.addEventListener("click", () => happen(button.dataset.event));
}

// ---- attacks
const verdict = (told, refused) => {
  if (!told) return;
  $("verdict").textContent = told.text;
  $("verdict").classList.toggle("bad", !refused);
};
$("forge").addEventListener("click", async () => {
  const told = await send("/phone/forgery");
  verdict(told, told && told.status === 401);
});
for (const button of document.querySelectorAll("[data-attack]")) {
  button.addEventListener("click", async () => {
    const told = await send("/control/attacks", { attack: button.dataset.attack, openid: seen.state.holder });
    verdict(told, told && told.refused);
  });
}
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").textContent = paused ? "继续" : "暂停";
  $("pause").setAttribute("aria-pressed", String(paused));
  look();
});
for (const button of document.querySelectorAll("[data-to]")) {
  button.addEventListener("click", () => send("/phone/time", { to: button.dataset.to }));
}
for (const button of document.querySelectorAll("[data-mishap]")) {
  const { target, mishap } = button.dataset;
  button.addEventListener("click", () => (button.classList.contains("on")
    ? send(`/control/mishaps?target=${target}&mishap=${mishap}`, null, "DELETE")
    : send("/control/mishaps", { target, mishap, times: 1 })));
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
