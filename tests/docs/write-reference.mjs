// `cargo xtask docs`: writes docs/api from the declarations of the built package.
import { REFERENCE, writeReference } from './support/reference.mjs'

const complaints = await writeReference(REFERENCE)
for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
if (complaints.length > 0) process.exitCode = 1
