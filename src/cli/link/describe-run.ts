import { textFromBytes } from '../../core/bytes.ts'
import type { Context } from '../context.ts'
import { warnOfAway } from '../drill/source-away.ts'
import { ExitCode } from '../exit.ts'
import { answersText, isAnswering, lossText } from '../figures.ts'
import { documentText } from '../document.ts'
import { renderMirrors, renderPatterns } from '../mirror/view.ts'
import { isIncomplete, observeLinks, warnOfUnknown } from '../observed.ts'
import { styleOf, type Style } from '../style.ts'
import { facts } from '../table.ts'
import { renderConnect } from './connect-view.ts'
import { type LinkProtection, lookAtProtectionOf, protectFacts } from './protect-view.ts'
import { syncedAclsText } from './sync-acls-options.ts'
import { linkView, paintOfLinkState, type LinkRow } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkDescribeOptions extends GlobalOptions {
  readonly name: string
  readonly output: OutputFormat
}

export async function runLinkDescribe(options: LinkDescribeOptions, context: Context): Promise<ExitCode> {
  const { io, time } = context
  // First: it is what an operator looks for where the source does not answer, and whatever does not answer besides.
  await warnOfAway(options.name, context)
  const protection = new Map<string, LinkProtection>()
  const observed = await observeLinks(context, options, options.name, async (target) => {
    const found = await lookAtProtectionOf(target, context)
    if (found !== undefined) protection.set(target.link.name, found)
  })
  for (const one of observed.links) {
    const view = linkView(one, time.now(), protection.get(one.link.name))
    io.out(
      options.output !== 'table'
        ? documentText(options.output, 'georep.link/1', view)
        : renderLinkDescribe(view, styleOf(io)),
    )
  }
  warnOfUnknown(observed, context)
  return isIncomplete(observed) ? ExitCode.unknown : ExitCode.ok
}

export function renderLinkDescribe(view: LinkRow, style: Style): string {
  const {
    link,
    engine,
    source,
    destination,
    state,
    runner,
    groups,
    createdAt,
    leftGroups,
    syncAcls,
    protect,
    pausedAt,
    mirrors,
    lag,
    throttleBytesPerSecond: throttle,
    syncConfigsExclude: exclude,
    syncedAt,
    connect,
  } = view
  const head = facts([
    ['Link', link],
    ['State', { text: state ?? 'unknown', paint: paintOfLinkState(state, style) }],
    ['Engine', engine],
    [
      'Source',
      {
        text: `${source.name} (id ${source.clusterId}), ${answersText(source)}`,
        paint: isAnswering(source) ? style.ok : style.bad,
      },
    ],
    ['Destination', `${destination.name} (id ${destination.clusterId})`],
    ...(connect === null ? [['Runner', runner === null ? (state === null ? 'unknown' : 'none') : `${runner.host}, pid ${runner.pid}, since ${runner.since}`] as const] : []), // prettier-ignore
    ['Lag', lag === null ? '-' : `${lossText(lag)} (records, all mirrors that are not stopped)`],
    ['Throttle', throttle === null ? 'none' : `${textFromBytes(throttle)}/s, all mirrors together`],
    ['Groups', groups.length === 0 ? 'none' : groups.join(', ')],
    ...(leftGroups === null ? [] : [['Left alone', leftGroupsText(leftGroups)] as const]),
    ...(exclude.length === 0 ? [] : [['Not copied', `${exclude.join(', ')} (topic settings)`] as const]),
    ...(syncedAt === null ? [] : [['Synced', `settings and partitions of its topics, last at ${syncedAt}`] as const]),
    ...(syncAcls === null ? [] : aclFacts(syncAcls)),
    ...(protect === null ? [] : protectFacts(protect, style)),
    ...(pausedAt === null ? [] : [['Paused', `since ${pausedAt}`] as const]),
    ['Created', createdAt],
  ])
  const patterns = renderPatterns(view.patterns, view.unmirrored ?? [], style)
  const carried = connect === null ? '' : `\n${renderConnect(connect, style)}`
  if (mirrors === null || mirrors.length === 0) return `${head}${carried}\nno mirrors\n${patterns}`
  return `${head}${carried}\n${renderMirrors(mirrors, style)}${patterns}`
}

/** Names in the line, at the most; documents have more. */
const maxNames = 10

function leftGroupsText({ groups, count, at }: NonNullable<LinkRow['leftGroups']>): string {
  const shown = groups.slice(0, maxNames)
  const more = count > shown.length ? ` and ${count - shown.length} more` : ''
  return `${shown.join(', ')}${more} (members on the destination, since ${at})`
}

function aclFacts({ resources, syncedAt, unsynced }: NonNullable<LinkRow['syncAcls']>): readonly (readonly [string, string])[] {
  const when = syncedAt === null ? 'not compared yet' : `last at ${syncedAt}`
  const why = unsynced === null || unsynced.length === 0 ? [] : [['ACLs lacking', unsynced.join('; ')] as const]
  return [['ACLs', `brought over: ${syncedAclsText(resources)}, ${when}`], ...why]
} // prettier-ignore
