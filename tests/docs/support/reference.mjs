import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Application, Logger, LogLevel } from 'typedoc'
import { ROOT } from './pages.mjs'

/** Where the reference is. */
export const REFERENCE = join(ROOT, 'docs/api')

/** All that a name or a member of the package can be, but for what TypeDoc makes of these for itself. */
const KINDS = [
  'Function',
  'Class',
  'Interface',
  'TypeAlias',
  'Variable',
  'Constructor',
  'Property',
  'Method',
  'CallSignature',
  'ConstructorSignature',
  'GetSignature',
]

/** What a sub-path is imported as. */
const importName = ({ name }) => (name === 'index' ? 'session-warden' : `session-warden/${name}`)

/**
 * Writes the reference of the built package into the folder `out`, of which nothing else is left, and returns what TypeDoc
 * has to say against the declarations.
 */
export async function writeReference(out) {
  const { exports } = JSON.parse(await readFile(join(ROOT, 'pkg/package.json'), 'utf8'))
  const declarations = Object.values(exports).flatMap(({ import: entry }) => entry?.types ?? [])
  const complaints = []
  const app = await Application.bootstrapWithPlugins({
    name: 'The API',
    out,
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: declarations.map(path => join(ROOT, 'pkg', path)),
    tsconfig: join(ROOT, 'tests/docs/tsconfig.json'),
    readme: 'none',
    outputFileStrategy: 'modules',
    // What `Error` and `HTMLElement` bring is not the package's.
    excludeExternals: true,
    excludePrivate: true,
    disableSources: true,
    hideGenerator: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useHTMLAnchors: true,
    useCodeBlocks: false,
    parametersFormat: 'table',
    propertyMembersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    sort: ['source-order'],
    sortEntryPoints: false,
    pageTitleTemplates: { index: 'The API', module: importName },
    requiredToBeDocumented: KINDS,
    validation: { notExported: false, invalidLink: true, notDocumented: true },
    logLevel: LogLevel.Warn,
  })
  app.logger = new (class extends Logger {
    log(message, level) {
      if (level >= LogLevel.Warn) complaints.push(message)
    }
  })()
  const project = await app.convert()
  if (project === undefined) throw new Error(complaints.join('\n'))
  app.validate(project)
  await app.generateOutputs(project)
  await nameModules(join(out, 'README.md'))
  return complaints
}

/** In the list of the pages a sub-path has the name of its file. */
async function nameModules(path) {
  const list = await readFile(path, 'utf8')
  await writeFile(
    path,
    list.replace(/^- \[(\w+)\]/gm, (_, name) => `- [\`${importName({ name })}\`]`),
  )
}
