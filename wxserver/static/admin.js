/* The editor with a script: what is typed is saved by itself, and presses change the page without loading it anew.
   Everything here also works without it: the form is an ordinary form. */
(() => {
  "use strict";
  const SIGN_IN = "登录到时间了。请另开一页登录，再回到这里，您填的都还在。";
  const REFUSED = {413: "内容太多，没有存上。请删短一些。", 403: "您的账号不能改这一件事。请找管理员。", 404: "这一部分已经被别人删掉了。请从左边另选一个部分。"};
  const PAUSE = 1500, AGAIN = 5000, MOST_KEPT = 60000;
  let timer = 0, dirty = false, going = Promise.resolve(), held = false;

  const editor = () => document.getElementById("editor");
  const form = () => document.getElementById("editor-form");

  /* Not `form().action`: the buttons bear that name. */
  const address = () => form().getAttribute("action");

  function say(words, bad) {
    const place = document.getElementById("saved");
    if (!place) return;
    place.textContent = words;
    place.classList.toggle("saved-not", Boolean(bad));
  }

  function later(milliseconds) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, milliseconds);
  }

  /* One thing at a time: a press waits for a save that is under way, and so carries the newest etag. */
  function queue(work) {
    going = going.then(work, work);
    return going;
  }

  /* Take over what a page says of the draft (tree, faults, what was saved) and leave what is being typed alone. */
  function takeOver(page) {
    for (const name of ["etag", "base", "root"]) {
      const fresh = page.querySelector(`#editor-form input[name="${name}"]`);
      const ours = form().querySelector(`input[name="${name}"]`);
      if (fresh && ours) ours.value = fresh.value;
    }
    for (const place of editor().querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(place.id);
      if (!fresh || fresh.innerHTML === place.innerHTML || place.contains(document.activeElement)) continue;
      place.className = fresh.className;
      place.replaceChildren(...fresh.cloneNode(true).childNodes);
    }
    for (const control of form().querySelectorAll("[name^='doc.'][id]")) {
      const fresh = page.getElementById(control.id);
      if (!fresh) continue;
      for (const name of ["aria-invalid", "aria-describedby"]) {
        if (fresh.hasAttribute(name)) control.setAttribute(name, fresh.getAttribute(name));
        else control.removeAttribute(name);
      }
      const box = control.closest(".field"), freshBox = fresh.closest(".field");
      if (box && freshBox) box.className = freshBox.className;
    }
  }

  function conflict() {
    held = true;
    const place = document.getElementById("saved"), look = document.createElement("button");
    look.type = "submit";
    look.setAttribute("form", "editor-form");
    look.name = "action";
    look.value = "save";
    look.className = "btn";
    look.dataset.plain = "";
    look.textContent = "比一比，决定用哪一份";
    say("别人刚刚也改了这里，您填的还在。", true);
    place.append(look);
  }

  async function send() {
    if (!dirty || held || !form()) return;
    dirty = false;
    const data = new FormData(form());
    data.set("action", "save");
    say("正在保存…");
    let answer, text;
    try {
      answer = await fetch(address(), {
        method: "POST", body: data, headers: {"X-Autosave": "1"}, redirect: "manual", signal: AbortSignal.timeout(20000)
      });
      text = await answer.text();
    } catch {
      dirty = true;
      say("没有存上，网络恢复后会再试。", true);
      later(AGAIN);
      return;
    }
    if (answer.ok) {
      takeOver(new DOMParser().parseFromString(text, "text/html"));
    } else if (answer.status === 409) {
      dirty = true;
      conflict();
    } else if (answer.type === "opaqueredirect" || answer.status === 401) {
      dirty = true;
      say(SIGN_IN, true);
      later(AGAIN);
    } else if (answer.status in REFUSED) {
      dirty = true;
      say(REFUSED[answer.status], true);
    } else if (answer.status >= 500 || answer.status === 429) {
      dirty = true;
      say("没有存上，过一会儿会再试。", true);
      later(AGAIN);
    } else {
      dirty = true;
      say("没有存上。请点“保存”，看看要改什么。", true);
    }
  }

  function save() {
    window.clearTimeout(timer);
    return queue(send);
  }

  function typed(event) {
    if (!event.target.closest || !event.target.closest("#editor-form[data-autosave]")) return;
    dirty = true;
    later(PAUSE);
  }

  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  window.addEventListener("online", () => { if (dirty) save(); });

  /* Leaving: the last words go out with a request that outlives the page, if they are few enough for one. */
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !dirty || held || !form()) return;
    const data = new FormData(form());
    data.set("action", "save");
    let size = 0;
    for (const [name, value] of data) size += 150 + name.length + String(value).length * 3;
    if (size > MOST_KEPT) { save(); return; }
    queue(async () => {
      if (!dirty) return;
      dirty = false;
      try {
        const answer = await fetch(address(), {method: "POST", body: data, headers: {"X-Autosave": "1"}, redirect: "manual", keepalive: true});
        if (answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
        else dirty = true;
      } catch { dirty = true; }
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !leaving) event.preventDefault();
  });

  /* A link inside: first what was typed is saved. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || !dirty || held || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    if (link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    save().then(() => window.location.assign(link.href));
  });

  let leaving = false;
  /* A press: after a save that is under way, by htmx; the answer is the whole page, of which the editor is taken. */
  document.addEventListener("submit", (event) => {
    const target = event.target, button = event.submitter;
    if (target.id !== "editor-form") { leaving = true; return; }
    if (leaving) return;
    if (button && "plain" in button.dataset) { leaving = true; return; }
    event.preventDefault();
    if (editor().classList.contains("busy")) return;
    window.clearTimeout(timer);
    editor().classList.add("busy");
    queue(async () => {
      dirty = false;
      pressed = false;
      refused = "";
      await htmx.ajax("POST", address(), {source: target, event, target: "#editor", select: "#editor", swap: "outerHTML"});
      editor().classList.remove("busy");
      if (!pressed) {
        dirty = true;
        say(refused || "没有存上，网络恢复后会再试。", true);
        if (!refused) later(AGAIN);
      }
    });
  });

  let pressed = false, refused = "";
  document.addEventListener("htmx:before:swap", (event) => {
    const response = event.detail.ctx.response.raw;
    if (!event.detail.ctx.text.includes('id="editor"')) {
      event.preventDefault();
      refused = response.redirected ? SIGN_IN : REFUSED[response.status] || "没有存上，过一会儿会再试。";
      return;
    }
    pressed = true;
    held = false;
    if (response.redirected) history.replaceState(null, "", response.url);
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!editor()) return;
    document.title = editor().dataset.title || document.title;
    const first = editor().querySelector("[data-focus]");
    if (first) { first.focus(); first.scrollIntoView({block: "nearest"}); }
  });
})();
