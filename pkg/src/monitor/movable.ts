const STEP = 16
const LONG_STEP = 64

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/**
 * Lets `panel` be dragged by its `heading`, and moved with the arrow keys from its `grip`; Home puts it back. Its styles
 * keep it in view.
 */
export function makeMovable(panel: HTMLElement, heading: HTMLElement, grip: HTMLElement): void {
  heading.addEventListener('pointerdown', down => {
    const onOther = (down.target as Element).closest('button') ?? grip
    if (down.button !== 0 || onOther !== grip) return
    const from = placeOf(panel)
    const move = ({ clientX, clientY }: PointerEvent) =>
      put(panel, from, clientX - down.clientX, clientY - down.clientY)
    heading.setPointerCapture(down.pointerId)
    heading.addEventListener('pointermove', move)
    heading.addEventListener('lostpointercapture', () => heading.removeEventListener('pointermove', move), {
      once: true,
    })
  })

  grip.addEventListener('keydown', event => {
    const direction = DIRECTIONS[event.key]
    if (direction === undefined && event.key !== 'Home') return
    event.preventDefault()
    if (direction === undefined) putBack(panel)
    else {
      const step = event.shiftKey ? LONG_STEP : STEP
      put(panel, placeOf(panel), direction[0] * step, direction[1] * step)
    }
  })
}

/** Where it is in fact, and not where it was asked to be: from there it would have to come back first. */
function placeOf(panel: HTMLElement) {
  const { right, top } = getComputedStyle(panel)
  return { right: Number.parseFloat(right), top: Number.parseFloat(top) }
}

function put(panel: HTMLElement, { right, top }: ReturnType<typeof placeOf>, dx: number, dy: number) {
  panel.style.setProperty('--right', `${right - dx}px`)
  panel.style.setProperty('--top', `${top + dy}px`)
}

function putBack(panel: HTMLElement) {
  panel.style.removeProperty('--right')
  panel.style.removeProperty('--top')
}
