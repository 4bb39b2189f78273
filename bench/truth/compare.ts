import type { Seen } from './observe.ts'

interface Figure {
  readonly value: number | null
  readonly error: number | null
}
interface Loss {
  readonly kind: 'exact' | 'atLeast' | 'unknown'
  readonly records: string | null
}

/** What of `drill -o json` is compared. */
export interface Printed {
  readonly id: string
  readonly verdict: string
  readonly rto: Readonly<Record<'serviceMs' | 'writeMs' | 'readMs', Figure>>
  readonly rpo: {
    readonly records: Figure
    readonly unknownSends: { readonly survived: number; readonly absent: number; readonly undetermined: number }
  }
  readonly splitBrain: { readonly acknowledgedAfterT5: number | null; readonly mirroredLate: number }
  readonly otherMirrors: {
    readonly mirrors: readonly {
      readonly topic: string
      readonly loss: Loss
      readonly atFault: Loss
      readonly reconciled: Loss
    }[]
  }
  readonly settings: { readonly probeEveryMs: number; readonly phaseMs: number }
}

/** What the outsider has seen, in milliseconds of its own clock and records of its own counting. */
export interface Truth {
  readonly fault: Seen
  /** How late the outsider's own turn came at the worst, while there was something to be seen. */
  readonly lateMs: number
  /** The destination's canary was first read. */
  readonly canaryAt: number | undefined
  /** The canary's group was first seen to have committed what it read on the destination. */
  readonly groupAt: number | undefined
  /** The first acknowledgement of our own application on the destination. */
  readonly applicationAt: number | undefined
  /** The source was back when it was read; else its log files were. */
  readonly isBack: boolean
  /** Records of the source's canary that the source has and the destination has not. */
  readonly canaryOnSourceOnly: number
  readonly ownAcknowledged: number
  /** Of our own application: acknowledged on the source, and not on the destination. */
  readonly ownLost: number
  /** Of our own application: in the source's log, be it acknowledged or not, and not on the destination. Of a source that is back. */
  readonly ownOnSourceOnly: number | undefined
  readonly ownUnanswered: number
}

export interface Check {
  /** What is claimed, and what was found. */
  readonly text: string
  readonly isTrue: boolean
}

export interface Comparison {
  readonly id: string
  readonly fault: string
  readonly verdict: string
  readonly code: number | null
  readonly isUnknown: boolean
  readonly lost: { readonly printed: number | null; readonly counted: number }
  readonly ownLost: { readonly printed: string; readonly counted: number }
  readonly writeMs: { readonly printed: number | null; readonly error: number | null; readonly seen: number | null }
  readonly serviceMs: {
    readonly printed: number | null
    readonly seenAfter: number | null
    readonly seenBefore: number | null
  }
  readonly applicationMs: number | null
  readonly checks: readonly Check[]
}

/** The canary's group commits twice a second: what it has read is seen so much later at most. */
const commitEveryMs = 500
/** How much later than it happens something is seen by us: a poll and an answer. That our turn comes late on a machine that is busy is measured. */
const lookMs = 50

export function compare(
  data: Printed,
  truth: Truth,
  {
    fault,
    holdBack,
    code,
  }: { readonly fault: string; readonly holdBack: number | undefined; readonly code: number | null },
): Comparison {
  const { rto, rpo, splitBrain, settings } = data
  const checks: Check[] = []
  const check = (isTrue: boolean, text: string): void => {
    checks.push({ isTrue, text })
  }
  const since = (at: number | undefined): number | null => (at === undefined ? null : at - truth.fault.to)
  const ownError = truth.fault.to - truth.fault.from + lookMs + truth.lateMs

  // Lost canary records. The source has acknowledged no record that it has not appended, so that what it appended and the destination has not is
  // what was lost, what was acknowledged after the switch, and what was appended and never acknowledged.
  const lost = rpo.records.value
  const { absent } = rpo.unknownSends
  const counted = truth.canaryOnSourceOnly
  const late = splitBrain.acknowledgedAfterT5
  if (lost !== null && late !== null) {
    // Acknowledged late may have been mirrored in time: it is on both sides then.
    const most = lost + late + absent
    check(counted >= lost && counted <= most, `canary: ${lost} lost, ${late} acknowledged later, ${absent} unanswered and absent; on the source alone: ${counted}`) // prettier-ignore
    if (truth.isBack && fault !== 'region-freeze') {
      check(
        counted === lost + late,
        `canary: every record on the source alone is counted: ${lost} + ${late} = ${counted}`,
      )
    }
    if (!truth.isBack && absent === 0)
      check(counted === lost, `canary: exactly ${counted} of the source's log files are not on the destination`)
    if (holdBack !== undefined) check(lost === holdBack, `canary: held back by ${holdBack}, ${lost} lost`)
  }
  check(splitBrain.mirroredLate === 0, 'canary: the mirror took nothing after it was opened')

  // Our own application's records.
  const own = data.otherMirrors.mirrors.find(({ topic }) => topic === 'truth')
  const best = own?.reconciled.kind === 'exact' ? own.reconciled : own?.atFault
  if (own === undefined) check(false, 'application: its mirror is not among the others')
  else if (truth.isBack) {
    check(own.reconciled.kind === 'exact' && Number(own.reconciled.records) === truth.ownOnSourceOnly, `application: ${own.reconciled.records ?? '?'} on the source alone, in truth ${String(truth.ownOnSourceOnly)} (${truth.ownLost} acknowledged and not on the destination, ${truth.ownUnanswered} unanswered)`) // prettier-ignore
  } else {
    const bound = Math.max(Number(own.loss.records ?? 0), Number(own.atFault.records ?? 0))
    check(own.loss.kind !== 'exact' && own.atFault.kind === 'atLeast' && bound <= truth.ownLost + truth.ownUnanswered, `application: at least ${bound} lost, in truth ${truth.ownLost}`) // prettier-ignore
  }

  // Times. The first write: we read the destination's canary topic ourselves.
  const write = since(truth.canaryAt)
  if (rto.writeMs.value !== null) {
    const off = write === null ? NaN : Math.abs(rto.writeMs.value - write)
    check(off <= (rto.writeMs.error ?? 0) + ownError, `write: ${rto.writeMs.value} ± ${rto.writeMs.error ?? '?'} ms, seen after ${String(write)} ms ± ${ownError.toFixed(0)}`) // prettier-ignore
  }
  // Service: it is there when both are, and a read is seen by its commit, which comes up to half a second later.
  const group = since(truth.groupAt)
  const after = write === null || group === null ? null : Math.max(write, group - commitEveryMs)
  const before = write === null || group === null ? null : Math.max(write, group)
  if (rto.serviceMs.value !== null) {
    const error = (rto.serviceMs.error ?? 0) + ownError
    const isBetween = after !== null && before !== null && rto.serviceMs.value >= after - error && rto.serviceMs.value <= before + error // prettier-ignore
    check(isBetween, `service: ${rto.serviceMs.value} ± ${rto.serviceMs.error ?? '?'} ms, seen between ${String(after)} and ${String(before)} ms ± ${ownError.toFixed(0)}`) // prettier-ignore
  }
  for (const [name, { error }] of Object.entries(rto).filter(([one]) =>
    ['serviceMs', 'writeMs', 'readMs'].includes(one),
  )) {
    check((error ?? 0) <= 2 * settings.probeEveryMs + 100, `${name}: error bar of ${String(error)} ms`)
  }
  const isSplit = fault !== 'region-kill' && fault !== 'runner-kill'
  if (data.verdict !== 'unknown') {
    check((data.verdict === 'splitBrain') === isSplit, `verdict ${data.verdict} with exit ${String(code)}, where the source ${isSplit ? 'lived on unfenced' : 'died'}`) // prettier-ignore
  }
  return {
    id: data.id,
    fault: holdBack === undefined ? fault : `${fault}, ${holdBack} held back`,
    verdict: data.verdict,
    code,
    isUnknown: data.verdict === 'unknown' || lost === null || rto.serviceMs.value === null,
    lost: { printed: lost, counted },
    ownLost: { printed: best === undefined ? '?' : `${best.kind} ${best.records ?? '?'}`, counted: truth.ownLost },
    writeMs: { printed: rto.writeMs.value, error: rto.writeMs.error, seen: write },
    serviceMs: { printed: rto.serviceMs.value, seenAfter: after, seenBefore: before },
    applicationMs: since(truth.applicationAt),
    checks,
  }
}
