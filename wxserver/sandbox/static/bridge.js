// What WeChat does for a page in the phone that uses its JS-SDK: checks the signature, and asks whoever holds the phone.
import { $, seen, send } from "./wire.js";
import { pull } from "./phone.js";

const app = new URL(document.body.dataset.app).origin;
let shown = null;

const configured = async (given) => {
  shown = await send("/phone/jssdk", given);
  return shown || { errMsg: "config:fail" };
};
// One sheet for all templates, as the real one: yes or no to all of them.
const subscribed = ({ templates }) => new Promise((resolve) => {
  if (!shown || shown.errMsg !== "config:ok") { resolve({ errMsg: "subscribe:fail" }); return; }
  const answer = async (accept) => {
    const accepted = {};
    for (const template_id of templates) {
      const told = await send("/control/wechat/subscriptions", { openid: seen.state.holder, account: shown.account, template_id, accept });
      accepted[template_id] = accept && Boolean(told);
    }
    resolve({ accepted });
  };
  pull($("web-more"), [["允许", () => answer(true)], ["不允许", () => answer(false)]], {
    asked: `${shown.title} 想给您发一条通知`,
    dropped: () => resolve({ errMsg: "subscribe:cancel" }),
  });
});

window.addEventListener("message", async ({ source, origin, data }) => {
  if (source !== $("frame").contentWindow || origin !== app || !data || !data.id) return;
  const act = { config: configured, subscribe: subscribed }[data.wx];
  if (act) source.postMessage({ wx: data.id, told: await act(data.body) }, app);
});
