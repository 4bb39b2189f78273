import { type FailureRecord, type MirrorRecord, stateKey } from '../../../links/records.ts'
import type { LinkState } from '../../../links/state.ts'

interface Failure {
  readonly record: MirrorRecord
  readonly value: FailureRecord
}

/** Why mirrors have FAILED, until that is written down. */
export class Failures {
  readonly #noted = new Map<string, Failure>()

  note(record: MirrorRecord, reason: string, at: string): void {
    const value = { v: 1, kind: 'failure', reason, at } as const
    this.#noted.set(stateKey.failure(record.link, record.mirrorTopic), { record, value })
  }

  /**
   * What is to be written, by what the link's state says now. A mirror that was made anew, or goes the way back, since it failed is another one: a runner that
   * was frozen meanwhile finds the topic of the one before gone.
   */
  toWrite(state: Pick<LinkState, 'mirror'>): ReadonlyMap<string, FailureRecord> {
    for (const [key, { record }] of this.#noted) {
      if (!isSameMirror(record, state.mirror(record.link, record.mirrorTopic))) this.#noted.delete(key)
    }
    return new Map([...this.#noted].map(([key, { value }]) => [key, value]))
  }

  written(keys: Iterable<string>): void {
    for (const key of keys) this.#noted.delete(key)
  }
}

/** Not so of one that goes the way back, or was made anew: that is another mirror of the same topic. */
export function isSameMirror(record: MirrorRecord, now: MirrorRecord | undefined): boolean {
  return now?.mirrorTopicId === record.mirrorTopicId && now.reversed?.epoch === record.reversed?.epoch
}
