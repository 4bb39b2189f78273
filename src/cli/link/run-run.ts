import { GeorepError } from '../../core/errors.ts'
import { isAborted } from '../../core/time.ts'
import type { ReplicationEngine } from '../../engines/engine.ts'
import type { RunnerStanding } from '../../engines/running.ts'
import { actorOf } from '../actor.ts'
import type { Context } from '../context.ts'
import { ExitCode } from '../exit.ts'
import { openLink } from '../open.ts'
import { healthPage } from './health.ts'
import { type HttpEndpoint, serveHttp } from './http-endpoint.ts'
import { type LinkEnds, metricsPage } from './metrics.ts'
import { type Log, logTo, runnerLog, type LogFormat } from './runner-log.ts'
import type { ListenAddress } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkRunOptions extends GlobalOptions {
  readonly name: string
  /** Bytes of records that were fetched and are not appended yet. */
  readonly memory: number
  /** Milliseconds. */
  readonly groupsInterval: number
  /** Where metrics and health are served; undefined for nowhere. */
  readonly metrics?: ListenAddress
  readonly logFormat: LogFormat
}

export async function runLinkRun(options: LinkRunOptions, context: Context): Promise<ExitCode> {
  const { io, signal, time, pid } = context
  const { name } = options
  const log = logTo(io.err, { format: options.logFormat, link: name, now: time.now })
  const told: Told = {
    ends: { link: name, source: undefined, destination: undefined },
    standing: () => ({ role: 'starting' }),
  }
  // First of all: an address that is taken is found before the link is touched.
  await using _endpoint = await openEndpoint(options, context, told, log)
  await using opened = await openLink(context, options, name)
  const { target, engine } = opened
  requireRunner(engine, name)
  told.ends = { link: name, source: target.source.name, destination: target.destination.name }
  await engine.run(
    target,
    {
      actor: actorOf(context),
      time,
      groupsEveryMs: options.groupsInterval,
      memoryBytes: options.memory,
      onEvent: runnerLog(log, { link: name, pid, time }),
      onStart: (standing) => { told.standing = standing }, // prettier-ignore
    },
    { signal },
  ).catch((error: unknown) => {
    // Told to stop while it stood by.
    if (!isAborted(signal) || error !== signal.reason) throw error
  }) // prettier-ignore
  // Being told to stop is how a runner ends well; being stopped by a bug is not.
  const reason: unknown = signal.reason
  if (isAborted(signal) && !(reason instanceof GeorepError && reason.kind === 'interrupted')) throw reason
  log({ level: 'info', event: 'ended', text: `link ${name} has stopped`, isHeadline: true })
  return ExitCode.ok
}

/** What the pages tell of, as it becomes known. */
interface Told {
  ends: LinkEnds
  standing: () => RunnerStanding
}

async function openEndpoint(
  { metrics, name }: LinkRunOptions,
  { version }: Context,
  told: Told,
  log: Log,
): Promise<HttpEndpoint | undefined> {
  if (metrics === undefined) return undefined
  const pages = {
    '/metrics': () => metricsPage(version, told.ends, told.standing()),
    '/healthz': () => healthPage(name, told.standing()),
  }
  const endpoint = await serveHttp(metrics, pages, (what) => {
    log({ level: 'warn', event: 'metricsTrouble', text: `trouble: metrics: ${what}` })
  })
  const { url } = endpoint
  log({ level: 'info', event: 'metrics', text: `metrics at ${url}/metrics, health at ${url}/healthz`, fields: { url }, isHeadline: true }) // prettier-ignore
  return endpoint
}

/** @throws GeorepError "unsupported" for an engine whose links are carried by something else */
export function requireRunner(
  { name, capabilities }: Pick<ReplicationEngine, 'name' | 'capabilities'>,
  link: string,
): void {
  if (capabilities.needsRunner) return
  throw new GeorepError('unsupported', 'GR-NO-RUNNER-NEEDED', `link "${link}" is not carried by a georep process`, {
    stateNow: `its engine "${name}" moves the records itself`,
    next: `georep link describe ${link}`,
  })
}
