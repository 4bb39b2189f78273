import { GeorepError } from '../../../core/errors.ts'
import type { Cluster } from '../../../kafka/cluster.ts'
import { topicConfigsOrWhy } from '../../../kafka/topics.ts'
import { renewEveryMs } from '../../../links/session.ts'
import { statePartition, stateTopic } from '../../../links/state-topic.ts'
import type { LinkState } from '../../../links/state.ts'
import type { Cancel, RunnerView } from '../../engine.ts'
import { runnerUnknownText } from '../../views.ts'

/** A runner that lives is seen to renew its lock within this time. */
const watchMs = 2.5 * renewEveryMs
const lookEveryMs = 100

/** The runner, if its lock is renewed while we watch, or why none could renew it; no clocks are compared. */
export async function liveRunnerOrWhy(
  state: LinkState,
  link: string,
  options: Cancel,
): Promise<RunnerView | string | undefined> {
  const first = state.lock(link, 'runner')
  if (first === undefined) return undefined
  for (let waitedMs = 0; waitedMs <= watchMs; waitedMs += lookEveryMs) {
    await state.cluster.wait(lookEveryMs, options.signal)
    await state.glance(options)
    const now = state.lock(link, 'runner')
    if (now === undefined) return undefined
    if (now.offset === first.offset) continue
    const { host, pid, since } = now.value
    return { host, pid, since }
  }
  return await whyNoLockIsRenewed(state.cluster, options)
}

/**
 * The runner, for an act that goes by whether there is one.
 *
 * @throws GeorepError "unknown" GR-RUNNER-UNKNOWN when that cannot be told
 */
export async function liveRunner(state: LinkState, link: string, options: Cancel): Promise<RunnerView | undefined> {
  const seen = await liveRunnerOrWhy(state, link, options)
  if (typeof seen !== 'string') return seen
  throw new GeorepError('unknown', 'GR-RUNNER-UNKNOWN', runnerUnknownText(link, seen), {
    stateNow: 'nothing was changed',
    next: `the same command again when the brokers of cluster "${state.cluster.name}" are up`,
  })
}

/** Undefined while the state topic takes writes: a lock that is not renewed is that of nobody who lives. */
async function whyNoLockIsRenewed(cluster: Cluster, options: Cancel): Promise<string | undefined> {
  const { topics } = await cluster.metadata([stateTopic], options)
  const found = topics.get(stateTopic)?.partitions.find(({ partition }) => partition === statePartition.partition)
  if (found === undefined) return undefined
  const [inSync, all] = [found.isr.length, found.replicas.length]
  const least = (await leastInSync(cluster, options)) ?? (all >= 3 ? 2 : 1)
  if (inSync >= least) return undefined
  return `topic "${stateTopic}" on cluster "${cluster.name}" has ${inSync} of ${all} replicas in sync and takes no writes with fewer than ${least}, so that no lock is renewed`
}

/** Undefined where we may not see it: it is as georep has made it then. */
async function leastInSync(cluster: Cluster, options: Cancel): Promise<number | undefined> {
  const configs = (await topicConfigsOrWhy(cluster, [stateTopic], options)).get(stateTopic)
  if (configs === undefined || configs instanceof Error) return undefined
  const value = Number(configs.get('min.insync.replicas')?.value)
  return Number.isInteger(value) ? value : undefined
}
