/* Choosing a region, or a place and its bank: what comes next shows at once, without 下一步. Every page works without
   this file. ES5 only, for old phones. */
(function () {
  "use strict";

  var WORDS = { province: "省", city: "市", county: "区县" };

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  function ask(address, act) {
    var request = new XMLHttpRequest();
    request.open("GET", address);
    request.timeout = 8000;
    request.onload = function () {
      if (request.status === 200) {
        act(JSON.parse(request.responseText).children);
      }
    };
    request.send();
  }

  each("[data-region]:not([data-ready])", function (box) {
    var level = box.getAttribute("data-level");
    var from = box.getAttribute("data-from");
    var whole = box.querySelector("input[type=hidden]");
    var round = 0;
    box.setAttribute("data-ready", "");

    function lists() {
      return Array.prototype.slice.call(box.querySelectorAll("select"));
    }

    function chosen() {
      return lists().map(function (list) { return list.value; }).filter(Boolean).pop() || "";
    }

    function cutAfter(index) {
      lists().slice(index + 1).forEach(function (list) {
        list.parentNode.removeChild(list);
      });
    }

    /* As on the server: asking for cities, a municipality has none; asking for provinces, nothing lies below. */
    function offered(children) {
      var cities = children.some(function (child) { return child.level === "city"; });
      return level === "county" || (level === "city" && cities) ? children : [];
    }

    function add(children) {
      var first = lists()[0];
      var number = lists().length + 1;
      var list = document.createElement("select");
      var word = WORDS[children[0].level];
      list.className = first.className;
      list.name = whole.name + "." + number;
      list.id = first.id + "-" + number;
      list.setAttribute("autocomplete", "off");
      list.setAttribute("aria-label", first.getAttribute("aria-label").replace(/，选.*$/, "，选" + word));
      list.appendChild(new Option("请选" + word, ""));
      children.forEach(function (child) {
        list.appendChild(new Option(child.name, child.code));
      });
      box.appendChild(list);
      return list;
    }

    /* The list under `code`; if `wanted` lies below, it is chosen there, and the next one follows. */
    function follow(code, wanted) {
      var mine = round;
      ask(from + "/" + code, function (children) {
        var list;
        if (mine !== round || !offered(children).length) {
          return;
        }
        list = add(children);
        children.forEach(function (child) {
          if (wanted && (child.code === wanted || wanted.indexOf(child.code.replace(/00$/, "")) === 0)) {
            list.value = child.code;
          }
        });
        if (list.value && list.value !== wanted) {
          follow(list.value, wanted);
        }
      });
    }

    box.addEventListener("change", function (event) {
      round += 1;
      cutAfter(lists().indexOf(event.target));
      whole.value = chosen();
      if (event.target.value && lists().length < 3) {
        follow(event.target.value, "");
      }
    });

    /* What was kept in this tab while one signed in again: one list knows it, the others have to be fetched. */
    if (whole.value && whole.value !== chosen()) {
      cutAfter(0);
      if (lists()[0].value) {
        follow(lists()[0].value, whole.value);
      }
    } else {
      whole.value = chosen();
    }
  });

  /* Banks show once a place is chosen: those that are open there. */
  each("select[data-place]", function (place) {
    function show() {
      var option = place.options[place.selectedIndex];
      var there = option ? option.getAttribute("data-banks").split(" ").filter(Boolean) : [];
      each("[data-banks-of]", function (banks) {
        banks.hidden = banks.disabled = !there.length;
        Array.prototype.forEach.call(banks.querySelectorAll("[data-bank]"), function (row) {
          var ring = row.querySelector("input");
          row.hidden = there.indexOf(row.getAttribute("data-bank")) < 0;
          ring.checked = !row.hidden && (ring.checked || (there.length === 1 && banks.hasAttribute("data-needed")));
        });
      });
    }
    place.addEventListener("change", show);
    window.addEventListener("pageshow", show);
  });
}());
