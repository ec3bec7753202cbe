/**
 * The blocks that others show than the tests in `blocks.test.mjs`: those of a page, or only those that begin with
 * `starts`. Each is named in a file of the folder, or in the file, `by`: by its own file's name, by the code in the
 * heading above it, or by how it begins; with `takesAll` that takes the blocks whatever they are, and fails where it
 * cannot. `suite` is the suite that runs that.
 */
export const ELSEWHERE = [
  { page: 'docs/recipes.md', suite: 'recipes', by: 'tests/recipes' },
  { page: 'docs/frameworks.md', suite: 'frameworks', by: 'tests/frameworks', takesAll: true },
  { page: 'docs/react-router.md', suite: 'frameworks', by: 'tests/frameworks', takesAll: true },
  { page: 'docs/testing.md', suite: 'testing', by: 'tests/testing', takesAll: true },
  { page: 'docs/csp.md', starts: 'Content-Security-Policy', suite: 'loads', by: 'tests/packaging' },
  { page: 'docs/backends.md', suite: 'backends', by: 'tests/backends' },
  { page: 'docs/systems.md', suite: 'contracts', by: 'tests/contracts' },
  { page: 'docs/csp.md', starts: 'the page', suite: 'loads', by: 'tests/packaging', takesAll: true },
  { page: 'server/README.md', starts: 'url=', suite: 'docs', by: 'tests/docs/server.test.mjs' },
  { page: 'server/README.md', starts: 'mine.toml', suite: 'docs', by: 'tests/docs/server.test.mjs' },
  { page: 'SECURITY.md', starts: 'default-src', suite: 'docs', by: 'tests/docs/server.test.mjs' },
]

/** The entry for a block, if there is one. */
export const elsewhere = ({ page, text }) =>
  ELSEWHERE.find(entry => entry.page === page && text.startsWith(entry.starts ?? ''))
