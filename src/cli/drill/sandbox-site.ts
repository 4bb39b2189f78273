import { spawn, type ChildProcess } from 'node:child_process'
import { clusterSettings } from '../../config/cluster-settings.ts'
import { Cleanup } from '../../core/cleanup.ts'
import { GeorepError } from '../../core/errors.ts'
import { rightsFor } from '../../core/permissions.ts'
import { orAborted, withDeadline } from '../../core/time.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import type { Act } from '../../engines/engine.ts'
import { canaryNames } from '../../drill/canary-names.ts'
import type { DrillSettings } from '../../drill/site.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { Sandbox, SandboxBroker } from '../../sandbox/sandbox.ts'
import { grantGeorep, openAsAdmin } from '../../sandbox/secure/grant.ts'
import { upSandbox } from '../../sandbox/up.ts'
import { actOf } from '../actor.ts'
import type { Context } from '../context.ts'
import { openLink, openLinkClusters } from '../open.ts'
import type { Progress } from '../progress.ts'
import { sandboxDepsOf } from '../sandbox/deps.ts'
import { wordsOfShape } from '../sandbox/options.ts'
import { shapeOf } from '../sandbox/shape.ts'
import type { DrillOptions } from './drill.ts'
import type { OpenSite } from './drill-run.ts'
import { groupOffsets } from './group-offsets.ts'
import { makeOrders } from './orders.ts'

const linkName = 'east-west'
const runnerStartMs = 20_000

/** Two clusters, a link, a runner in a process of its own and a topic with records: the drill's ground, gone when `work` is done. */
export async function withSandboxSite<T>(
  options: DrillOptions,
  settings: DrillSettings,
  context: Context,
  progress: Progress,
  work: (open: OpenSite) => Promise<T>,
): Promise<T> {
  const { time, signal } = context
  await using cleanup = new Cleanup()
  const deps = sandboxDepsOf(context)
  const name = `drill-${settings.runId}`
  const sandbox = await upSandbox({ name, ...shapeOf(options), isOwned: true, report: progress.step }, deps, {
    signal,
  })
  cleanup.defer(async () => {
    await sandbox[Symbol.asyncDispose]()
  })
  if (options.secure) await grantDrill(sandbox, settings, context)
  progress.step(`linking "east" to "west"`)
  const config = { ...options, config: sandbox.configFile }
  const act = actOf(context, 'drill', { takeOver: false })
  await createLink(config, act, context)
  const opened = cleanup.adopt(await openLink(context, config, linkName), async (one) => {
    await one[Symbol.asyncDispose]()
  })
  const { target, engine } = opened
  const runner = await startRunner(sandbox, context)
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
  const kill = (what: NodeJS.Signals): void => {
    if (runner.pid !== undefined && runner.exitCode === null) context.kill(runner.pid, what)
  }
  return await work({
    scope: scopeOf(options),
    objectives: {
      rtoMs: opened.config.objectives.rtoMs,
      rpoMs: opened.config.objectives.rpoMs,
      rpoRecords: undefined,
    },
    site: {
      mode: 'sandbox',
      target,
      engine,
      // The canary's clients are inside their regions: georep.yaml tells how georep reaches them, over the WAN.
      settings: {
        source: { ...source, bootstrap: sandbox.clusters.east.bootstrap },
        destination: { ...destination, bootstrap: sandbox.clusters.west.bootstrap },
      },
      scope: 'all',
      loss: {
        kind: 'region',
        ...(!options.loseBrokerFirst
          ? {}
          : {
              strikeFirst: async (within) => {
                const broker = await leaderOfCanary(target.source, sandbox.clusters.east.brokers, settings, within)
                progress.step(`killing broker ${broker.nodeId} of "east" with SIGKILL`)
                await broker.kill(within)
              },
            }),
        strike: async (within) => {
          progress.step('killing "east" with SIGKILL')
          return await sandbox.clusters.east.kill(within)
        },
      },
      runner: {
        freeze: () => {
          kill('SIGSTOP')
        },
        thaw: () => {
          kill('SIGCONT')
        },
      },
      ...groupOffsets(target, act),
      onCanaryTopic: () => undefined, // it goes with the clusters
      act,
      time,
    },
  })
}

/** Exactly what the documentation lists for what the drill does. */
async function grantDrill(
  sandbox: Sandbox<'east' | 'west'>,
  { runId }: DrillSettings,
  { time, signal }: Context,
): Promise<void> {
  const topics = ['orders', canaryNames(runId).topic]
  const subject = { link: linkName, sourceTopics: topics, mirrorTopics: topics, groups: ['*'] }
  const done = ['link create', 'link run', 'mirror create', 'mirror failover', 'offset clamp --apply', 'drill'] as const
  await grantGeorep(sandbox, 'east', rightsFor(done, 'source', subject), { time, signal })
  await grantGeorep(sandbox, 'west', rightsFor(done, 'destination', subject), { time, signal })
}

function scopeOf(options: DrillOptions): string {
  const shape = [...wordsOfShape(options), ...(options.loseBrokerFirst ? ['--lose-broker-first'] : [])]
  return `sandbox${shape.length === 0 ? '' : ` ${shape.join(' ')}`}: link ${linkName}, canary and topic orders`
}

/** The broker whose loss the canary notices. */
async function leaderOfCanary(
  source: Cluster,
  brokers: readonly SandboxBroker[],
  { runId }: DrillSettings,
  options: { readonly signal: AbortSignal },
): Promise<SandboxBroker> {
  const { topic } = canaryNames(runId)
  const leader = (await source.metadata([topic], options)).topics.get(topic)?.partitions[0]?.leader
  const broker = brokers.find(({ nodeId }) => nodeId === leader)
  if (broker !== undefined) return broker
  throw new GeorepError('failed', 'GR-DRILL-NO-LEADER', `partition 0 of topic "${topic}" has no leader to kill`)
}

async function createLink(config: DrillOptions, act: Act, context: Context): Promise<void> {
  const { signal } = context
  await using clusters = await openLinkClusters(context, config, linkName)
  const { source, destination } = clusters
  const plan = await embeddedEngine.planLink({ source, destination, name: linkName, groups: ['*'] }, { signal })
  await embeddedEngine.createLink(plan, act, { signal })
}

/** The link's runner, as an operator would start it. It carries the sandbox's mark, so that it goes with the sandbox however georep ends. */
async function startRunner(sandbox: Sandbox, context: Context): Promise<ChildProcess> {
  const [command = '', ...script] = context.self
  const child = spawn(
    command,
    [...script, '--config', sandbox.configFile, 'link', 'run', linkName, '--groups-interval', '1s'],
    {
      env: { ...context.env, ...sandbox.environmentFor('runner') },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  )
  let said = ''
  const running = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
      if (said.includes('is running')) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      reject(
        new GeorepError(
          'failed',
          'GR-RUNNER-ENDED',
          `the runner of the drill ended with ${String(code)} before it was at work`,
          {
            stateNow: said.trim(),
          },
        ),
      )
    })
  })
  running.catch(() => undefined)
  await orAborted(running, withDeadline(context.signal, runnerStartMs))
  // From here on it must not keep this process alive, whatever it says.
  child.unref()
  return child
}
