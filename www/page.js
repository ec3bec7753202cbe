/** The element with this `data-testid`. */
export function part(name) {
  return document.querySelector(`[data-testid="${name}"]`)
}

/** Sets an element's text, and touches the page only when it is new: live regions speak at every touch. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Shows `text` in an element, or hides the element when there is none. */
export function setNotice(element, text) {
  setText(element, text ?? '')
  element.hidden = text === null
}
