import { session } from './session'

export const greeting = () => `Hello ${session.getSnapshot().user?.name ?? 'stranger'}`
