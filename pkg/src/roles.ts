/** What may have roles. */
type Holder = { roles?: unknown; role?: unknown } | null

/** The claim `roles` or `role`, else the user's member of that name, as a list. */
export function usualRoles(claims: Holder, user: Holder): string[] {
  const found = claims?.roles ?? claims?.role ?? user?.roles ?? user?.role
  if (typeof found === 'string') return [found]
  return Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === 'string') : []
}
