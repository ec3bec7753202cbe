/** What the page's clock is ahead of the true one, for all of its panels, in milliseconds. */
let ahead = 0

let trueNow: (() => number) | null = null

const shiftedNow = () => (trueNow?.() ?? 0) + ahead

export const clockAhead = () => ahead

/** Lets the page's clock show `instant`, from where it goes on. It is never set back by this. */
export function setClockAhead(instant: number): void {
  if (trueNow === null) {
    trueNow = Date.now
    Date.now = shiftedNow
  }
  ahead += Math.max(0, instant - Date.now())
}

/** Lets the page's clock show the true time again. */
export function setClockRight(): void {
  ahead = 0
  // Who has put another clock over it since then still asks it.
  if (Date.now !== shiftedNow || trueNow === null) return
  Date.now = trueNow
  trueNow = null
}
