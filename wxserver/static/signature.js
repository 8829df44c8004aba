/* Signing with a finger. The paper is always 900 by 600, shown as large as fits, so that turning the phone changes
   nothing of what is written. Only the finished picture leaves this page. ES5 only, for old phones. */
(function () {
  "use strict";

  var THICK = 11;
  var LEAST = 300;
  var form = document.querySelector("form[data-photo]");
  var place = document.querySelector("[data-sign]");
  var paper = place && place.querySelector("[data-paper]");
  var pen = paper && paper.getContext && paper.getContext("2d");
  if (!form || !pen || !window.FormData || !window.XMLHttpRequest) {
    return;
  }
  var told = form.querySelector("[data-told]");
  var foot = document.querySelector(".foot button");
  var last = null;
  var middle = null;
  var written = 0;
  var sending = false;

  function clean() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, paper.width, paper.height);
    pen.strokeStyle = pen.fillStyle = "#000";
    pen.lineWidth = THICK;
    pen.lineCap = pen.lineJoin = "round";
    last = middle = null;
    written = 0;
  }

  function say(words, kind) {
    told.textContent = words;
    told.className = "photo-told" + (words ? " photo-told-" + (kind || "bad") : "");
  }

  function at(point) {
    var box = paper.getBoundingClientRect();
    return {
      x: (point.clientX - box.left) * paper.width / box.width,
      y: (point.clientY - box.top) * paper.height / box.height
    };
  }

  function down(point) {
    last = middle = at(point);
    pen.beginPath();
    pen.arc(last.x, last.y, THICK / 2, 0, 2 * Math.PI);
    pen.fill();
    written += THICK;
    say("");
  }

  /* From the middle of one step to the middle of the next, rounded by where the finger was between. */
  function move(point) {
    if (!last) {
      return;
    }
    var now = at(point);
    var half = { x: (last.x + now.x) / 2, y: (last.y + now.y) / 2 };
    pen.beginPath();
    pen.moveTo(middle.x, middle.y);
    pen.quadraticCurveTo(last.x, last.y, half.x, half.y);
    pen.stroke();
    written += Math.sqrt(Math.pow(now.x - last.x, 2) + Math.pow(now.y - last.y, 2));
    last = now;
    middle = half;
  }

  function up() {
    if (last) {
      pen.beginPath();
      pen.moveTo(middle.x, middle.y);
      pen.lineTo(last.x, last.y);
      pen.stroke();
    }
    last = middle = null;
  }

  function listen(name, act) {
    paper.addEventListener(name, function (event) {
      event.preventDefault();
      act(event);
    }, false);
  }

  if (window.PointerEvent) {
    var finger = null;
    listen("pointerdown", function (event) {
      if (finger === null && (event.pointerType !== "mouse" || event.button === 0)) {
        finger = event.pointerId;
        if (paper.setPointerCapture) {
          paper.setPointerCapture(finger);
        }
        down(event);
      }
    });
    listen("pointermove", function (event) {
      if (event.pointerId === finger) {
        var steps = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        Array.prototype.forEach.call(steps.length ? steps : [event], move);
      }
    });
    ["pointerup", "pointercancel"].forEach(function (name) {
      listen(name, function (event) {
        if (event.pointerId === finger) {
          finger = null;
          up();
        }
      });
    });
  } else {
    listen("touchstart", function (event) { down(event.changedTouches[0]); });
    listen("touchmove", function (event) { move(event.changedTouches[0]); });
    listen("touchend", up);
    listen("touchcancel", up);
    listen("mousedown", down);
    listen("mousemove", move);
    listen("mouseup", up);
    listen("mouseleave", up);
  }

  function picture(then) {
    if (paper.toBlob) {
      paper.toBlob(then, "image/png");
      return;
    }
    var text = window.atob(paper.toDataURL("image/png").split(",")[1]);
    var bytes = new Uint8Array(text.length);
    for (var index = 0; index < text.length; index += 1) {
      bytes[index] = text.charCodeAt(index);
    }
    then(new window.Blob([bytes], { type: "image/png" }));
  }

  function send() {
    if (written < LEAST) {
      say("还没有写好姓名。请用手指在框里写，写大一点。");
      form.removeAttribute("data-onward");
      return;
    }
    if (sending) {
      return;
    }
    sending = true;
    say("正在准备", "calm");
    picture(function (content) {
      var event = document.createEvent("CustomEvent");
      event.initCustomEvent("signed", false, false, content);
      sending = false;
      form.dispatchEvent(event);
    });
  }

  place.querySelector("[data-clear]").addEventListener("click", function () {
    clean();
    say("");
  });
  place.querySelector("[data-signed]").addEventListener("click", send);
  /* Who has written and goes on without "写好了" means it: the picture is sent first. */
  foot.addEventListener("click", function (event) {
    if (written && !form.hasAttribute("data-onward")) {
      event.preventDefault();
      form.setAttribute("data-onward", "");
      send();
    }
  });
  clean();
  place.hidden = false;
  form.querySelector("[data-sign-else]").hidden = false;
}());
