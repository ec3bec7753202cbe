import type { Degradation, Where } from './snapshot.js'

/** What a session has to do without, in the order of the core's numbers. */
export const DEGRADED = [
  'no-fence',
  'no-storage',
  'not-stored',
  'newer-version',
  'no-encryption',
] as const satisfies readonly Degradation[]

/** Which tab it was. */
export const whichTab = (isOther: boolean): Where => (isOther ? 'other-tab' : 'this-tab')
