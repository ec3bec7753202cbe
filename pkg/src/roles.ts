/** The `roles` claim, else the `role` claim, as a list. */
export function rolesFromClaims(claims: unknown): string[] {
  if (typeof claims !== 'object' || claims === null) return []
  const { roles, role } = claims as Record<string, unknown>
  const found = roles ?? role
  if (typeof found === 'string') return [found]
  return Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === 'string') : []
}
