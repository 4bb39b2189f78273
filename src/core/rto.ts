import { type Measured, measured, unknown } from './measured.ts'

/** The instants of a failover, all in monotonic milliseconds of the one observer process. `undefined` = it did not happen, or was not seen. */
export interface Marks {
  readonly t0: number | undefined
  readonly t1: number | undefined
  readonly t2: number | undefined
  readonly t3: number | undefined
  readonly t4: number | undefined
  readonly t5: number | undefined
  readonly t6: number | undefined
  readonly t7: number | undefined
  readonly t8: number | undefined
}

export const markMeanings = {
  t0: 'fault injected',
  t1: 'last source acknowledgement',
  t2: 'loss detected',
  t3: 'failover approved',
  t4: 'failover commanded',
  t5: 'destination writable',
  t6: 'first destination acknowledgement',
  t7: 'first read by a group from translated offsets',
  t8: 'steady state begins',
} as const satisfies Record<keyof Marks, string>

export interface MarkErrors {
  /** How far the true instant of the fault may be from t0. */
  readonly injectionUncertaintyMs: number
  /** The canary's interval: t6, t7 and t8 are seen only when a slot falls due. */
  readonly canaryEveryMs: number
  /** The detector's interval: t2 is seen only when a probe falls due. */
  readonly probeEveryMs: number
}

/** What was waited for people, in milliseconds. */
export interface Waits {
  readonly allMs: number
  /** Of it, what was waited since t4. */
  readonly sinceCommandMs: number
}

export interface Rto {
  readonly write: Measured
  readonly read: Measured
  /** The headline. */
  readonly service: Measured
  /** From the command to steady state, without waits for people: what the tool needs. */
  readonly tool: Measured
  /** What people took: inside `service`, and shown apart. From the alarm to the decision, or where several are asked, all of their waits. */
  readonly human: Measured
  /** `service` less `human`: what is left when nobody has to be waited for. */
  readonly withoutHuman: Measured
  readonly detection: Measured
}

/**
 * Null, with the missing mark named, where a figure's mark is missing.
 *
 * @param waits undefined where the decision is all that was waited for
 */
export function rtoFrom(marks: Marks, errors: MarkErrors, waits?: Waits): Rto {
  const error: Record<keyof Marks, number> = {
    t0: errors.injectionUncertaintyMs,
    t1: 0,
    t2: errors.probeEveryMs,
    t3: 0,
    t4: 0,
    t5: 0,
    t6: errors.canaryEveryMs,
    t7: errors.canaryEveryMs,
    t8: errors.canaryEveryMs,
  }
  const between = (from: keyof Marks, to: keyof Marks): Measured => {
    const missing = [from, to].find((mark) => marks[mark] === undefined)
    if (missing !== undefined) return unknown('ms', `${missing} (${markMeanings[missing]}) is missing`)
    const value = (marks[to] as number) - (marks[from] as number)
    if (value < 0) {
      return unknown('ms', `${to} (${markMeanings[to]}) was seen before ${from} (${markMeanings[from]})`)
    }
    return measured(value, 'ms', error[from] + error[to])
  }
  const service = between('t0', 't8')
  const human = waits === undefined ? between('t2', 't3') : measured(waits.allMs, 'ms', 0)
  return {
    write: between('t0', 't6'),
    read: between('t0', 't7'),
    service,
    tool: less(between('t4', 't8'), waits?.sinceCommandMs ?? 0),
    human,
    withoutHuman: less(service, human.value ?? 0),
    detection: between('t0', 't2'),
  }
}

function less(figure: Measured, ms: number): Measured {
  return figure.value === null ? figure : measured(figure.value - ms, 'ms', figure.error)
}
