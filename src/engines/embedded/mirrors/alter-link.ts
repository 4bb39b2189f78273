import { GeorepError } from '../../../core/errors.ts'
import type { Outcome } from '../../../core/outcome.ts'
import { areSameNames } from '../../../core/same-names.ts'
import { type LinkRecord, stateKey } from '../../../links/records.ts'
import { actingLongOn } from '../../../links/acting.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Act, Altered, Cancel, LinkChange, LinkTarget } from '../../engine.ts'
import { requireLetWrite, requireMayLetWrite } from '../../let-write.ts'
import { lookAtMirrors, protectionBlockers } from '../../protection.ts'
import { obedienceTo } from './obedience.ts'

/** What means something to this engine. */
type OwnChange = Exclude<LinkChange, { readonly kind: 'connect' }>

const noConnect: Outcome = { kind: 'refused', why: 'no Kafka Connect carries a link of the engine embedded' }

/** See `ReplicationEngine.planLinkChange`. */
export async function planLinkChange(
  target: LinkTarget,
  change: LinkChange,
  options: Cancel,
): Promise<Outcome | undefined> {
  if (change.kind === 'connect') return noConnect
  const { state, link } = target
  await state.glance(options)
  return (
    settledBefore(state, state.link(link.name) ?? link, change) ?? (await protectionRefusal(target, change, options))
  )
}

/** See `ReplicationEngine.alterLink`. */
export async function alterLink(target: LinkTarget, change: LinkChange, by: Act, options: Cancel): Promise<Altered> {
  if (change.kind === 'connect') return { outcome: noConnect, runner: undefined }
  const { state } = target
  const { name } = target.link
  const settled = await changed(target, change, by, options)
  if (settled !== undefined && settled.kind !== 'unchanged') return { outcome: settled, runner: undefined }
  const runner = await obedienceTo(state, { link: name, keys: [stateKey.link(name)], time: by.time }, options)
  return { outcome: settled ?? { kind: 'applied' }, runner }
}

async function changed(target: LinkTarget, change: OwnChange, by: Act, options: Cancel): Promise<Outcome | undefined> {
  const { state } = target
  const { name } = target.link
  await using acting = await actingLongOn(state, name, by, options)
  const { session, signal } = acting
  const record = state.link(name)
  if (record === undefined) {
    throw new GeorepError('refused', 'GR-LINK-UNKNOWN', `link "${name}" was deleted meanwhile`, {
      stateNow: 'nothing was changed',
    })
  }
  const settled = settledBefore(state, record, change) ?? (await protectionRefusal(target, change, { signal }))
  if (settled !== undefined) return settled
  const denied = change.kind === 'protect' && change.principal === null ? state.protections(name).map(({ mirrorTopic }) => mirrorTopic) : [] // prettier-ignore
  await requireMayLetWrite(target, denied, { signal })
  const next = changedLink(record, change, by.time.now().toISOString())
  await session.write(new Map([[stateKey.link(name), next]]), { signal })
  // No runner denies it any more: it would have to take the lock.
  await requireLetWrite(target, session, denied, { signal })
  return undefined
}

/** Why there is nothing to do, or nothing may be done; undefined when there is. */
function settledBefore(state: LinkState, record: LinkRecord, change: OwnChange): Outcome | undefined {
  switch (change.kind) {
    case 'pause':
      return record.pausedAt === null ? undefined : { kind: 'unchanged', why: `it is paused since ${record.pausedAt}` }
    case 'resume':
      return record.pausedAt === null ? { kind: 'unchanged', why: 'it is not paused' } : undefined
    case 'throttle':
      return record.throttleBytesPerSecond === change.bytesPerSecond
        ? { kind: 'unchanged', why: 'it has this limit already' }
        : undefined
    case 'groups':
      return areSameNames(record.groups, change.globs)
        ? { kind: 'unchanged', why: 'it has these groups already' }
        : undefined
    case 'syncConfigsExclude':
      return areSameNames(record.syncConfigsExclude, change.globs)
        ? { kind: 'unchanged', why: 'it leaves out the same already' }
        : undefined
    case 'syncAcls':
      return areSameNames(record.syncAcls?.resources ?? [], change.resources ?? [])
        ? {
            kind: 'unchanged',
            why: change.resources === null ? 'it brings over none already' : 'it brings them over already',
          }
        : undefined
    case 'protect':
      return settledProtection(state, record, change.principal)
    case 'addPattern':
      return settledPattern(record, change.pattern)
    case 'removePattern':
      return record.patterns.some(({ glob }) => glob === change.glob)
        ? undefined
        : { kind: 'refused', why: `link "${record.name}" has no pattern "${change.glob}"` }
  }
}

/** What is there now decides: a mirror that cannot be protected would be taken for one that is. */
async function protectionRefusal(target: LinkTarget, change: OwnChange, options: Cancel): Promise<Outcome | undefined> {
  if (change.kind !== 'protect' || change.principal === null) return undefined
  const blockers = protectionBlockers(await lookAtMirrors(target, change.principal, options))
  return blockers.length === 0 ? undefined : { kind: 'refused', why: blockers.slice(0, 10).join('; ') }
}

/** To change whom it is for, those are let write first who may be the new one. */
function settledProtection(
  state: LinkState,
  { name, protect }: LinkRecord,
  principal: string | null,
): Outcome | undefined {
  if (principal === null) {
    // What an act that was killed has left denied is let write again by the same command.
    const isAnythingLeft = protect !== null || state.protections(name).length > 0
    return isAnythingLeft ? undefined : { kind: 'unchanged', why: 'georep does not protect its mirrors' }
  }
  if (protect === null) return undefined
  if (protect.principal === principal) return { kind: 'unchanged', why: 'they are protected already' }
  return { kind: 'refused', why: `they are protected for ${protect.principal}: georep link alter ${name} --protect none first` } // prettier-ignore
}

function settledPattern({ patterns }: LinkRecord, wanted: LinkRecord['patterns'][number]): Outcome | undefined {
  const there = patterns.find(({ glob }) => glob === wanted.glob)
  if (there === undefined) return undefined
  if (there.prefix !== wanted.prefix) {
    const why = `it is a pattern of the link already, with the prefix "${there.prefix}"; take it off first`
    return { kind: 'refused', why }
  }
  return there.isAutoCreate === wanted.isAutoCreate ? { kind: 'unchanged', why: 'it is a pattern already' } : undefined
}

function changedLink(record: LinkRecord, change: OwnChange, at: string): LinkRecord {
  switch (change.kind) {
    case 'pause':
      return { ...record, pausedAt: at }
    case 'resume':
      return { ...record, pausedAt: null }
    case 'throttle':
      return { ...record, throttleBytesPerSecond: change.bytesPerSecond }
    case 'groups':
      return { ...record, groups: [...change.globs] }
    case 'syncConfigsExclude':
      return { ...record, syncConfigsExclude: [...change.globs] }
    case 'syncAcls':
      return { ...record, syncAcls: change.resources === null ? null : { resources: [...change.resources] } }
    case 'protect':
      return { ...record, protect: change.principal === null ? null : { principal: change.principal } }
    case 'addPattern': {
      const { pattern } = change
      const there = record.patterns.find(({ glob }) => glob === pattern.glob)
      const others = record.patterns.filter(({ glob }) => glob !== pattern.glob)
      // What was left out by name stays so.
      return { ...record, patterns: [...others, { ...pattern, except: there?.except ?? pattern.except }] }
    }
    case 'removePattern':
      return { ...record, patterns: record.patterns.filter(({ glob }) => glob !== change.glob) }
  }
}
