import { GeorepError } from '../../../core/errors.ts'
import type { Time } from '../../../core/time.ts'
import { FencedError } from '../../../kafka/held-id.ts'
import { syncGroups } from '../../../links/group-sync.ts'
import { MetadataLimit } from '../../../links/metadata-limit.ts'
import type { LinkRecord, MirrorRecord } from '../../../links/records.ts'
import type { LinkSession } from '../../../links/session.ts'
import type { Cancel, LinkTarget, PromoteReport } from '../../engine.ts'
import { configChanges, mirrorConfigsOf } from '../mirrors/config-changes.ts'
import type { CopiesConfigs } from '../../last-configs.ts'
import { linkGroups } from '../../link-groups.ts'

const attempts = 10
const againMs = 200

/** As the runner does it while the mirror is carried. */
export function lastConfigs(link: LinkRecord): CopiesConfigs {
  return (record, { source, mirror }, brokers) => {
    const { set, after } = configChanges(record, mirrorConfigsOf(link, source, brokers), mirror)
    return { wanted: set, after }
  }
}

/**
 * Copies group offsets until there is nothing left to copy. The runner's own copying must have been ended before: an older commit of it could come
 * last.
 *
 * @throws GeorepError "incomplete" GR-GROUP-OFFSETS when a group's offsets cannot be copied
 */
export async function syncGroupsLast(
  target: LinkTarget,
  session: LinkSession,
  records: readonly MirrorRecord[],
  { time, ...options }: Cancel & { readonly time: Time },
): Promise<PromoteReport['groups']> {
  const { source, destination, link } = target
  const copied = new Set<string>()
  const limit = new MetadataLimit(time)
  for (let attempt = 1; ; attempt++) {
    const round = { source, destination, session, groups: () => link.groups, mirrors: records, generation: session.generation, isCarried: () => true, limit } // prettier-ignore
    const report = await syncGroups(round, options).catch(async (error: unknown) => {
      if (!(error instanceof FencedError)) throw error
      // Somebody passed through the transactional id; the lock tells whether the link is still ours.
      await session.write(new Map(), options)
    })
    for (const group of report?.committed ?? []) copied.add(group)
    const failed = [...(report?.failed ?? [])]
    // Groups that still read on the source commit again and again: what came in time is copied, and who they are is told.
    if (report !== undefined && failed.length === 0 && (report.committed.length === 0 || attempt >= attempts)) {
      const groups = await linkGroups(target, records, options)
      const activeOnSource = groups.filter(({ isActive }) => isActive).map(({ group }) => group)
      return { copied: [...copied].toSorted(), activeOnSource, activeOnDestination: report.active }
    }
    if (attempt >= attempts) {
      const [why = 'the link changes hands all the time'] = failed.map(
        ([group, reason]) => `group "${group}": ${reason}`,
      )
      throw new GeorepError('incomplete', 'GR-GROUP-OFFSETS', `group offsets could not be copied a last time: ${why}`)
    }
    await session.state.cluster.wait(againMs, options.signal)
  }
}
