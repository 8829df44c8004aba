// What a page of an official account finds at WeChat's address of JS-SDK: `wx`, and the open tag wx-open-subscribe. It
// asks the phone that shows the page; in a browser of its own nothing answers, as with the real one.
(() => {
  const asked = new Map();
  const ready = [];
  const failed = [];
  let state = null;

  const ask = (call, body) => new Promise((resolve) => {
    if (window.parent === window) return;
    const id = `${Date.now()}-${Math.random()}`;
    asked.set(id, resolve);
    window.parent.postMessage({ wx: call, id, body }, "*");
  });
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || !data || !asked.has(data.wx)) return;
    asked.get(data.wx)(data.told);
    asked.delete(data.wx);
  });

  class Subscribe extends HTMLElement {
    connectedCallback() {
      const inside = this.attachShadow({ mode: "open" });
      for (const one of this.querySelectorAll('script[type="text/wxtag-template"]')) {
        inside.append(document.createRange().createContextualFragment(one.textContent));
      }
      inside.addEventListener("click", async () => {
        const templates = this.getAttribute("template").split(",");
        const told = await ask("subscribe", { templates });
        const detail = told.accepted
          ? { errMsg: "subscribe:ok", subscribeDetails: JSON.stringify(Object.fromEntries(templates.map((one) => [one, JSON.stringify({ status: told.accepted[one] ? "accept" : "reject" })]))) }
          : { errMsg: told.errMsg, errCode: "10005" };
        this.dispatchEvent(new CustomEvent(told.accepted ? "success" : "error", { detail }));
      });
    }
  }

  window.wx = {
    async config(given) {
      state = await ask("config", { ...given, url: location.href.split("#")[0] });
      const isFine = state.errMsg === "config:ok";
      if (isFine && (given.openTagList || []).includes("wx-open-subscribe")) customElements.define("wx-open-subscribe", Subscribe);
      for (const act of isFine ? ready : failed) act(state);
    },
    ready(act) { if (state && state.errMsg === "config:ok") act(); else ready.push(act); },
    error(act) { failed.push(act); },
  };
})();
