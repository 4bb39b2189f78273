import { placeOfKey } from '../../kafka/topic-partition.ts'
import { type MirrorRecord, stateKey } from '../../links/records.ts'
import type { LinkSession } from '../../links/session.ts'
import type { Cancel, LinkTarget } from '../engine.ts'
import { observeFence } from './fence.ts'
import { partitionsOfMirrors } from './stop-mirrors.ts'

export interface Interrupted {
  /** Some partition is fenced on the destination: what is left is to stop it. */
  readonly past: readonly MirrorRecord[]
  /** ACTIVE, or ACTIVE again once they are withdrawn. */
  readonly before: readonly MirrorRecord[]
}

/** Tells mirrors that a promote has left on the far side of the point of no return from those that it has not. Changes nothing. */
export async function findInterrupted(
  { destination, link }: LinkTarget,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<Interrupted> {
  const pending = records.filter(({ state }) => state.state === 'PENDING_STOPPED')
  const producer = { producerId: link.producer.id, producerEpoch: link.producer.epoch }
  const fences = await observeFence(destination, partitionsOfMirrors(pending, 'mirrorTopic'), producer, options)
  const fenced = new Set([...fences].filter(([, { kind }]) => kind === 'fenced').map(([key]) => placeOfKey(key).topic)) // prettier-ignore
  const past = pending.filter(({ mirrorTopic }) => fenced.has(mirrorTopic))
  return { past, before: records.filter((record) => !past.includes(record)) }
}

/** Makes mirrors ACTIVE again, so that the runner carries them on. */
export async function withdraw(
  session: LinkSession,
  records: readonly MirrorRecord[],
  options: Cancel,
): Promise<readonly MirrorRecord[]> {
  const active = records.map((record): MirrorRecord => ({ ...record, state: { state: 'ACTIVE' } }))
  const changed = active.filter((_, index) => records[index]?.state.state !== 'ACTIVE')
  if (changed.length > 0) {
    await session.write(new Map(changed.map((record) => [stateKey.mirror(record.link, record.mirrorTopic), record])), options) // prettier-ignore
  }
  return active
}
