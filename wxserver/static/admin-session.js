// Before a session idles out, asks whether it is still used. Without this script the time stands in the menu.
(() => {
  "use strict";
  const dialog = document.querySelector("dialog[data-session]");
  if (!dialog || typeof dialog.showModal !== "function") return;

  const WARN = 120;
  const SHARED = "staff-idle-at";
  const words = dialog.querySelector("[data-session-words]");
  const button = dialog.querySelector("[data-session-on]");
  const ends = Date.now() + Number(dialog.dataset.ends) * 1000;
  let idleAt = Date.now() + Number(dialog.dataset.left) * 1000;
  // The server's clock and this one may differ; times are shown by the server's, in China's time.
  const ahead = Number(dialog.dataset.at) - idleAt;
  const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  let timer = 0;

  // Another tab of the same session may have been used since.
  function latest() {
    try {
      const other = Number(window.localStorage.getItem(SHARED) || 0);
      if (other > idleAt && other <= ends) idleAt = other;
    } catch {
      // Storage is switched off: this tab minds itself.
    }
    return idleAt;
  }

  function show() {
    const moment = new Date(latest() + ahead);
    for (const place of document.querySelectorAll("[data-session-until]")) place.textContent = clock.format(moment);
  }

  function look() {
    window.clearTimeout(timer);
    const left = (latest() - Date.now()) / 1000;
    show();
    if (left <= 0) {
      over();
    } else if (left <= WARN) {
      if (!dialog.open) {
        dialog.showModal();
        button.focus();
      }
      timer = window.setTimeout(look, Math.max(left, 1) * 1000);
    } else {
      if (dialog.open) dialog.close();
      timer = window.setTimeout(look, (left - WARN) * 1000);
    }
  }

  function over() {
    words.textContent = "您已经自动退出。保存过的都还在，登录后接着做。";
    button.textContent = "重新登录";
    if (!dialog.open) dialog.showModal();
    button.onclick = () => window.open(dialog.dataset.login, "_self");
  }

  function used() {
    idleAt = Math.min(Date.now() + Number(dialog.dataset.idle) * 1000, ends);
    try {
      window.localStorage.setItem(SHARED, String(idleAt));
    } catch {
      // As above.
    }
    look();
  }

  async function goOn() {
    button.disabled = true;
    try {
      const answer = await fetch(dialog.dataset.alive, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": dialog.dataset.token },
        redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      used();
    } catch {
      words.textContent = "没有连上。网络恢复后，请再点一次“继续使用”。";
    } finally {
      button.disabled = false;
    }
  }

  button.onclick = goOn;
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  window.addEventListener("storage", (event) => event.key === SHARED && look());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());

  // What the page itself saves in the background keeps the session, too.
  if (window.PerformanceObserver) {
    new PerformanceObserver((list) => {
      const saved = list.getEntries().some((entry) => {
        const asked = entry.initiatorType === "fetch" || entry.initiatorType === "xmlhttprequest";
        return asked && entry.responseStatus >= 200 && entry.responseStatus < 300;
      });
      if (saved) used();
    }).observe({ type: "resource", buffered: false });
  }

  try {
    window.localStorage.setItem(SHARED, String(idleAt));
  } catch {
    // As above.
  }
  look();
})();
