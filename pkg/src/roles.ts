/** The claim `roles` or `role`, else the user's member of that name, as a list. */
export function usualRoles(claims: unknown, user: unknown): string[] {
  const found = rolesIn(claims) ?? rolesIn(user)
  if (typeof found === 'string') return [found]
  return Array.isArray(found) ? found.filter((entry): entry is string => typeof entry === 'string') : []
}

function rolesIn(object: unknown): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  const { roles, role } = object as Record<string, unknown>
  return roles ?? role
}
