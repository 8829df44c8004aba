/* Small helps for the citizen's pages. Every page works without this file. ES5 only, for old phones. */
(function () {
  "use strict";

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  var errors = document.getElementById("errors");
  if (errors) {
    errors.focus();
  }

  /* The question that a link leads to is open. */
  function unfold() {
    var found = document.getElementById(window.location.hash.slice(1));
    if (found && found.tagName === "DETAILS") {
      found.open = true;
    }
  }
  window.addEventListener("hashchange", unfold);
  unfold();

  /* In big text the foot repeats what is chosen. */
  each("[data-said-for]", function (line) {
    var inputs = 'input[name="' + line.getAttribute("data-said-for") + '"]';
    function say() {
      var said = [];
      each(inputs + ":checked", function (input) {
        said.push(input.getAttribute("data-said"));
      });
      line.querySelector("span").textContent = said.join("、");
      line.hidden = !said.length;
    }
    each(inputs, function (input) {
      input.addEventListener("change", say);
    });
    say();
  });

  /* Copying the number of a case. */
  each("[data-copy]", function (button) {
    var words = button.querySelector("span");
    button.hidden = false;
    button.addEventListener("click", function () {
      var range = document.createRange();
      var selection = window.getSelection();
      range.selectNodeContents(document.getElementById(button.getAttribute("data-copy")));
      selection.removeAllRanges();
      selection.addRange(range);
      var done = false;
      try {
        done = document.execCommand("copy");
      } catch (error) {
        done = false;
      }
      words.textContent = done ? "已复制" : "已选中，请长按复制";
    });
  });

  /* A page from the browser's own store may be out of date: after a submission it must not offer the form again. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      window.location.reload();
    }
  });

  /* Waiting for a result: ask for the same page until it no longer waits. */
  each("[data-poll]", function (waiting) {
    var pause = Number(waiting.getAttribute("data-poll"));
    function again() {
      window.setTimeout(ask, pause);
    }
    function ask() {
      var request = new XMLHttpRequest();
      request.open("GET", window.location.href);
      request.onload = function () {
        if (request.status === 200 && request.responseText.indexOf("data-poll=") >= 0) {
          again();
        } else if (request.status >= 500 || request.status === 429) {
          again();
        } else {
          window.location.replace(request.responseURL || window.location.href);
        }
      };
      request.onerror = again;
      request.send();
    }
    again();
  });
}());
