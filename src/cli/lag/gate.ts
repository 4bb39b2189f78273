import { textFromDurationMs } from '../../core/duration.ts'
import { lagGate, type Gate } from '../../core/lag-gate.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import { ExitCode } from '../exit.ts'
import type { Observed } from '../observed.ts'
import { printable } from '../printable.ts'
import type { GroupLagRow, GroupsSeen } from './group-rows.ts'
import type { LagRow } from './lag-run.ts'

/** The gate over what was seen; what could not be seen is unknown. */
export function gateOf(
  limitMs: number,
  rows: readonly LagRow[],
  observed: Observed,
  topic: string | undefined,
  groups: { readonly rows: readonly GroupLagRow[]; readonly seen: readonly GroupsSeen[] },
): Gate {
  const isWanted = matcherFromGlobs([topic ?? '*'])
  const views = observed.links.flatMap((one) => (one.kind === 'observed' ? [one.view] : []))
  const unknown = [
    ...observed.unasked.map(({ cluster, why }) => ({ what: `links to cluster ${cluster}`, why })),
    ...observed.links.flatMap((one) =>
      one.kind === 'unknown' ? [{ what: `link ${one.link.name}`, why: one.why }] : [],
    ),
    ...views.flatMap(({ link, runner }) =>
      runner !== undefined || !rows.some((row) => row.link === link.name && row.status !== 'STOPPED')
        ? []
        : [{ what: `link ${link.name}`, why: 'no runner of it was seen to live' }],
    ),
    ...views.flatMap(({ link, unmirrored }) =>
      unmirrored
        .filter((one) => isWanted(one.topic))
        .map(({ topic: name, why }) => ({
          what: `topic ${name} of link ${link.name}`,
          why: `it is not mirrored: ${why}`,
        })),
    ),
    ...groups.seen.flatMap(({ link, unknown: some }) =>
      some.map(({ group, why }) => ({
        what: `${group === undefined ? 'groups' : `group ${group}`} of link ${link}`,
        why,
      })),
    ),
    // Those whose offsets were never copied are not even listed.
    ...groups.seen.flatMap(
      ({ link, from, mirrors }) =>
      from === 'source' || mirrors.length === 0 ? [] : [{ what: `groups of link ${link}`, why: 'the source does not answer' }], // prettier-ignore
    ),
  ]
  const lags = [
    ...rows.map(({ link, topic: name, partition, ...row }) => ({
      ...row,
      what: `${name}/${partition} of link ${link}`,
    })),
    ...groups.rows.map(({ link, group, topic: name, partition, ...row }) => ({
      ...row,
      what: `group ${group} in ${name}/${partition} of link ${link}`,
    })),
  ]
  return lagGate(
    limitMs,
    lags.map(({ what, status, lagMs, isFuture, why }) => ({ what, status, lagMs: lagMs ?? undefined, isFuture, why: why ?? undefined })), // prettier-ignore
    unknown,
  )
}

/** One line for stderr: what was decided, and why. */
export function gateText({ verdict, limitMs, over, unknown, counted }: Gate): string {
  const limit = textFromDurationMs(limitMs)
  const [worst] = over
  const [first] = unknown
  const overText =
    worst === undefined
      ? []
      : [`${over.length} of ${counted} partitions over ${limit}, worst ${worst.what} with ${textFromDurationMs(worst.lagMs)}`] // prettier-ignore
  const unknownText = first === undefined ? [] : [`${unknown.length} not determined, first ${first.what}: ${first.why}`]
  const reasons = verdict === 'within' ? [`all ${counted} partitions within ${limit}`] : [...overText, ...unknownText]
  const word = { within: 'within the limit', over: 'over the limit', unknown: 'not determined' }[verdict]
  return `gate: ${word}: ${printable(reasons.join('; '))}\n`
}

export const exitCodeOfGate = {
  within: ExitCode.ok,
  over: ExitCode.limitMissed,
  unknown: ExitCode.unknown,
} as const satisfies Record<Gate['verdict'], ExitCode>
