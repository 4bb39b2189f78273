import type { SeenRecord } from './fingerprint.ts'
import { alikeIn, keysBy } from './stretch-match.ts'

// A worker that went back copies once more what stands before the turn. Whether it has come past all of that already, its syncs tell only when many more
// records have followed; where little is written, the records themselves do.

export interface CopiedAgain {
  /** Of the source, all to its end, from the sync with which the stretch begins, or the last one where that stands before it. */
  readonly source: readonly SeenRecord[]
  /** Of the destination, all that stands in the stretch. */
  readonly stretch: readonly SeenRecord[]
  /** Of the destination, all from the last sync on. */
  readonly behind: readonly SeenRecord[]
  /** The offset of the last sync on the source: its run has copied what is before it. */
  readonly up: bigint
}

/**
 * Does the run to which the last sync belongs come past every record that stands in the stretch? False where a record is not on the source any more: where it
 * stood there is not known.
 */
export function isCopiedAgain({ source, stretch, behind, up }: CopiedAgain): boolean {
  const keyOf = keysBy([...stretch, ...behind])
  const alike = alikeIn(source.map(keyOf))
  // What stands there one after the other, none left out, is read whichever life of a worker copied it.
  const rest = source.filter(({ offset }) => offset >= up)
  const end = rest.findIndex((one, n) => { const copy = behind[n]; return copy === undefined || keyOf(copy) !== keyOf(one) }) // prettier-ignore
  const reached = (end === -1 ? rest.at(-1) : rest[end - 1])?.offset ?? up
  return stretch.every((one) => {
    const last = source[alike.get(keyOf(one))?.at(-1) ?? -1]
    return last !== undefined && last.offset <= reached
  })
}
