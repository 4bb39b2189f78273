import { matcherFromGlobs } from '../../core/glob.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'
import { ExitCode } from '../exit.ts'
import { warnOfMissed } from '../missed-tombstones.ts'
import { isIncomplete, observeLinks, warnOfUnknown, withMirrors } from '../observed.ts'
import { printable } from '../printable.ts'
import { styleOf } from '../style.ts'
import { unmatchedGroups, unmatchedTopic } from '../unmatched.ts'
import { lookAtExposure } from './look.ts'
import { renderExposure } from './render.ts'
import { type AgeView, type BytesView, exposureView, isUndetermined, type ExposureView } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface ExposureOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly topic: string | undefined
  readonly group: readonly string[] | undefined
  readonly all: boolean
  readonly output: OutputFormat
}

export async function runExposure(options: ExposureOptions, context: Context): Promise<ExitCode> {
  const { io, time, signal } = context
  const isWanted = matcherFromGlobs([options.topic ?? '*'])
  const views: ExposureView[] = []
  const groups = new Set<string>()
  const all = await observeLinks(context, options, options.link, async (target, view) => {
    const mirrors = view.mirrors.filter(({ record }) => isWanted(record.sourceTopic))
    const seen = await lookAtExposure(target, { ...view, mirrors }, options.group, { signal })
    for (const { group } of [...seen.groups.places, ...seen.groups.unknown]) if (group !== undefined) groups.add(group)
    const unmirrored = view.unmirrored
      .filter(({ topic }) => isWanted(topic))
      .map(({ topic, why }) => ({ what: `topic ${topic}`, why: `it is not mirrored: ${why}` }))
    views.push(exposureView(seen, unmirrored, time.now()))
  })
  const observed = withMirrors(all, ({ record }) => isWanted(record.sourceTopic))
  const links = views.toSorted((a, b) => (a.link < b.link ? -1 : 1))
  if (options.output !== 'table') {
    const unknownLinks = observed.links.flatMap((one) => (one.kind === 'unknown' ? [{ link: one.link.name, why: one.why }] : [])) // prettier-ignore
    io.out(documentText(options.output, 'georep.exposure/1', { links, unknownLinks, unasked: observed.unasked }))
  } else if (links.length > 0) io.out(links.map((view) => renderExposure(view, styleOf(io), options)).join('\n'))
  else io.err(isIncomplete(observed) ? 'no link that could be seen\n' : 'no links\n')
  warnOfUnknown(observed, context)
  for (const view of links) warnOfExposure(view, context)
  const ofTopic = unmatchedTopic(all, options.topic)
  // Where nothing is open no group was asked for.
  const isAsked = links.some(({ mirrors }) => mirrors > 0)
  const unmatched = ofTopic !== undefined ? [ofTopic] : isAsked ? unmatchedGroups(options.group, groups) : []
  for (const why of unmatched) io.err(`warning: ${why}\n`)
  return isIncomplete(observed) || links.some(isUndetermined) || unmatched.length > 0 ? ExitCode.unknown : ExitCode.ok
}

/** Says on stderr what the figures do not have, and why they are bounds. */
export function warnOfExposure(
  { link, unknown, bytes, age, missedTombstones }: ExposureView,
  { io }: Pick<Context, 'io'>,
): void {
  const about = `link "${printable(link)}"`
  for (const { what, why } of unknown) io.err(`warning: ${about}: ${printable(what)}: ${printable(why)}\n`)
  warnOfMissed(missedTombstones, io)
  const says = ({ kind }: BytesView | AgeView, what: string): string => (kind === 'atMost' ? `${what} are upper bounds` : `not all ${what} are known`) // prettier-ignore
  if (bytes.why !== null) io.err(`${about}: ${says(bytes, 'bytes')}: ${printable(bytes.why)}\n`)
  if (age.why !== null && age.why !== bytes.why) io.err(`${about}: ${says(age, 'ages')}: ${printable(age.why)}\n`)
}
