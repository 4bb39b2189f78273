import { InvalidArgumentError } from 'commander'
import { offset } from '../../core/offset.ts'
import type { Place } from '../../links/reset-places.ts'

const largestOffset = 2n ** 63n - 1n

/** `earliest`, `latest`, a time with its zone, an offset, `group:<name>`. */
export function resetPlace(text: string): Place {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (text.startsWith('group:') && text.length > 'group:'.length) return { kind: 'group', group: text.slice('group:'.length) } // prettier-ignore
  if (/^\d{1,19}$/.test(text) && BigInt(text) <= largestOffset) return { kind: 'offset', offset: offset(BigInt(text)) }
  // A time without a zone means another instant on every machine.
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined
  if (at !== undefined && !Number.isNaN(at.getTime()) && isDay(text.slice(0, 10))) return { kind: 'time', at }
  throw new InvalidArgumentError('Expected earliest, latest, a time with its zone such as 2026-11-26T05:00:00Z, an offset, or group:<name>.') // prettier-ignore
}

/** JavaScript takes the 31st of February for the third of March. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00Z`).toISOString().startsWith(text)
}
