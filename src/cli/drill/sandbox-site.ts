import { spawn, type ChildProcess } from 'node:child_process'
import { clusterSettings } from '../../config/cluster-settings.ts'
import { Cleanup } from '../../core/cleanup.ts'
import type { FaultName } from '../../core/drill-faults.ts'
import { GeorepError } from '../../core/errors.ts'
import { rightsFor } from '../../core/permissions.ts'
import { orAborted, withDeadline } from '../../core/time.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import type { Act } from '../../engines/engine.ts'
import { canaryNames } from '../../drill/canary-names.ts'
import { failOverAtOnce } from '../../drill/response.ts'
import type { DrillSettings, DrillSite } from '../../drill/site.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { grantGeorep, openAsAdmin } from '../../sandbox/secure/grant.ts'
import { upSandbox } from '../../sandbox/up.ts'
import { actOf } from '../actor.ts'
import type { Context } from '../context.ts'
import { openLink, openLinkClusters } from '../open.ts'
import type { Progress } from '../progress.ts'
import { sandboxDepsOf } from '../sandbox/deps.ts'
import { type SandboxShape, wordsOfShape } from '../sandbox/options.ts'
import { shapeOf } from '../sandbox/shape.ts'
import type { DrillOptions } from './options.ts'
import { responseOf } from './by-runbook.ts'
import type { OpenSite } from './open-site.ts'
import { groupOffsets } from './group-offsets.ts'
import { makeOrders } from './orders.ts'
import { lossBy } from './sandbox-faults.ts'
import { sandboxLink } from './sandbox-link.ts'
import type { Exercise } from './scenarios.ts'

const runnerStartMs = 20_000
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
  const { fault, name: scenario } = exercise
  await using cleanup = new Cleanup()
  const deps = sandboxDepsOf(context)
  const name = `drill-${settings.runId}`
  const sandbox = await upSandbox(
    { name, ...shapeOf(wanted(fault, options)), isOwned: true, report: progress.step },
    deps,
    { signal },
  )
  cleanup.defer(async () => {
    await sandbox[Symbol.asyncDispose]()
  })
  if (options.secure) await grantDrill(sandbox, settings, context)
  progress.step(`linking "east" to "west"`)
  const config = { ...options, config: sandbox.configFile }
  const act = actOf(context, 'drill', { takeOver: false })
  await createLink(config, act, context)
  const opened = cleanup.adopt(await openLink(context, config, sandboxLink), async (one) => {
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
  const send = (what: NodeJS.Signals): void => {
    if (runner.pid !== undefined && runner.exitCode === null && runner.signalCode === null) context.kill(runner.pid, what) // prettier-ignore
  }
  const killRunner = (): void => {
    send('SIGKILL')
  }
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
    runner: {
      freeze: () => {
        send('SIGSTOP')
      },
      thaw: () => {
        send('SIGCONT')
      },
    },
    ...groupOffsets(target, act),
    onCanaryTopic: () => undefined, // it goes with the clusters
    act,
    time,
  }
  return await work({
    scope: scopeOf(scenario, fault, options),
    objectives: {
      rtoMs: opened.config.objectives.rtoMs,
      rpoMs: opened.config.objectives.rpoMs,
      rpoRecords: undefined,
    },
    loss: lossBy(fault, { sandbox, target, settings, killRunner, step: progress.step }),
    ...(await responseOf(exercise, failOverAtOnce, site, settings, config, context, progress)),
    groupsEveryMs,
    site,
  })
}

/** The sandbox as it was asked for; what is to be cut has to be there. */
function wanted(fault: FaultName, options: DrillOptions): SandboxShape {
  const isThere = options.wanLatency !== undefined || options.wanBandwidth !== undefined
  return isThere || !fault.startsWith('wan-') ? options : { ...options, wanLatency: 0 }
}

/** Exactly what the documentation lists for what the drill does. */
async function grantDrill(
  sandbox: Sandbox<'east' | 'west'>,
  { runId }: DrillSettings,
  { time, signal }: Context,
): Promise<void> {
  const topics = ['orders', canaryNames(runId).topic]
  const subject = { link: sandboxLink, sourceTopics: topics, mirrorTopics: topics, groups: ['*'] }
  const done = ['link create', 'link run', 'mirror create', 'mirror failover', 'offset clamp --apply', 'drill'] as const
  await grantGeorep(sandbox, 'east', rightsFor(done, 'source', subject), { time, signal })
  await grantGeorep(sandbox, 'west', rightsFor(done, 'destination', subject), { time, signal })
}

function scopeOf(scenario: string, fault: FaultName, options: DrillOptions): string {
  return `${['sandbox', ...(scenario === fault ? [] : [scenario]), fault, ...wordsOfShape(options)].join(' ')}: link ${sandboxLink}, canary and topic orders`
}

async function createLink(config: DrillOptions, act: Act, context: Context): Promise<void> {
  const { signal } = context
  await using clusters = await openLinkClusters(context, config, sandboxLink)
  const { source, destination } = clusters
  const plan = await embeddedEngine.planLink({ source, destination, name: sandboxLink, groups: ['*'] }, { signal })
  await embeddedEngine.createLink(plan, act, { signal })
}

/** The link's runner, as an operator would start it. It carries the sandbox's mark, so that it goes with the sandbox however georep ends. */
async function startRunner(sandbox: Sandbox, context: Context): Promise<ChildProcess> {
  const [command = '', ...script] = context.self
  const child = spawn(
    command,
    [...script, '--config', sandbox.configFile, 'link', 'run', sandboxLink, '--groups-interval', `${groupsEveryMs}ms`],
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
