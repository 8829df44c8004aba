/* Brings WeChat's button to life (JS-SDK, wx-open-subscribe) and says what came of a tap. ES5 only, for old phones. */
(function () {
  "use strict";

  var place = document.querySelector("[data-subscribe]");
  var wx = window.wx;
  if (!place || !wx || !window.XMLHttpRequest) {
    return;
  }
  var tag = place.querySelector("wx-open-subscribe");
  var agreed = document.querySelector("[data-agreed]");

  function show(name, visible) {
    place.querySelector('[data-said="' + name + '"]').hidden = !visible;
  }

  function giveUp() {
    show("waiting", false);
    show("too-old", true);
  }

  /* {"<template>": "{\"status\": \"accept\"}"}: how often the person said yes. */
  function accepted(details) {
    var many = 0;
    try {
      var answers = JSON.parse(details);
      Object.keys(answers).forEach(function (template) {
        many += JSON.parse(answers[template]).status === "accept" ? 1 : 0;
      });
    } catch (error) {
      many = 0;
    }
    return many;
  }

  tag.addEventListener("success", function (event) {
    var many = accepted(event.detail && event.detail.subscribeDetails);
    agreed.textContent = Number(agreed.textContent) + many;
    show("accepted", many > 0);
    show("refused", many === 0);
  });
  tag.addEventListener("error", function () {
    show("accepted", false);
    show("refused", true);
  });
  document.addEventListener("WeixinOpenTagsError", giveUp);

  wx.ready(function () {
    show("waiting", false);
  });
  wx.error(giveUp);

  var request = new XMLHttpRequest();
  var here = window.location.href.split("#")[0];
  request.open("GET", place.getAttribute("data-subscribe") + "?url=" + encodeURIComponent(here));
  request.onload = function () {
    if (request.status !== 200) {
      return;
    }
    var signed = JSON.parse(request.responseText);
    wx.config({
      debug: false,
      appId: signed.app_id,
      timestamp: signed.timestamp,
      nonceStr: signed.nonce_str,
      signature: signed.signature,
      jsApiList: ["checkJsApi"],
      openTagList: ["wx-open-subscribe"]
    });
  };
  request.send();
})();
