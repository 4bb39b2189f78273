import { batchAt, type LogPlace } from './evidence.ts'
import { fillerUntil } from './filler.ts'
import type { Piece } from './pieces.ts'

/**
 * What is to be done before records come: where the source's log begins behind the end of a mirror that has never held anything but fillers, it is filled up
 * to there, and the fillers are deleted; and so are those that an earlier runner has left, or that came back when the brokers lost the new log start in a crash.
 * An empty log that does not end at 0 may have been emptied by retention: what the source has not any more then was to be mirrored.
 *
 * @param options.cleanFrom where the mirror began when it was seen that no fillers stand there: it is not looked at again while it begins no earlier
 * @throws BrokerError, TransportError: it could not be looked at
 */
export async function firstPieces(
  mirror: LogPlace,
  log: { readonly begin: bigint; readonly end: bigint; readonly sourceStart: bigint },
  { cleanFrom, signal }: { readonly cleanFrom: bigint | undefined; readonly signal: AbortSignal },
): Promise<readonly Piece[]> {
  const { begin, end, sourceStart } = log
  const fill: readonly Piece[] = [{ fillFrom: end, fillUntil: sourceStart }, { trimTo: sourceStart }]
  if (begin === end) return end === 0n && sourceStart > 0n ? fill : []
  if (sourceStart > end) {
    const last = await batchAt(mirror, end - 1n, signal)
    return last !== undefined && fillerUntil(last) !== undefined ? fill : []
  }
  if (begin >= sourceStart || (cleanFrom !== undefined && begin >= cleanFrom)) return []
  const first = await batchAt(mirror, begin, signal)
  const until = first === undefined ? undefined : fillerUntil(first)
  return until === undefined || until > end ? [] : [{ trimTo: until }]
}
