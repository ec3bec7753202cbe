// Takes the words out of panics: `node silence-panics.mjs in.wasm out.wasm`.
//
// Nothing in a page hears what a panic says, since no hook prints it; what is left is the trap. But the code that
// would word it is in every module, as the standard library comes compiled, and only a nightly compiler can leave it
// out. So the function where all panics meet traps at once, and what formats text for it is gone.
import { readFile, writeFile } from 'node:fs/promises'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import binaryen from 'binaryen'

// wasm-opt, which comes next, orders functions by their names.
binaryen.setDebugInfo(true)

/** Where all panics meet. The brackets hold a hash of the crate. */
const PANIC = /^core(\[\w+\])?::panicking::panic_fmt\b/
/** What formats text, which only they need; and what js-sys brings along for `async`, which nothing here is. */
const NEEDLESS = /\b(core(\[\w+\])?::fmt|js_sys(\[\w+\])?::futures)::/

/**
 * The module in `bytes` with silent panics. It must have its function names. Throws where something else than a panic
 * formats text, or something is `async`: that would trap in the page.
 */
export function silencePanics(bytes) {
  const module = binaryen.readBinary(bytes)
  try {
    const functions = Array.from({ length: module.getNumFunctions() }, (_, index) => {
      const reference = module.getFunctionByIndex(index)
      return { reference, name: binaryen.getFunctionInfo(reference).name }
    })
    const panics = functions.filter(({ name }) => PANIC.test(name))
    if (panics.length === 0) throw new Error('the module has no function where panics meet, or no names')
    const needless = functions.filter(({ name }) => NEEDLESS.test(name))
    for (const { reference } of [...panics, ...needless]) {
      binaryen.Function.setBody(reference, module.unreachable())
    }
    module.runPasses(['remove-unused-module-elements'])
    // Those that are left are in the table of functions, for nobody to call.
    const called = module.emitText().matchAll(/\(call \$"?([^ )][^")]*)/g)
    for (const [, name] of called) {
      if (NEEDLESS.test(name))
        throw new Error(`the module needs more than it was built for: it calls ${name}`)
    }
    return blank(module.emitBinary())
  } finally {
    module.dispose()
  }
}

/**
 * What only a panic would have said: where in the source it is, and the digits that text is made of. It lies in the data
 * still, where nobody looks at it any more; zeros cost next to nothing to download.
 */
const UNSAID = new RegExp(
  [
    String.raw`(?:/rustc/[0-9a-f]{40}|rust/lib|cargo/registry|src)/[\w./-]*?\.rs`,
    Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0')).join(''),
    'RefCell already (?:mutably )?borrowed',
    'LazyCell instance has previously been poisoned',
    'Tried to shrink to a larger capacity',
    'internal error: entered unreachable code',
    'capacity overflow',
    'no window',
    '(?:failed to get|no) (?:local|session)[_ ]storage',
  ].join('|'),
  'g',
)

function blank(bytes) {
  const text = Buffer.from(bytes).toString('latin1')
  return Buffer.from(
    text.replace(UNSAID, said => '\0'.repeat(said.length)),
    'latin1',
  )
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , from, to] = argv
  await writeFile(to, silencePanics(await readFile(from)))
}
