/* Letters and targets that are too small: `options.letters` and `options.targets` in px. */
(() => {
  const found = [];
  texts().forEach((text) => {
    const size = parseFloat(styleOf(text.holder).fontSize);
    if (size < options.letters - 0.01) found.push(["letters of " + size, text.words]);
  });
  document.querySelectorAll("input, select, textarea").forEach((control) => {
    const size = parseFloat(styleOf(control).fontSize);
    if (isSeen(control) && size < options.letters - 0.01) found.push(["letters of " + size, control.name]);
  });

  const inSentence = (link) => {
    if (styleOf(link).display !== "inline") return false;
    let block = link.parentElement;
    while (styleOf(block).display === "inline") block = block.parentElement;
    return block.textContent.trim().length > link.textContent.trim().length;
  };
  const targets = new Set();
  document.querySelectorAll("a[href], button, summary, select, textarea, input").forEach((element) => {
    if (element.type === "hidden") return;
    const labelled = ["radio", "checkbox", "file"].includes(element.type) && element.labels && element.labels.length;
    const tallest = (labels) => labels.sort((a, b) => b.offsetHeight - a.offsetHeight)[0];
    targets.add(labelled ? tallest([...element.labels]) : element);
  });
  targets.forEach((element) => {
    if (!isSeen(element) || inSentence(element)) return;
    const box = element.getBoundingClientRect();
    if (box.height < options.targets - 0.5 || box.width < 44 - 0.5) {
      found.push(["target of " + Math.round(box.width) + "×" + Math.round(box.height), element.textContent.trim().slice(0, 24) || named(element)]);
    }
    if (element.disabled) found.push(["disabled", element.textContent.trim().slice(0, 24)]);
  });
  return found;
})()
