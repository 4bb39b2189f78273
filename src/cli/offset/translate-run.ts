import { GeorepError } from '../../core/errors.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import { groupTranslations } from '../../engines/group-translations.ts'
import { type LinkTarget, type ReplicationEngine, whySourceSilent } from '../../engines/engine.ts'
import { reachedOrRefused } from '../../engines/reachable.ts'
import { toldTranslations } from '../../engines/told-translations.ts'
import type { OffsetPlan } from '../../core/offset-plan.ts'
import type { OwnPlace, SourcePlace } from '../../engines/translating.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import { DeniedError } from '../../kafka/denied.ts'
import type { GroupTranslation, GroupTranslations } from '../../links/committed-places.ts'
import type { LinkRecord } from '../../links/records.ts'
import { type CopiedClusters, groupTranslationsByTime, placesByTime } from '../../links/group-translations-by-time.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { printDocument } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { LazyClusters } from '../find-link.ts'
import { openConfig } from '../open-clusters.ts'
import { openLink } from '../open.ts'
import { printable } from '../printable.ts'
import { openProgress } from '../progress.ts'
import { renderError } from '../render-error.ts'
import { sayNothingToMove } from './end-plan.ts'
import { writePlan } from './new-plan.ts'
import { planTranslated } from './translate-plan.ts'
import {
  renderTranslations,
  translatedRow,
  type TranslatedRow,
  type TranslateView,
  unknownGroupsView,
} from './translate-view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface TopicMapping {
  readonly source: string
  readonly destination: string
}

export interface OffsetTranslateOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly by: 'timestamp' | undefined
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly map: readonly TopicMapping[] | undefined
  readonly group: readonly string[] | undefined
  readonly topic: string | undefined
  readonly at: readonly SourcePlace[] | undefined
  readonly verify: boolean
  readonly compareCheckpoints: boolean
  readonly window: number | undefined
  readonly scan: number | undefined
  readonly placeTimeout: number | undefined
  /** Where to write a plan that moves the groups there. */
  readonly plan: string | undefined
  readonly output: OutputFormat
} // prettier-ignore

type Head = Omit<TranslateView, 'translations' | 'unknownGroups'>
type OnProgress = (done: number, all: number) => void

export async function runOffsetTranslate(options: OffsetTranslateOptions, context: Context): Promise<ExitCode> {
  const { io } = context
  const progress = await openProgress(io)
  const onProgress: OnProgress = (done, all) => {
    progress.status(`${done} of ${all} places`)
  }
  const byTime = options.by !== undefined
  if (byTime || options.verify) progress.step('reading records on both sides')
  let seen: Seen
  try {
    seen = byTime ? await viewByTime(options, context, onProgress) : await viewOfLink(options, context, onProgress)
    progress.done()
  } catch (error) {
    progress.fail()
    throw error
  }
  const { view, plan, refusal } = seen
  const { translations, unknownGroups } = view
  if (options.group !== undefined && translations.length === 0 && unknownGroups.length === 0) throw noCommits(options)
  if (options.output === 'table' && translations.length === 0) {
    if (unknownGroups.length === 0) io.err('no group has committed offsets there\n')
  } else printDocument(io, { output: options.output, schema: 'georep.offset-translate/1', data: view }, (style) => renderTranslations(view, style)) // prettier-ignore
  if (refusal !== undefined) io.err(`warning: link "${printable(view.link ?? '')}": the source cannot be asked, and what is known without it is shown: ${printable(refusal)}\n`) // prettier-ignore
  const unknown = translations.filter(({ exactness }) => exactness === 'unknown')
  if (unknown.length === 0 && unknownGroups.length === 0) {
    if (options.plan !== undefined && plan !== undefined) await writePlan(options.plan, plan, options, context)
    else if (options.plan !== undefined) sayNothingToMove(options, context)
    return refusal === undefined ? ExitCode.ok : ExitCode.unknown
  }
  const parts = [
    ...(unknown.length === 0 ? [] : [`${unknown.length} of ${translations.length} places are not known on "${view.destination}": ${reasons(unknown)}`]), // prettier-ignore
    ...unknownGroups.map(({ group, why }) => `${group === null ? 'groups' : `group "${group}"`} not known: ${why}`),
  ]
  io.err(
    renderError(
      new GeorepError('unknown', 'GR-TRANSLATE-UNKNOWN', parts.join('; '), {
        stateNow: options.plan === undefined ? 'nothing was changed' : 'no plan was written, and nothing was changed',
        next: 'look at WHY; a group whose place is not known must not be moved by a guess',
      }),
    ),
  )
  return ExitCode.unknown
}

async function viewOfLink(options: OffsetTranslateOptions, context: Context, onProgress: OnProgress): Promise<Seen> {
  const { signal } = context
  await using opened = await openLink(context, options, options.link ?? '')
  const { target, engine } = opened
  const { link, state, source, destination } = target
  // To the end, so that a mirror that was stopped a moment ago is not taken for one that is not.
  await state.refresh({ signal, link: link.name })
  const head = { link: link.name, by: 'mapping', source: source.name, destination: destination.name, isVerified: options.verify, isBesideCheckpoints: options.compareCheckpoints } as const // prettier-ignore
  if (options.compareCheckpoints && engine.ownPlaces === undefined) throw noCheckpoints(options, link)
  const sourceSeen = await reachedOrRefused(source, link, { signal })
  const { sourceRefusal: refusal } = sourceSeen
  const asked = { signal, verify: options.verify, sourceSeen, onProgress }
  if (options.at !== undefined) {
    const found = await engine.translate(target, options.at, asked)
    const translations = found.map(({ place, mirrorTopic, translated }) => {
      const { topic: sourceTopic, partition, offset: from } = place
      return translatedRow({ group: null, sourceTopic, topic: mirrorTopic ?? null, partition, from }, translated)
    })
    return { view: { ...head, translations, unknownGroups: [] }, plan: undefined, refusal }
  }
  const wanted = { groups: options.group ?? link.groups, topics: options.topic ?? '*' }
  const silent = refusal ?? whySourceSilent(sourceSeen)
  if (silent !== undefined) return { view: await viewByTold(engine, target, { head, wanted, why: silent }, asked), plan: undefined } // prettier-ignore
  const found = await groupTranslations(engine, target, wanted, asked)
  const own = options.compareCheckpoints ? await engine.ownPlaces?.(target, { signal }) : undefined
  return await seenOf({ head, found, destination, link: link.name, own }, options, context)
}

/** What groups have committed is on the source, which tells nothing: by what the engine wrote down of them last, and how old that is. */
async function viewByTold(
  engine: ReplicationEngine,
  target: LinkTarget,
  { head, wanted, why }: { readonly head: Head; readonly wanted: Parameters<typeof toldTranslations>[2]; readonly why: string }, // prettier-ignore
  asked: Parameters<typeof toldTranslations>[4],
): Promise<TranslateView> {
  const notTold = (reasons: readonly string[], rows: readonly TranslatedRow[] = []): TranslateView => {
    const unknownGroups = unknownGroupsView(reasons.map((one) => ({ group: undefined, why: one })))
    return { ...head, isBesideCheckpoints: rows.length > 0, translations: rows, unknownGroups }
  }
  if (engine.ownPlaces === undefined) return notTold([why])
  try {
    const { translations, unread } = await toldTranslations(engine, target, wanted, why, asked)
    const rows = translations.map((one) => rowOf(one, one.own))
    return notTold([rows.length === 0 ? why : `${why}, and their places are those that were written down last (AT)`, ...unread], rows) // prettier-ignore
  } catch (error) {
    asked.signal.throwIfAborted()
    const isAnswer = error instanceof DeniedError || (error instanceof GeorepError && error.kind === 'unknown')
    if (!isAnswer) throw error
    return notTold([why, error.message])
  }
}

async function viewByTime(options: OffsetTranslateOptions, context: Context, onProgress: OnProgress): Promise<Seen> {
  await using opened = new LazyClusters(await openConfig(options, context), context)
  const source = await opened.required(options.source ?? '')
  const destination = await opened.required(options.destination ?? '')
  const names = new Map(options.map?.map((one) => [one.source, one.destination]))
  const nameThere = (topic: string): string => names.get(topic) ?? topic
  const clusters: CopiedClusters = { source, destination, nameThere }
  const limits = {
    windowMs: options.window ?? 60_000,
    records: options.scan ?? 100_000,
    placeMs: options.placeTimeout ?? 60_000,
  }
  const asked = { signal: context.signal, limits, onProgress }
  const head = { link: null, by: 'timestamp', source: source.name, destination: destination.name, isVerified: true, isBesideCheckpoints: false } as const // prettier-ignore
  if (options.at !== undefined) {
    const { at } = options
    const found = await placesByTime(clusters, at, asked)
    const translations = found.flatMap((translated, index): readonly TranslatedRow[] => {
      const place = at[index]
      if (place === undefined) return []
      const { topic: sourceTopic, partition, offset: from } = place
      return [translatedRow({ group: null, sourceTopic, topic: nameThere(sourceTopic), partition, from }, translated)]
    })
    return { view: { ...head, translations, unknownGroups: [] }, plan: undefined }
  }
  const topic = options.topic ?? '*'
  const named = [...names.keys(), ...(/[*?]/.test(topic) ? [] : [topic])]
  const wanted = { groups: options.group ?? [], isTopicWanted: matcherFromGlobs([topic]), named }
  const found = await groupTranslationsByTime(clusters, wanted, asked)
  return await seenOf({ head, found, destination, link: undefined }, options, context)
}

/** What was found, and the plan that moves the groups there, where one was asked for and can be made. */
interface Seen {
  readonly view: TranslateView
  readonly plan: OffsetPlan | undefined
  /** Why a source that answers was not asked for what is shown. */
  readonly refusal?: string | undefined
}

async function seenOf(
  { head, found, destination, link, own }: { readonly head: Head; readonly found: GroupTranslations; readonly destination: Cluster; readonly link: string | undefined; readonly own?: readonly OwnPlace[] | undefined }, // prettier-ignore
  options: OffsetTranslateOptions,
  context: Context,
): Promise<Seen> {
  const { translations, unknown } = found
  const plan = options.plan === undefined ? undefined : await planTranslated(destination, link, found, context)
  const ownOf = new Map(own?.map((one) => [keyOf({ ...one, topic: one.mirrorTopic }), one]))
  const rows = translations.map((one) => rowOf(one, ownOf.get(keyOf(one))))
  return { view: { ...head, translations: rows, unknownGroups: unknownGroupsView(unknown) }, plan }
}

function keyOf({ group, topic, partition }: Pick<GroupTranslation, 'group' | 'topic' | 'partition'>): string {
  return JSON.stringify([group, topic, partition])
}

function rowOf(
  { group, sourceTopic, topic, partition, committed, translated }: GroupTranslation,
  own: OwnPlace | undefined,
): TranslatedRow {
  return translatedRow({ group, sourceTopic, topic, partition, from: committed }, translated, own)
}

function noCheckpoints(options: OffsetTranslateOptions, { name, engine }: LinkRecord): GeorepError {
  return new GeorepError('unsupported', 'GR-NO-CHECKPOINTS', `link "${name}" has the engine ${engine}, which writes no checkpoints`, {
    next: commandLine(options, 'offset', 'translate', '--link', name),
  })
} // prettier-ignore

function noCommits(options: OffsetTranslateOptions): GeorepError {
  const globs = (options.group ?? []).map((glob) => `"${glob}"`).join(', ')
  return new GeorepError('failed', 'GR-GROUP-UNKNOWN', `no consumer group with commits there matches ${globs}`, {
    next:
      options.link === undefined ? 'check --group and --topic' : commandLine(options, 'lag', '--link', options.link),
  })
}

const reasonsTold = 3

function reasons(rows: readonly TranslatedRow[]): string {
  const all = [...new Set(rows.map(({ why }) => why ?? 'for no reason that was given'))]
  const more = all.length - reasonsTold
  return [...all.slice(0, reasonsTold), ...(more > 0 ? [`and ${more} more reasons`] : [])].join('; ')
}
