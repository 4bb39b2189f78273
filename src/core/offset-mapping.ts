import type { Offset } from './offset.ts'

/** An offset of one partition of a source topic. */
export interface SourcePlace {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}

/** Where a place of the source is on the destination: not before `from` and not after `to`, which are equal where it is known exactly. */
export interface MappedPlace {
  readonly from: Offset
  readonly to: Offset
}

/** Where a reader that stands there on the source goes on on the destination; undefined when that is not known. */
export type OffsetMapping = (place: SourcePlace) => MappedPlace | undefined

/** Of offset-identical mirrors. */
export const identicalOffsets: OffsetMapping = ({ offset }) => ({ from: offset, to: offset })
