import { textFromDurationMs } from '../../core/duration.ts'
import { lagGate, type Gate, type OverLimit } from '../../core/lag-gate.ts'
import { matcherFromGlobs } from '../../core/glob.ts'
import { isPattern } from '../../core/topic-pattern.ts'
import type { LinkView } from '../../engines/engine.ts'
import { ExitCode } from '../exit.ts'
import type { Observed } from '../observed.ts'
import { printable } from '../printable.ts'
import { unlike } from '../unmatched.ts'
import type { GroupLagRow, GroupsSeen } from './group-rows.ts'
import type { LagRow } from './lag-seen.ts'
import { gatedLag, type Limits } from './limits.ts'
import { groupWhat, mirrorWhat } from './what.ts'

/** The gate over what was seen; what could not be seen is unknown. */
export function gateOf(
  limits: Limits,
  rows: readonly LagRow[],
  observed: Observed,
  topic: string | undefined,
  groups: {
    readonly rows: readonly GroupLagRow[]
    readonly seen: readonly GroupsSeen[]
    readonly asked?: readonly string[] | undefined
  },
): Gate {
  const isWanted = matcherFromGlobs([topic ?? '*'])
  const views = observed.links.flatMap((one) => (one.kind === 'observed' ? [one.view] : []))
  const unknown = [
    ...observed.unasked.map(({ cluster, why }) => ({ what: `links to cluster ${cluster}`, why })),
    ...observed.links.flatMap((one) =>
      one.kind === 'unknown' ? [{ what: `link ${one.link.name}`, why: one.why }] : [],
    ),
    ...views.flatMap((view) => {
      const { name } = view.link
      const why = whyNotCarried(view)
      return why === undefined || !rows.some((row) => row.link === name && row.limitMs !== null) ? [] : [{ what: `link ${name}`, why }] // prettier-ignore
    }),
    ...views.flatMap(({ link, unmirrored }) =>
      unmirrored
        .filter((one) => isWanted(one.topic) && limits.ofMirror(one.topic) !== undefined)
        .map(({ topic: name, why }) => ({
          what: `topic ${name} of link ${link.name}`,
          why: `it is not mirrored: ${why}`,
        })),
    ),
    ...groups.seen.flatMap(({ link, unknown: some }) =>
      some.flatMap(({ group, why }) =>
        limits.ofGroup(group) === undefined
          ? []
          : [{ what: `${group === undefined ? 'groups' : `group ${group}`} of link ${link}`, why }],
      ),
    ),
    // Those whose offsets were never copied are not even listed.
    ...groups.seen.flatMap(
      ({ link, silent, mirrors }) =>
      silent === undefined || mirrors.length === 0 || limits.ofGroup(undefined) === undefined ? [] : [{ what: `groups of link ${link}`, why: silent }], // prettier-ignore
    ),
    ...unmatched(groups).flatMap((glob) =>
      limits.ofGroup(isPattern(glob) ? undefined : glob) === undefined
        ? []
        : [
            {
              what: `group ${glob}`,
              why: 'none of the groups of the links is called so and has committed in these topics',
            },
          ],
    ),
  ]
  const lags = [
    ...rows.map(({ link, topic: name, partition, ...row }) => ({
      ...row,
      what: mirrorWhat({ topic: name, partition, link }),
    })),
    ...groups.rows.map(({ link, group, topic: name, partition, ...row }) => ({
      ...row,
      what: groupWhat({ group, topic: name, partition, link }),
    })),
  ]
  return lagGate(
    limits.limitMs,
    lags.map(({ what, limitMs, objective, ...row }) => ({ what, ...gatedLag(row), limit: limitMs === null ? undefined : { ms: limitMs, objective: objective ?? undefined } })), // prettier-ignore
    unknown,
  )
}

/** Those of `asked` that no group is like: whoever names a group wants it to be looked at. */
function unmatched({ rows, seen, asked }: Parameters<typeof gateOf>[4]): readonly string[] {
  const names = new Set([...rows.map(({ group }) => group), ...seen.flatMap(({ unknown }) => unknown.flatMap(({ group }) => group ?? []))]) // prettier-ignore
  return unlike(asked, names)
}

/** Undefined where somebody is seen to carry the link: a runner, or Kafka Connect. What nobody carries has no lag only while nothing is written. */
function whyNotCarried({ runner, runnerUnknown, connect, state }: LinkView): string | undefined {
  if (connect === undefined) return runner === undefined ? (runnerUnknown ?? 'no runner of it was seen to live') : undefined // prettier-ignore
  if (connect.why !== undefined) return `Kafka Connect does not tell that it is carried: ${connect.why}`
  return state === 'NO_RUNNER' || state === 'FAILED' ? `it is ${state}` : undefined
}

/** One line for stderr: what was decided, and why. */
export function gateText({ verdict, limitMs, over, unknown, counted, unlimited }: Gate): string {
  const limit = limitMs === null ? 'their objectives' : textFromDurationMs(limitMs)
  const [worst] = over
  const [first] = unknown
  const overText =
    worst === undefined
      ? []
      : [`${over.length} of ${counted} partitions over ${limit}, worst ${worst.what} with ${textFromDurationMs(worst.lagMs)}${objectiveText(worst)}`] // prettier-ignore
  const unknownText = first === undefined ? [] : [`${unknown.length} not determined, first ${first.what}: ${first.why}`]
  const reasons =
    verdict === 'within'
      ? [`all ${counted} partitions within ${limit}${unlimited === 0 ? '' : `, and ${unlimited} have none`}`]
      : [...overText, ...unknownText]
  const word = { within: 'within the limit', over: 'over the limit', unknown: 'not determined' }[verdict]
  return `gate: ${word}: ${printable(reasons.join('; '))}\n`
}

function objectiveText({ objective, limitMs }: OverLimit): string {
  return objective === null ? '' : ` (${objective}: ${textFromDurationMs(limitMs)})`
}

export const exitCodeOfGate = {
  within: ExitCode.ok,
  over: ExitCode.limitMissed,
  unknown: ExitCode.unknown,
} as const satisfies Record<Gate['verdict'], ExitCode>
