import { rightText } from '../../core/acl.ts'
import { GeorepError } from '../../core/errors.ts'
import { mm2Verbs, rightsFor, verbs } from '../../core/permissions.ts'
import { connectGroup } from '../../sandbox/connect/worker-files.ts'
import { openSandbox } from '../../sandbox/open.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { grant } from '../../sandbox/secure/grant.ts'
import { sweepAbandoned } from '../../sandbox/sweep.ts'
import { upSandbox } from '../../sandbox/up.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { printable } from '../printable.ts'
import { openProgress, type Progress } from '../progress.ts'
import { styleOf } from '../style.ts'
import { sandboxDepsOf } from './deps.ts'
import { type ConnectShape, type SandboxShape, wordsOfConnect, wordsOfShape } from './options.ts'
import { connectOf, shapeOf } from './shape.ts'
import { renderSandbox, viewOfSandbox, type SandboxView } from './view.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface SandboxUpOptions extends GlobalOptions, SandboxShape, ConnectShape {
  readonly name: string
  readonly output: OutputFormat
}

export type UpOutcome = 'started' | 'restarted' | 'unchanged'

export async function runSandboxUp(options: SandboxUpOptions, context: Context): Promise<ExitCode> {
  const { name, output } = options
  const { io, signal } = context
  const deps = sandboxDepsOf(context)
  const connect = connectOf(options)
  const progress = await openProgress(io)
  try {
    await sweepAbandoned(deps, { signal })
    const found = await openSandbox(name, deps)
    if (found !== undefined) checkShape(found, options)
    const sandbox =
      found ??
      (await upSandbox({ name, ...shapeOf(options), connect, isOwned: false, report: progress.step }, deps, { signal }))
    if (found === undefined && options.secure) await grantAll(sandbox, context)
    const outcome = found === undefined ? 'started' : await bringUp(found, progress, { signal })
    const view = await viewOfSandbox(sandbox)
    progress.done(textOfOutcome(name, outcome))
    if (output !== 'table') io.out(documentText(output, 'georep.sandbox/1', { outcome, ...view }))
    else {
      io.out(renderSandbox(view, styleOf(io)))
      io.err(renderSandboxUp(view))
    }
    return ExitCode.ok
  } catch (error) {
    progress.fail()
    throw error
  }
}

/**
 * What the documentation lists for all verbs, on whatever topics and groups there may be, in both directions. Connectors come in as georep does, unless they are
 * told otherwise.
 */
async function grantAll(sandbox: Sandbox, { time, signal }: Context): Promise<void> {
  const all = { link: '*', sourceTopics: ['*'], mirrorTopics: ['*'], groups: ['*'] }
  const subject = { ...all, connect: { alias: '*', workers: connectGroup } }
  const rights = (['source', 'destination'] as const).flatMap((side) => [
    ...rightsFor(verbs, side, all),
    ...(sandbox.connect === undefined ? [] : rightsFor([...mm2Verbs, 'connectors of MirrorMaker'], side, subject)), // prettier-ignore
  ])
  const each = [...new Map(rights.map((right) => [rightText(right), right])).values()]
  for (const name of Object.keys(sandbox.clusters)) await grant(sandbox, name, { user: 'georep', rights: each }, { time, signal }) // prettier-ignore
  if (sandbox.connect === undefined) return
  const carrying = rightsFor(['workers of Kafka Connect, of a link'], 'destination', subject)
  await grant(sandbox, sandbox.connect.cluster, { user: 'connect', rights: carrying }, { time, signal })
}

/** Starts again what is down, and continues what is paused or cut. */
async function bringUp(
  sandbox: Sandbox,
  progress: Progress,
  { signal }: { readonly signal: AbortSignal },
): Promise<UpOutcome> {
  const clusters = Object.values(sandbox.clusters)
  const states = await Promise.all(clusters.map(async (cluster) => ({ cluster, state: await cluster.state() })))
  const { wan } = sandbox
  const isWanUp = wan === undefined || (await wan.state()) === 'up'
  if (!isWanUp) {
    progress.step('joining the regions')
    await wan.start({ signal })
  }
  for (const { cluster, state } of states) {
    if (state === 'up') continue
    progress.step(`${state === 'paused' ? 'continuing' : 'starting'} "${cluster.name}"`)
    await cluster.start({ signal })
  }
  const isConnectUp = await bringUpConnect(sandbox, progress, { signal })
  return isWanUp && isConnectUp && states.every(({ state }) => state === 'up') ? 'unchanged' : 'restarted'
}

/** Whether there was nothing to do. */
async function bringUpConnect(
  { connect }: Sandbox,
  progress: Progress,
  { signal }: { readonly signal: AbortSignal },
): Promise<boolean> {
  if (connect === undefined) return true
  const states = await Promise.all(connect.workers.map(async (worker) => await worker.state()))
  if (states.every((state) => state === 'up')) return true
  progress.step('starting Kafka Connect')
  await connect.start({ signal })
  return false
}

/** A sandbox keeps the shape that it was made with. @throws GeorepError "refused" when another is asked for */
function checkShape({ name, clusters, wan, secure, connect }: Sandbox, asked: SandboxShape & ConnectShape): void {
  const brokers = Math.max(...Object.values(clusters).map((cluster) => cluster.brokers.length))
  const isOther =
    (asked.secure && secure === undefined) ||
    (asked.brokers !== undefined && asked.brokers !== brokers) ||
    (asked.wanLatency !== undefined && asked.wanLatency !== wan?.roundTripMs) ||
    (asked.wanBandwidth !== undefined && asked.wanBandwidth !== wan?.bytesPerSecond) ||
    (asked.connect && connect === undefined) ||
    (asked.exactlyOnce && connect?.isExactlyOnce !== true) ||
    (asked.workers !== undefined && asked.workers !== connect?.workers.length)
  if (!isOther) return
  const has = { brokers, wanLatency: wan?.roundTripMs, wanBandwidth: wan?.bytesPerSecond, secure: secure !== undefined }
  const workers = connect?.workers.length
  const hasConnect = { connect: connect !== undefined, workers, exactlyOnce: connect?.isExactlyOnce === true }
  throw new GeorepError('refused', 'GR-SANDBOX-SHAPE', `sandbox "${name}" was made otherwise`, {
    stateNow: `it was made with ${[...wordsOfShape(has), ...wordsOfConnect(hasConnect)].join(' ')}; nothing was changed`,
    next: `georep sandbox down --name ${name}, or another --name`,
  })
}

function textOfOutcome(name: string, outcome: UpOutcome): string {
  return {
    started: `sandbox "${name}" is up`,
    restarted: `sandbox "${name}" is up again`,
    unchanged: `sandbox "${name}" is up already; nothing was changed`,
  }[outcome]
}

/** What to do with it. For stderr: the table is the data. */
export function renderSandboxUp({ config, name }: SandboxView): string {
  const file = printable(config)
  const down = name === 'default' ? 'georep sandbox down' : `georep sandbox down --name ${name}`
  return [
    '',
    `config: ${file}`,
    `next:   georep --config ${file} link create east-west`,
    `        georep --config ${file} link run east-west`,
    `        ${down}`,
    '',
  ].join('\n')
}
