import { clusterSettings } from '../../config/cluster-settings.ts'
import { Cleanup } from '../../core/cleanup.ts'
import type { FaultName } from '../../core/drill-faults.ts'
import { rightsFor } from '../../core/permissions.ts'
import type { Act } from '../../engines/engine.ts'
import { canaryNames } from '../../drill/canary-names.ts'
import { failOverAtOnce } from '../../drill/response.ts'
import type { DrillSettings, DrillSite } from '../../drill/site.ts'
import { connectGroup } from '../../sandbox/connect/worker-files.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { ConnectOptions } from '../../sandbox/start.ts'
import { mirrormakerLogin } from '../../sandbox/secure/access.ts'
import { grant, openAsAdmin } from '../../sandbox/secure/grant.ts'
import { upSandbox } from '../../sandbox/up.ts'
import { actOf } from '../actor.ts'
import type { Context } from '../context.ts'
import { connectorRequest } from '../link/create-connectors.ts'
import { engineOf, openLink, openLinkClusters } from '../open.ts'
import type { Progress } from '../progress.ts'
import { sandboxDepsOf } from '../sandbox/deps.ts'
import type { SandboxShape } from '../sandbox/options.ts'
import { shapeOf } from '../sandbox/shape.ts'
import type { DrillOptions } from './options.ts'
import { responseOf } from './by-runbook.ts'
import type { OpenSite } from './open-site.ts'
import { connectCarrier, startRunner } from './carrier.ts'
import { groupOffsets } from './group-offsets.ts'
import { makeOrders } from './orders.ts'
import { lossBy } from './sandbox-faults.ts'
import { sandboxLink } from './sandbox-link.ts'
import type { Exercise } from './scenarios.ts'

/** Shorter than a runner's default, or the group would hardly have been copied once before the fault. */
const groupsEveryMs = 1_000

/** Two clusters, a link, a runner in a process of its own and a topic with records: the drill's ground, gone when `work` is done. */
export async function withSandboxSite<T>(
  exercise: Extract<Exercise, { readonly mode: 'sandbox' }>,
  options: DrillOptions,
  settings: DrillSettings,
  context: Context,
  progress: Progress,
  work: (open: OpenSite) => Promise<T>,
): Promise<T> {
  const { time, signal } = context
  const { fault } = exercise
  await using cleanup = new Cleanup()
  const deps = sandboxDepsOf(context)
  const name = `drill-${settings.runId}`
  const sandbox = await upSandbox(
    {
      name,
      ...shapeOf(wanted(fault, options)),
      connect: connectFor(options, fault),
      isOwned: true,
      report: progress.step,
    },
    deps,
    { signal },
  )
  cleanup.defer(async () => {
    await sandbox[Symbol.asyncDispose]()
  })
  if (options.secure) await grantDrill(sandbox, options, settings, context)
  progress.step(`linking "east" to "west"`)
  const config = { ...options, config: sandbox.configFile }
  const act = actOf(context, 'drill', { takeOver: false })
  await createLink(config, sandbox, act, context)
  const opened = cleanup.adopt(await openLink(context, config, sandboxLink), async (one) => {
    await one[Symbol.asyncDispose]()
  })
  const { target, engine } = opened
  const carrier = engine.capabilities.needsRunner
    ? await startRunner(sandbox, groupsEveryMs, context)
    : connectCarrier(sandbox, target)
  const [source, destination] = await Promise.all([
    clusterSettings(opened.config, 'east', context),
    clusterSettings(opened.config, 'west', context),
  ])
  progress.step('mirroring topic "orders"')
  // An application's topic, which is not georep's to write to.
  const orders = cleanup.adopt(await openAsAdmin(sandbox, 'east', context), async (one) => {
    await one[Symbol.asyncDispose]()
  })
  await makeOrders(orders, target, engine, act, { signal })
  const site: DrillSite = {
    target,
    engine,
    // The canary's clients are inside their regions: georep.yaml tells how georep reaches them, over the WAN.
    settings: {
      source: { ...source, bootstrap: sandbox.clusters.east.bootstrap },
      destination: { ...destination, bootstrap: sandbox.clusters.west.bootstrap },
    },
    scope: 'all',
    isLeftBehind: true,
    groupsEveryMs,
    // Of clusters that are gone by then nothing can be asked.
    lookAt: 'run the drill again, on a machine that has less to do',
    carrier,
    ...groupOffsets(engine, target, act),
    onCanaryTopic: () => undefined, // it goes with the clusters
    act,
    time,
  }
  return await work({
    objectives: {
      rtoMs: opened.config.objectives.rtoMs,
      rpoMs: opened.config.objectives.rpoMs,
      rpoRecords: undefined,
    },
    loss: lossBy(fault, { sandbox, target, settings, carrier, step: progress.step }),
    ...(await responseOf(exercise, failOverAtOnce, site, settings, config, context, progress)),
    site,
  })
}

/** The sandbox as it was asked for; what is to be cut has to be there. */
function wanted(fault: FaultName, options: DrillOptions): SandboxShape {
  const isThere = options.wanLatency !== undefined || options.wanBandwidth !== undefined
  return isThere || !fault.startsWith('wan-') ? options : { ...options, wanLatency: 0 }
}

/** Exactly what the documentation lists for what the drill does, and for what carries its link. */
async function grantDrill(
  sandbox: Sandbox<'east' | 'west'>,
  { engine = 'embedded' }: DrillOptions,
  { runId }: DrillSettings,
  { time, signal }: Context,
): Promise<void> {
  const topics = ['orders', canaryNames(runId).topic]
  const connect = { alias: 'east', workers: connectGroup }
  const carried = { link: sandboxLink, sourceTopics: topics, mirrorTopics: topics, groups: ['*'] }
  const isMm2 = engine === 'mm2'
  const subject = isMm2 ? { ...carried, connect } : carried
  const done = ['link create', 'mirror create', 'mirror failover', 'offset clamp --apply', 'drill'] as const
  for (const [name, side] of [['east', 'source'], ['west', 'destination']] as const) {
    const rights = rightsFor(isMm2 ? done : [...done, 'link run'], side, subject)
    await grant(sandbox, name, { user: 'georep', rights }, { time, signal })
    if (!isMm2) continue
    const connectors = rightsFor(['connectors of MirrorMaker'], side, subject)
    await grant(sandbox, name, { user: 'mirrormaker', rights: connectors }, { time, signal })
  } // prettier-ignore
  if (!isMm2) return
  const workers = rightsFor(['workers of Kafka Connect, of a link'], 'destination', subject)
  await grant(sandbox, 'west', { user: 'connect', rights: workers }, { time, signal })
}

async function createLink(config: DrillOptions, sandbox: Sandbox, act: Act, context: Context): Promise<void> {
  const { signal } = context
  await using clusters = await openLinkClusters(context, config, sandboxLink)
  const { source, destination } = clusters
  const engine = engineOf({ engine: config.engine ?? 'embedded' })
  const carried =
    engine.name === 'mm2'
      ? await connectorRequest(quickConnectors(config, sandbox), clusters.config, clusters, context)
      : {}
  const plan = await engine.planLink({ source, destination, name: sandboxLink, groups: ['*'], ...carried }, { signal })
  await engine.createLink(plan, act, { signal })
}

/** Two workers where one is to be killed. */
function connectFor({ engine }: DrillOptions, fault: FaultName): ConnectOptions | undefined {
  return engine === 'mm2' ? { workers: fault === 'runner-kill' ? 2 : 1, isExactlyOnce: true } : undefined
}

/**
 * As `link create` makes them, but for the groups: with its intervals the canary's would hardly have been copied once before the fault. In a secured sandbox
 * they come in as a user of their own.
 */
function quickConnectors(
  { config }: DrillOptions,
  { folder, secure }: Sandbox,
): Parameters<typeof connectorRequest>[0] {
  const seconds = (groupsEveryMs / 1_000).toString()
  const often = ['refresh.groups', 'emit.checkpoints', 'sync.group.offsets']
  const set = often.map((what) => ({ role: 'checkpoint', key: `${what}.interval.seconds`, value: seconds }) as const)
  const sides = secure === undefined ? [] : (['source', 'target'] as const)
  const logins = sides.map((side) => ({ role: undefined, key: `${side}.cluster.sasl.jaas.config`, value: mirrormakerLogin({ folder }) })) // prettier-ignore
  return { config, name: sandboxLink, connect: undefined, naming: 'identity', set: [...set, ...logins], wan: false, inlineSecrets: false } // prettier-ignore
}
