import type { Offset } from './offset.ts'

/** An offset of one partition of a source topic. */
export interface SourcePlace {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}

/** Where a reader that stands there on the source goes on on the destination; undefined when that is not known. */
export type OffsetMapping = (place: SourcePlace) => Offset | undefined

/** By what an engine says of itself: `ReplicationEngine.capabilities.offsetMapping`. */
export const offsetMappings = {
  identical: ({ offset }) => offset,
} as const satisfies Readonly<Record<string, OffsetMapping>>
