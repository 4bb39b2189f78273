import { spawn, type ChildProcess } from 'node:child_process'
import { clusterSettings } from '../../config/cluster-settings.ts'
import { Cleanup } from '../../core/cleanup.ts'
import { GeorepError } from '../../core/errors.ts'
import { orAborted, withDeadline } from '../../core/time.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import type { Act } from '../../engines/engine.ts'
import type { DrillSettings } from '../../drill/site.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { eastAndWest, upSandbox } from '../../sandbox/up.ts'
import { actorOf } from '../actor.ts'
import type { Context } from '../context.ts'
import { openLink, openLinkClusters } from '../open.ts'
import type { Progress } from '../progress.ts'
import { sandboxDepsOf } from '../sandbox/deps.ts'
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
  const sandbox = await upSandbox({ name, clusters: eastAndWest, isOwned: true, report: progress.step }, deps, {
    signal,
  })
  cleanup.defer(async () => {
    await sandbox[Symbol.asyncDispose]()
  })
  progress.step(`linking "east" to "west"`)
  const config = { ...options, config: sandbox.configFile }
  const act: Act = { actor: actorOf(context), time, name: 'drill' }
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
  await makeOrders(target, engine, act, { signal })
  const kill = (what: NodeJS.Signals): void => {
    if (runner.pid !== undefined && runner.exitCode === null) context.kill(runner.pid, what)
  }
  return await work({
    scope: `sandbox: link ${linkName}, canary and topic orders`,
    objectives: {
      rtoMs: opened.config.objectives.rtoMs,
      rpoMs: opened.config.objectives.rpoMs,
      rpoRecords: undefined,
    },
    site: {
      mode: 'sandbox',
      target,
      engine,
      settings: { source, destination },
      scope: 'all',
      loss: {
        kind: 'region',
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
      ...groupOffsets(target),
      onCanaryTopic: () => undefined, // it goes with the clusters
      act,
      time,
    },
  })
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
