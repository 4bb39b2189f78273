import { type Batch, batchesOf, isChecksumRight } from '../../../kafka/records/batch.ts'
import { batchFromStored, storedRecordsOf, type StoredRecord } from '../../../kafka/records/record.ts'
import { committedOnly } from '../../../kafka/read.ts'

/** Offsets from one up to another, not included, that no consumer sees: they are taken up on the mirror, so that what follows stands where the source has it. */
export interface Hidden {
  readonly from: bigint
  readonly until: bigint
}

/** Offsets that the source's log does not reach back to: filled with records that are deleted by the `Trim` behind them. */
export interface Filler {
  readonly fillFrom: bigint
  readonly fillUntil: bigint
}

/** What stands before is deleted: the log begins where the source's does. */
export interface Trim {
  readonly trimTo: bigint
}

/** What is appended to a mirror next, or done to it. */
export type Piece = Batch | Hidden | Filler | Trim

export function isBatch(piece: Piece): piece is Batch {
  return 'bytes' in piece
}

export function isHidden(piece: Piece): piece is Hidden {
  return 'until' in piece
}

export function isFiller(piece: Piece): piece is Filler {
  return 'fillUntil' in piece
}

export function bytesOf(piece: Piece): number {
  return isBatch(piece) ? piece.bytes.length : 0
}

/** Records of a batch that has to be made anew go into batches of about so many bytes, before they are compressed. */
const rebuiltBytes = 1024 * 1024

export interface Cut {
  readonly pieces: readonly (Batch | Hidden)[]
  /** The offset behind the last piece. */
  readonly next: bigint
  /** Records are missing that compaction has removed, tombstones perhaps. Markers and what was aborted are none of them. */
  readonly isHoled: boolean
  /** Why what follows cannot be mirrored. */
  readonly why?: string
}

export interface PiecesOptions {
  /** Where the mirror ends. */
  readonly expected: bigint
  /** Transactions that were aborted, as a read-committed fetch gives them: producers, and the first offsets (KIP-98). */
  readonly aborted: Parameters<typeof committedOnly>[1]
  /** More offsets at once are not hidden. */
  readonly mostHidden: bigint
}

/**
 * What the stored batches of a source become on a mirror that ends at `expected`, without a hole: batches that can be appended as they are, batches that
 * were made anew, and what is hidden, which is markers, what was aborted, and what compaction has removed.
 *
 * A batch stays as it is wherever it can; its records are not looked at then. It is made anew where records are missing in it, where its record times
 * are append times (a producer cannot give these), and where the mirror ends inside of it. Codecs have to be loaded (`loadCodecs`).
 *
 * @throws MalformedError, CompressedError when a batch that has to be made anew cannot be read
 */
export function piecesOf(batches: readonly Batch[], { expected, aborted, mostHidden }: PiecesOptions): Cut {
  const pieces: (Batch | Hidden)[] = []
  let next = expected
  let isHoled = false
  const hideUntil = (until: bigint): void => {
    if (until <= next) return
    const before = pieces.at(-1)
    if (before !== undefined && isHidden(before)) pieces[pieces.length - 1] = { from: before.from, until }
    else pieces.push({ from: next, until })
    next = until
  }
  const visible = new Set(committedOnly(batches, aborted))
  for (const batch of batches) {
    const end = batch.lastOffset + 1n
    if (end <= expected) continue
    const isAsItIs = visible.has(batch) && isAsItMayBe(batch, next)
    const missing = missingTo(batch, next)
    if (missing > 0n) isHoled = true
    const why = whyUnreadable(batch, isAsItIs) ?? whyTooFar(missing, next, mostHidden)
    if (why !== undefined) return { pieces, next, isHoled, why }
    if (!visible.has(batch)) {
      hideUntil(end)
      continue
    }
    if (isAsItIs) {
      hideUntil(batch.baseOffset)
      pieces.push(batch)
      next = end
      continue
    }
    for (const run of runsOf(storedRecordsOf(batch), next)) {
      const [rebuilt] = batchesOf(batchFromStored(run, { compression: batch.compression === 'none' ? 'none' : 'gzip' }))
      if (rebuilt === undefined) continue
      hideUntil(rebuilt.baseOffset)
      pieces.push(rebuilt)
      next = rebuilt.lastOffset + 1n
    }
    hideUntil(end)
  }
  return { pieces, next, isHoled }
}

/** Batches of which `piecesOf` will read the records. */
export function needsCodecs(batches: readonly Batch[], expected: bigint): readonly Batch[] {
  return batches.filter((batch) => !batch.isControl && batch.lastOffset >= expected && !isAsItMayBe(batch, expected))
}

/** A broker takes it from a producer, and stores it with the same offsets and times. */
function isAsItMayBe(batch: Batch, expected: bigint): boolean {
  const isWhole = batch.lastOffset - batch.baseOffset + 1n === BigInt(batch.recordCount)
  return isWhole && !batch.isLogAppendTime && batch.baseOffset >= expected
}

/** Checksums are the broker's to look at, but not where it gets no batch, or one that has a new one. */
function whyUnreadable(batch: Batch, isAsItIs: boolean): string | undefined {
  const at = `at source offset ${batch.baseOffset.toString()}`
  if (batch.compression === undefined) return `a batch ${at} has an unknown compression`
  if (!isAsItIs && !isChecksumRight(batch)) return `a batch ${at} has a wrong checksum`
  return undefined
}

/** Offsets without a record, from there to the batch's end. */
function missingTo({ baseOffset, lastOffset, recordCount }: Batch, next: bigint): bigint {
  return (baseOffset > next ? baseOffset - next : 0n) + (lastOffset - baseOffset + 1n - BigInt(recordCount))
}

function whyTooFar(missing: bigint, next: bigint, mostHidden: bigint): string | undefined {
  if (missing <= mostHidden) return undefined
  return `the source has no records at ${missing.toString()} offsets from ${next.toString()} on: more than ${mostHidden.toString()} at once are not hidden`
}

/** Records from `from` on whose offsets follow each other, no more than fit into a batch. */
function runsOf(records: readonly StoredRecord[], from: bigint): readonly (readonly StoredRecord[])[] {
  const runs: StoredRecord[][] = []
  let bytes = 0
  for (const record of records) {
    if (record.offset < from) continue
    const run = runs.at(-1)
    const isNext = run?.at(-1)?.offset === record.offset - 1n && bytes + record.body.length <= rebuiltBytes
    if (run === undefined || !isNext) {
      runs.push([record])
      bytes = 0
    } else run.push(record)
    bytes += record.body.length
  }
  return runs
}
