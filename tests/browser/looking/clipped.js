/* Texts that are cut off, covered or on top of each other. `options.width`: how wide the window is meant to be.
   Looks at the letters' own rectangles: a box may fit while its text does not. */
(() => {
  const found = [];
  const say = (what, words, rect) => found.push([what, words, rect.map((each) => Math.round(each))]);
  const corners = (rect) => [rect.left, rect.top, rect.right, rect.bottom];
  const all = texts();

  const bars = [...document.body.querySelectorAll("*")].filter(
    (element) => ["fixed", "sticky"].includes(styleOf(element).position) && isSeen(element));
  const covered = (bar) => {
    const box = bar.getBoundingClientRect();
    const atFoot = box.top > window.innerHeight / 2;
    return (text) => !bar.contains(text.holder) && rectsOf(text.node).some((rect) => (
      Math.min(rect.right, box.right) - Math.max(rect.left, box.left) > 2
      && Math.min(rect.bottom, box.bottom) - Math.max(rect.top, box.top) > 2)) && (atFoot || window.scrollY === 0);
  };
  window.scrollTo(0, document.documentElement.scrollHeight);
  bars.forEach((bar) => all.filter(covered(bar)).forEach(
    (text) => say("covered by " + named(bar), text.words, corners(rectsOf(text.node)[0]))));
  window.scrollTo(0, 0);

  const height = document.documentElement.scrollHeight;
  all.forEach((text) => rectsOf(text.node).forEach((rect) => {
    if (rect.left < -1 || rect.right > options.width + 1) say("beyond the window's side", text.words, corners(rect));
    if (rect.top < -1 || rect.bottom > height + 1) say("beyond the page's end", text.words, corners(rect));
    for (let each = text.holder; each; each = each.parentElement) {
      const style = styleOf(each);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const whole = each === document.body || each === document.documentElement;
      const box = whole ? { left: 0, top: 0 } : each.getBoundingClientRect();
      const left = box.left + (whole ? 0 : each.clientLeft);
      const top = box.top + (whole ? 0 : each.clientTop);
      const right = left + (whole ? options.width : each.clientWidth);
      const bottom = top + (whole ? window.innerHeight : each.clientHeight);
      /* Inline boxes have no client size; they hide nothing either. */
      if (!whole && !each.clientWidth && !each.clientHeight && style.display === "inline") continue;
      if (style.overflowX !== "visible" && (rect.left < left - 1 || rect.right > right + 1)) {
        say("cut off by " + named(each), text.words, corners(rect));
      }
      const slack = rect.height * 0.15; /* a rectangle holds more than the letters' ink */
      if (style.overflowY !== "visible" && (rect.top < top - slack || rect.bottom > bottom + slack)) {
        say("cut off by " + named(each), text.words, corners(rect));
      }
    }
  }));

  const inks = all.flatMap((text) => rectsOf(text.node).map((rect) => ({
    text, left: rect.left, right: rect.right, top: rect.top + rect.height * 0.2, bottom: rect.bottom - rect.height * 0.2,
  })));
  inks.forEach((one, index) => inks.slice(index + 1).forEach((other) => {
    if (one.text === other.text || bars.some((bar) => bar.contains(one.text.holder) !== bar.contains(other.text.holder))) return;
    if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2
      && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 2) {
      say("on top of " + other.text.words, one.text.words, [one.left, one.top, one.right, one.bottom]);
    }
  }));

  const pen = document.createElement("canvas").getContext("2d");
  document.querySelectorAll("input, select").forEach((control) => {
    if (!isSeen(control) || ["hidden", "radio", "checkbox", "file"].includes(control.type)) return;
    const style = styleOf(control);
    const words = control.tagName === "SELECT" ? control.selectedOptions[0].text : control.value || control.placeholder;
    pen.font = [style.fontWeight, style.fontSize, style.fontFamily].join(" ");
    const room = control.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (pen.measureText(words).width > room + 1) {
      say("too long for its field", control.name, corners(control.getBoundingClientRect()));
    }
  });
  return found;
})()
