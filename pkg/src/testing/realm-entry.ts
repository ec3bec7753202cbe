/** What the build makes `./realm.js` of. */
export { createSession } from '../session.js'
