import { isTimeout, messageOf } from '../../../core/errors.ts'

/** What a runner tells of what it tried in vain, and tries again. A time-out says nothing of what it was about. */
export function troubleOf(what: string, error: unknown): string {
  return isTimeout(error) ? `${what}: ${messageOf(error)}` : messageOf(error)
}
