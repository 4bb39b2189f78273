import { GeorepError } from '../../core/errors.ts'
import { existingSandbox } from '../../sandbox/open.ts'
import type { Controls } from '../../sandbox/controls.ts'
import type { Sandbox, SandboxCluster } from '../../sandbox/sandbox.ts'
import { sweepAbandoned } from '../../sandbox/sweep.ts'
import { commandLine } from '../command-line.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { documentText } from '../document.ts'
import { sandboxDepsOf } from './deps.ts'
import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface SandboxFaultOptions extends GlobalOptions {
  readonly fault: ClusterFault
  readonly cluster: string
  /** Its node id; undefined for all brokers. */
  readonly broker: number | undefined
  readonly name: string
  readonly dryRun: boolean
  readonly output: OutputFormat
}

export type ClusterFault = 'kill' | 'pause' | 'resume'

export async function runSandboxFault(options: SandboxFaultOptions, context: Context): Promise<ExitCode> {
  const { fault, name, cluster, broker, dryRun, output } = options
  const { io, signal } = context
  const deps = sandboxDepsOf(context)
  if (!dryRun) await sweepAbandoned(deps, { signal })
  const sandbox = await existingSandbox(name, deps)
  const target = targetOf(sandbox, options)
  const pids = (await target.processes()).map(({ pid }) => pid)
  if (!dryRun) await target[fault]({ signal })
  const outcome = dryRun ? 'planned' : 'applied'
  if (output !== 'table') {
    io.out(
      documentText(output, 'georep.sandbox-fault/1', { name, fault, cluster, broker: broker ?? null, pids, outcome }),
    )
    return ExitCode.ok
  }
  io.out(renderSandboxFault(options, pids))
  if (!dryRun) io.err(`next: ${nextAfter(options)}\n`)
  return ExitCode.ok
}

const done: Readonly<Record<ClusterFault, readonly [will: string, was: string]>> = {
  kill: ['would be killed (SIGKILL)', 'was killed (SIGKILL)'],
  pause: ['would be paused (SIGSTOP)', 'is paused (SIGSTOP)'],
  resume: ['would be continued (SIGCONT)', 'goes on (SIGCONT)'],
}

function renderSandboxFault(
  {
    fault,
    cluster,
    broker,
    name,
    dryRun,
  }: Pick<SandboxFaultOptions, 'fault' | 'cluster' | 'broker' | 'name' | 'dryRun'>,
  pids: readonly number[],
): string {
  const what = `${broker === undefined ? '' : `broker ${broker} of `}cluster "${cluster}"`
  const processes =
    pids.length === 0 ? 'no process' : `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}`
  return `${what} of sandbox "${name}" ${done[fault][dryRun ? 0 : 1]}: ${processes}\n`
}

function nextAfter({ fault, cluster, broker, name }: SandboxFaultOptions): string {
  const at = name === 'default' ? [] : ['--name', name]
  const only = broker === undefined ? [] : ['--broker', broker.toString()]
  if (fault === 'pause') return commandLine({ config: undefined }, 'sandbox', 'resume', cluster, ...only, ...at)
  return commandLine({ config: undefined }, 'sandbox', fault === 'kill' ? 'up' : 'status', ...at)
}

function targetOf(sandbox: Sandbox, { cluster, broker }: SandboxFaultOptions): Controls {
  const clusters: Readonly<Record<string, SandboxCluster | undefined>> = sandbox.clusters
  const usage = (message: string): GeorepError =>
    new GeorepError('usage', 'GR-USAGE', message, { next: `georep sandbox status --name ${sandbox.name}` })
  const found = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined
  if (found === undefined) {
    throw usage(`sandbox "${sandbox.name}" has no cluster "${cluster}"; it has ${Object.keys(clusters).join(' and ')}`)
  }
  if (broker === undefined) return found
  const one = found.brokers.find(({ nodeId }) => nodeId === broker)
  if (one === undefined) {
    const ids = found.brokers.map(({ nodeId }) => nodeId).join(', ')
    throw usage(`cluster "${cluster}" of sandbox "${sandbox.name}" has no broker ${broker}; it has ${ids}`)
  }
  return one
}
