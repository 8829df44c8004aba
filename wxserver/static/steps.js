/* Helps for the steps of an application and for cases. Every page works without this file. ES5 only, for old phones. */
(function () {
  "use strict";

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  /* A form that counts is sent once, however often the button is pressed. */
  each("form[data-once]", function (form) {
    var sent = false;
    form.addEventListener("submit", function (event) {
      if (sent) {
        event.preventDefault();
      }
      sent = true;
    });
  });

  each("[data-print]", function (button) {
    button.hidden = !window.print || /MicroMessenger/.test(navigator.userAgent);
    button.addEventListener("click", function () {
      window.print();
    });
  });

  /* The sign-in runs out: say so five minutes before, in a place that stays in sight. */
  each("[data-left]", function (line) {
    var ends = Date.now() + Number(line.getAttribute("data-left")) * 1000;
    var place = line.querySelector(".until-soon");
    var words = line.querySelector("template");
    var main = document.getElementById("main");
    main.insertBefore(place, main.firstChild);
    function look() {
      if (ends - Date.now() <= 300000 && !place.firstChild && words.content) {
        place.appendChild(document.importNode(words.content, true));
      }
    }
    look();
    window.setInterval(look, 15000);
    document.addEventListener("visibilitychange", look);
  });

  /* What is typed: kept on the server when the page is left, and in this tab while one has to sign in again. */
  function typedIn(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && field.name.indexOf("form.") === 0;
    });
  }

  function stored(act) {
    try {
      return act(window.sessionStorage);
    } catch (error) {
      return null;
    }
  }

  function isSet(field) {
    return field.type === "radio" ? field.checked : true;
  }

  /* On a slow line one may have typed before this file came. */
  function isTyped(field) {
    return field.type === "radio" ? field.checked !== field.defaultChecked
      : "defaultValue" in field && field.value !== field.defaultValue;
  }

  var KEY = "typed " + window.location.pathname;
  each("form[data-draft]", function (form) {
    var changed = typedIn(form).some(isTyped);
    var going = false;
    var kept = JSON.parse(stored(function (store) { return store.getItem(KEY); }) || "null");
    if (kept && !document.getElementById("errors")) {
      typedIn(form).forEach(function (field) {
        if (field.type === "radio") {
          field.checked = kept[field.name] ? kept[field.name] === field.value : field.checked;
        } else if (kept[field.name]) {
          field.value = kept[field.name];
        }
      });
      changed = true;
    }
    stored(function (store) { store.removeItem(KEY); });
    function note() {
      changed = true;
    }
    form.addEventListener("input", note);
    form.addEventListener("change", note);
    form.addEventListener("submit", function () {
      var typed = {};
      going = true;
      typedIn(form).forEach(function (field) {
        if (isSet(field)) {
          typed[field.name] = field.value;
        }
      });
      stored(function (store) { store.setItem(KEY, JSON.stringify(typed)); });
    });
    function keep() {
      if (!changed || going) {
        return;
      }
      changed = false;
      var data = new FormData(form);
      data.append("leaving", "1");
      if (!(navigator.sendBeacon && navigator.sendBeacon(window.location.href, data))) {
        var request = new XMLHttpRequest();
        request.open("POST", window.location.href);
        request.send(data);
      }
    }
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") {
        keep();
      }
    });
  });
  if (!document.querySelector("form[data-draft], [data-signing-in]")) {
    stored(function (store) {
      Object.keys(store).forEach(function (name) {
        if (name.indexOf("typed ") === 0) {
          store.removeItem(name);
        }
      });
    });
  }
}());
