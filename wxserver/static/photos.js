/* Photos and PDF files: taken or chosen, photos made small on the phone, sent with progress, tried again when the
   network breaks. A signature drawn by signature.js comes as an event "signed" with the picture, and is sent as it is.
   The page works without this file. ES5 only, for old phones. */
(function () {
  "use strict";

  var LONGEST = 1600;
  var MOST_BYTES = 20000000;
  var MOST_PDF = 10485760;
  var PAUSES = [1000, 3000, 8000];
  var SILENCE = 120000;
  var form = document.querySelector("form[data-photo]");
  if (!form || !window.FormData || !window.XMLHttpRequest) {
    return;
  }
  var told = form.querySelector("[data-told]");
  var again = form.querySelector("[data-again]");
  var ways = form.querySelector("[data-ways]");
  var done = form.getAttribute("data-done");
  var waiting = null;
  var busy = false;

  function say(words, kind) {
    told.textContent = words;
    told.className = "photo-told" + (words ? " photo-told-" + (kind || "calm") : "");
  }

  function newKey() {
    var bytes = new Uint8Array(16);
    if (window.crypto && window.crypto.getRandomValues) {
      window.crypto.getRandomValues(bytes);
    } else {
      for (var at = 0; at < 16; at += 1) {
        bytes[at] = Math.floor(Math.random() * 256);
      }
    }
    return Array.prototype.map.call(bytes, function (byte) {
      return ("0" + byte.toString(16)).slice(-2);
    }).join("");
  }

  /* The way without buttons goes; the two buttons come. */
  var plain = form.querySelector(".photo-input");
  plain.hidden = true;
  plain.disabled = true;
  plain.removeAttribute("id");
  form.querySelector(".photo-send").hidden = true;
  ways.hidden = false;
  function take(input) {
    if (input.files && input.files[0]) {
      begin(input.files[0]);
    }
    input.value = "";
  }
  var inputs = Array.prototype.slice.call(ways.querySelectorAll("input"));
  inputs.forEach(function (input, index) {
    if (index === 0) {
      input.id = "file";
    }
    input.addEventListener("change", function () { take(input); });
  });
  again.addEventListener("click", function () {
    if (waiting) {
      send(waiting, 0);
    }
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
  });
  form.addEventListener("signed", function (event) {
    if (!busy) {
      waiting = { key: newKey(), content: event.detail, name: "signature.png" };
      send(waiting, 0);
    }
  });
  /* Without this file the button on the foot sends what is chosen and goes on; here it only goes on. */
  Array.prototype.forEach.call(document.querySelectorAll(".foot button[form]"), function (button) {
    button.setAttribute("form", "go");
  });
  /* On a slow line a photo may have been chosen before this file came. */
  inputs.concat(plain).forEach(take);

  function begin(file) {
    if (busy) {
      return;
    }
    again.hidden = true;
    var pdf = file.type === "application/pdf" || /\.pdf$/i.test(file.name || "");
    if (pdf && file.size > MOST_PDF) {
      say("这个 PDF 太大了，最多 10 MB。请只留下要交的那几页，或者拍成照片再传。", "bad");
      return;
    }
    say(pdf ? "正在准备文件" : "正在缩小照片");
    var parcel = { key: newKey(), content: file, name: file.name || "photo.jpg" };
    var settled = false;
    function go(content) {
      if (settled) {
        return;
      }
      settled = true;
      busy = false;
      parcel.content = content;
      if (content.size > MOST_BYTES) {
        say("照片太大了，最多 20 MB。请换一张小一点的，或者重新拍一张。", "bad");
        return;
      }
      waiting = parcel;
      send(parcel, 0);
    }
    busy = true;
    /* A phone that can't make it small sends it as it is; the server does the rest. */
    window.setTimeout(function () { go(file); }, 20000);
    if (!window.Compressor || !/^image\/(jpeg|png|webp)$/.test(file.type)) {
      go(file);
      return;
    }
    if (file.type === "image/jpeg") {
      whole(file, function (complete) {
        if (complete) {
          shrink(file, go);
        } else {
          go(file);
        }
      });
    } else {
      shrink(file, go);
    }
  }

  /* A JPEG that was cut off has no end mark. It is sent as it is, and the server says so; made anew it would look
     complete, with a grey lower half. */
  function whole(file, then) {
    var reader = new window.FileReader();
    reader.onload = function () {
      var bytes = new Uint8Array(reader.result);
      for (var at = bytes.length - 2; at >= 0; at -= 1) {
        if (bytes[at] === 0xFF && bytes[at + 1] === 0xD9) {
          then(true);
          return;
        }
      }
      then(false);
    };
    reader.onerror = function () { then(true); };
    reader.readAsArrayBuffer(file.slice(Math.max(0, file.size - 65536)));
  }

  function shrink(file, go) {
    try {
      new window.Compressor(file, {
        maxWidth: LONGEST,
        maxHeight: LONGEST,
        quality: 0.85,
        mimeType: "image/jpeg",
        success: go,
        error: function () { go(file); }
      });
    } catch (error) {
      go(file);
    }
  }

  function send(parcel, tried) {
    var request = new XMLHttpRequest();
    var data = new FormData(form);
    data.append("file", parcel.content, parcel.name);
    data.append("do", "add");
    busy = true;
    again.hidden = true;
    if (tried === 0) {
      say("已上传 0%");
    }
    request.open("POST", form.getAttribute("action"));
    var begun = Date.now();
    request.timeout = SILENCE;
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", parcel.key);
    request.upload.onprogress = function (event) {
      request.timeout = Date.now() - begun + SILENCE;
      if (event.lengthComputable) {
        var part = Math.floor(event.loaded / event.total * 100);
        say(part < 100 ? "已上传 " + part + "%" : "已上传 100%，正在检查");
      }
    };
    request.onload = function () {
      if (request.status === 201 || request.status === 200) {
        arrived();
      } else if (request.status >= 500 || request.status === 429) {
        broken(parcel, tried, sentenceOf(request));
      } else {
        refused(request);
      }
    };
    request.onerror = request.ontimeout = function () {
      broken(parcel, tried, null);
    };
    request.send(data);
  }

  function answerOf(request) {
    try {
      return JSON.parse(request.responseText);
    } catch (error) {
      return null;
    }
  }

  function sentenceOf(request) {
    var answer = answerOf(request);
    if (!answer) {
      return null;
    }
    var place = answer.errors && answer.errors.file;
    return place && place.length ? place.join("") : answer.detail || null;
  }

  function arrived() {
    say("上传好了");
    if (form.hasAttribute("data-onward")) {
      document.querySelector(".foot button").click();
    } else {
      window.location.replace(done);
    }
  }

  function refused(request) {
    busy = false;
    waiting = null;
    form.removeAttribute("data-onward");
    var sentence = sentenceOf(request);
    if (sentence) {
      say(sentence, "bad");
    } else if (request.status === 413) {
      say("照片太大了，最多 20 MB。请换一张小一点的，或者重新拍一张。", "bad");
    } else {
      window.location.assign(done);
    }
  }

  /* The network broke, or the server is too busy: wait, longer each time, and until the phone is online again. */
  function broken(parcel, tried, sentence) {
    if (tried >= PAUSES.length) {
      busy = false;
      say((sentence || "网络不通，还没有传上去。") + "照片还在，请换个地方，再点“再试一次”。", "bad");
      again.hidden = false;
      again.focus();
      return;
    }
    say("网络不太稳定，正在重试（第 " + (tried + 1) + " 次）");
    var gone = false;
    function next() {
      if (!gone) {
        gone = true;
        window.removeEventListener("online", next);
        send(parcel, tried + 1);
      }
    }
    window.setTimeout(function () {
      if (navigator.onLine === false) {
        say("手机现在没有网络，连上以后会接着传");
        window.addEventListener("online", next);
        window.setTimeout(next, 30000);
      } else {
        next();
      }
    }, PAUSES[tried]);
  }
}());
