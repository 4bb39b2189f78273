import { textFromDurationMs } from '../../core/duration.ts'
import type { ConnectorView, ConnectView, LastTold } from '../../engines/engine.ts'
import type { Paint, Style } from '../style.ts'
import { facts, table } from '../table.ts'

/** Heartbeats are a second apart; Connect that starts its tasks anew takes some seconds to write the next. */
const freshMs = 30_000

/** When something was told, by the worker's clock; null for never, or not known, of which `why` says why. */
export interface ToldView {
  readonly at: string | null
  readonly ageMs: number | null
  readonly why: string | null
}

/** Kafka Connect as documents show it. */
export interface ConnectRow {
  readonly url: string
  /** Null when it does not answer, or not to us; `why` says why. */
  readonly version: string | null
  readonly why: string | null
  readonly isExactlyOnce: boolean | null
  readonly connectors: readonly {
    readonly role: ConnectorView['role']
    readonly name: string
    /** Null when there is no such connector. */
    readonly state: string | null
    readonly worker: string | null
    readonly why: string | null
    readonly tasks: readonly { readonly id: number; readonly state: string; readonly worker: string; readonly why: string | null }[] // prettier-ignore
  }[]
  /** Written to the destination. */
  readonly heartbeat: ToldView
  /** Written to the source, and come back; proven while it is fresh. */
  readonly dataPath: ToldView & { readonly isProven: boolean }
  readonly checkpoint: ToldView
  /** How long group offsets may lag behind by the intervals; null when none are copied. */
  readonly groupSyncMs: number | null
  readonly warnings: readonly string[]
}

export function connectRow(view: ConnectView, now: Date): ConnectRow {
  const { url, version, why, isExactlyOnce, connectors, told, warnings } = view
  const dataPath = toldView(told.dataPath, now)
  return {
    url,
    version: version ?? null,
    why: why ?? null,
    isExactlyOnce: isExactlyOnce ?? null,
    connectors: connectors.map(({ role, name, state, worker, why: reason, tasks }) => ({
      role,
      name,
      state: state ?? null,
      worker: worker ?? null,
      why: reason ?? null,
      tasks: tasks.map((task) => ({ ...task, why: task.why ?? null })),
    })),
    heartbeat: toldView(told.heartbeat, now),
    dataPath: { ...dataPath, isProven: dataPath.ageMs !== null && dataPath.ageMs <= freshMs },
    checkpoint: toldView(told.checkpoint, now),
    groupSyncMs: told.groupSyncMs ?? null,
    warnings,
  }
}

function toldView(told: LastTold, now: Date): ToldView {
  if ('why' in told) return { at: null, ageMs: null, why: told.why }
  const { at } = told
  if (at === undefined) return { at: null, ageMs: null, why: null }
  // The worker's clock may be ahead of ours: an age below zero is none.
  return { at: at.toISOString(), ageMs: Math.max(0, now.getTime() - at.getTime()), why: null }
}

function ageText({ ageMs, why }: ToldView): string {
  if (why !== null) return `not known: ${why}`
  return ageMs === null ? 'never seen' : `${textFromDurationMs(ageMs)} ago`
}

export function renderConnect(row: ConnectRow, style: Style): string {
  const { url, version, why, isExactlyOnce, connectors, heartbeat, dataPath, checkpoint, groupSyncMs, warnings } = row
  const isFresh = heartbeat.ageMs !== null && heartbeat.ageMs <= freshMs
  const path = dataPath.why === null ? `${dataPath.isProven ? 'proven' : 'not proven'}: last record through the source ${ageText(dataPath)}` : ageText(dataPath) // prettier-ignore
  return [
    facts([
      ['Connect', version === null ? { text: `${url}, cannot be asked`, paint: style.bad } : `${url} (Kafka ${version})`], // prettier-ignore
      ...(why === null ? [] : [['Why', { text: why, paint: style.bad }] as const]),
      ['Exactly once', isExactlyOnce === null ? 'unknown' : isExactlyOnce ? 'yes' : 'no'],
      ['Heartbeat', { text: `${ageText(heartbeat)} (Kafka Connect reaches the destination)`, paint: isFresh ? style.ok : style.warn }], // prettier-ignore
      ['Data path', { text: path, paint: dataPath.isProven ? style.ok : style.warn }], // prettier-ignore
      ['Checkpoint', `${ageText(checkpoint)} (when a group was last found further on)`],
      ['Group sync', groupSyncMs === null ? 'off, or not known' : `within ${textFromDurationMs(groupSyncMs)}, of groups without members on the destination`], // prettier-ignore
      ...warnings.map((text) => ['Warning', { text, paint: style.bad }] as const),
    ]),
    ...(connectors.length === 0 ? [] : [connectorsTable(connectors, style)]),
  ].join('\n')
}

function connectorsTable(connectors: ConnectRow['connectors'], style: Style): string {
  const cell = (state: string): { readonly text: string; readonly paint: Paint } => ({ text: state, paint: state === 'RUNNING' ? style.ok : state === 'FAILED' || state === 'ABSENT' ? style.bad : style.warn }) // prettier-ignore
  return table(
    ['CONNECTOR', 'TASK', 'STATE', 'WORKER', 'WHY'].map((title) => ({ title })),
    connectors.flatMap(({ name, state, worker, why, tasks }) => [
      [name, '-', cell(state ?? 'ABSENT'), worker ?? '-', why ?? '-'],
      ...tasks.map((task) => [name, task.id, cell(task.state), task.worker, task.why ?? '-']),
    ]),
  )
}
