/* Contrast of every text against what lies behind it, computed by WCAG's formula and by nothing of axe.
   Rings and boxes are looked at ticked too. Whoever calls may force :hover, :active and :focus before. */
(() => {
  const found = [];
  const parsed = (colour) => {
    const parts = colour.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
    if (!parts) throw new Error("a colour that is not understood: " + colour);
    return [1, 2, 3].map((index) => Number(parts[index])).concat(parts[4] === undefined ? 1 : Number(parts[4]));
  };
  const over = (upper, lower) => [0, 1, 2].map((index) => upper[index] * upper[3] + lower[index] * (1 - upper[3])).concat(1);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => part / 255).map(
      (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const style = styleOf(each);
      if (style.backgroundImage !== "none" && style.backgroundRepeat !== "no-repeat") return null;
      const colour = parsed(style.backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const judge = (element, style, words) => {
    const ground = behind(element);
    if (!ground) return found.push(["a picture lies behind it", words]);
    const colour = parsed(style.color);
    colour[3] *= opacityOf(element);
    const measured = ratio(over(colour, ground), ground);
    if (measured < 4.5) found.push([measured.toFixed(2), words]);
    return measured;
  };
  const lettersIn = (content) => !["none", "normal", '""'].includes(content);
  const judgeAll = (within) => {
    texts().filter((text) => within.contains(text.holder)).forEach((text) => judge(text.holder, styleOf(text.holder), text.words));
    [within, ...within.querySelectorAll("*")].forEach((element) => ["::before", "::after"].forEach((pseudo) => {
      const style = styleOf(element, pseudo);
      if (lettersIn(style.content) && isSeen(element)) judge(element, style, named(element) + pseudo);
    }));
  };
  judgeAll(document.body);
  document.querySelectorAll("input, select, textarea").forEach((control) => {
    if (!isSeen(control) || ["hidden", "radio", "checkbox"].includes(control.type)) return;
    judge(control, styleOf(control), control.name);
    if (control.placeholder) judge(control, styleOf(control, "::placeholder"), control.name + "::placeholder");
    if (control.type === "file") return;
    const edge = ratio(parsed(styleOf(control).borderTopColor), behind(control));
    if (edge < 3) found.push([edge.toFixed(2), "edge of " + control.name]);
  });
  document.querySelectorAll("input[type=radio], input[type=checkbox]").forEach((input) => {
    const before = [...document.getElementsByName(input.name)].filter((each) => each.checked);
    input.checked = true;
    [...input.labels].filter(isSeen).forEach(judgeAll);
    input.checked = false;
    before.forEach((each) => { each.checked = true; });
  });
  return found;
})()
