/* What one can see of a page. Put before every other check; nothing here changes the page. */
const styleOf = (element, pseudo) => getComputedStyle(element, pseudo || null);

/* Whether an element is there for screen readers only, or off the page until it has the focus. */
const forReadersOnly = (element) => {
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    const style = styleOf(each);
    const box = each.getBoundingClientRect();
    if (style.position === "absolute" && (style.clip === "rect(0px, 0px, 0px, 0px)" || box.right < -1000)) return true;
  }
  return false;
};

const opacityOf = (element) => {
  let opacity = 1;
  for (let each = element; each; each = each.parentElement) opacity *= parseFloat(styleOf(each).opacity);
  return opacity;
};

/* Not: hidden, folded away, empty, off the page. */
const isSeen = (element) => {
  if (!element.checkVisibility()) return false;
  const style = styleOf(element);
  const box = element.getBoundingClientRect();
  return style.visibility === "visible" && style.display !== "none" && box.width > 0 && box.height > 0
    && opacityOf(element) > 0 && !forReadersOnly(element);
};

/* The rectangles of a text node's letters, one per line. */
const rectsOf = (node) => {
  const words = node.data;
  const range = document.createRange();
  range.setStart(node, words.length - words.trimStart().length);
  range.setEnd(node, words.trimEnd().length);
  return [...range.getClientRects()].filter((rect) => rect.width > 0.5 && rect.height > 0.5);
};

/* All text nodes that show: {node, holder, words}. */
const texts = () => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest("script, style, noscript, option, template")) continue;
    if (!rectsOf(node).length || !isSeen(holder)) continue;
    found.push({ node, holder, words: node.data.trim().replace(/\s+/g, " ").slice(0, 24) });
  }
  return found;
};

const named = (element) => element.tagName.toLowerCase() + (element.className && element.className.baseVal === undefined
  ? "." + String(element.className).trim().split(/\s+/).join(".") : "");
