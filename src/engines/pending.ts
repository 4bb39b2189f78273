import { GeorepError } from '../core/errors.ts'
import { type MirrorState, nextMirrorState, type StoppedBy } from '../core/mirror-state.ts'
import type { Time } from '../core/time.ts'
import { type MirrorRecord, stateKey } from '../links/records.ts'
import type { LinkSession } from '../links/session.ts'
import type { Cancel } from './engine.ts'

/**
 * Writes down that the mirrors are being stopped: a runner that starts, or thaws and reads it, leaves them alone.
 *
 * @throws GeorepError "refused" when one of them is in a state in which it cannot be; nothing was written then
 */
export async function markPending(
  session: LinkSession,
  mirrors: readonly { readonly record: MirrorRecord; readonly state: MirrorState }[],
  by: { readonly stoppedBy: StoppedBy; readonly time: Time },
  signal: AbortSignal,
): Promise<readonly MirrorRecord[]> {
  const since = by.time.now().toISOString()
  const records = mirrors.map(({ record, state }): MirrorRecord => {
    if (nextMirrorState(state.state, by.stoppedBy) !== 'PENDING_STOPPED') {
      throw new GeorepError(
        'refused',
        'GR-MIRROR-STATE',
        `mirror "${record.mirrorTopic}" is ${state.state} and cannot ${by.stoppedBy === 'failover' ? 'fail over' : 'be promoted'}`,
      )
    }
    return { ...record, state: { state: 'PENDING_STOPPED', by: by.stoppedBy, since } }
  })
  await session.write(new Map(records.map((record) => [stateKey.mirror(record.link, record.mirrorTopic), record])), {
    signal,
  })
  return records
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
