import { required } from '../../e2e/support/environment.mjs'

/** What `npm pack` made of the package. */
export const TARBALL = required('SESSION_WARDEN_TARBALL')
/** Where the applications are that have installed it; what was installed there last is not fetched again. */
export const APPLICATIONS = required('SESSION_WARDEN_APPLICATIONS')
