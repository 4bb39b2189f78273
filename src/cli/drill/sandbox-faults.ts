import type { FaultName } from '../../core/drill-faults.ts'
import { GeorepError } from '../../core/errors.ts'
import { canaryNames } from '../../drill/canary-names.ts'
import type { EarlierFault, Loss } from '../../drill/scenario.ts'
import type { DrillSettings } from '../../drill/site.ts'
import type { LinkTarget } from '../../engines/engine.ts'
import type { Cluster } from '../../kafka/cluster.ts'
import type { Carrier } from './carrier.ts'
import type { Sandbox, SandboxCluster } from '../../sandbox/sandbox.ts'
import type { SandboxWan } from '../../sandbox/wan/handle.ts'

/** How long the source outlives the runner: long enough to lose something by it. */
const outlivesRunnerMs = 1_000
/** The session of a broker that hangs is over after 9 s, and others lead then; clients that wait for its answers do not notice for longer. */
const outlivesBrokerMs = 12_000
/** So slow that no probe comes back in time, and so narrow that a mirror with something to carry falls behind. */
const slow = { probeIntervals: 3, bytesPerSecond: 50_000 } as const

interface Cancel {
  readonly signal: AbortSignal
}

export interface FaultGround {
  readonly sandbox: Sandbox<'east' | 'west'>
  readonly target: LinkTarget
  readonly settings: DrillSettings
  readonly carrier: Pick<Carrier, 'kill'>
  readonly step: (text: string) => void
}

/** How the source of a sandbox is lost: see the table of faults. */
export function lossBy(name: FaultName, ground: FaultGround): Loss {
  const { sandbox, settings, step } = ground
  const { east } = sandbox.clusters
  const killRegion = async (options: Cancel): ReturnType<SandboxCluster['kill']> => {
    step('killing "east" with SIGKILL')
    return await east.kill(options)
  }
  const afterwards = (first: EarlierFault | undefined): Loss => ({
    kind: 'region',
    first,
    fault: { strike: killRegion },
  })
  switch (name) {
    case 'region-kill':
      return afterwards(undefined)
    case 'region-freeze':
      return {
        kind: 'region',
        first: undefined,
        fault: {
          strike: async (options) => {
            step('freezing "east" with SIGSTOP')
            return await east.pause(options)
          },
          undo: async (options) => {
            await east.resume(options)
          },
        },
      }
    case 'wan-cut':
      return {
        kind: 'region',
        first: undefined,
        fault: {
          strike: async (options) => {
            step('cutting the WAN')
            return await wanOf(sandbox).cut(options)
          },
          undo: async (options) => {
            await wanOf(sandbox).heal(options)
          },
        },
      }
    case 'wan-slow': {
      const roundTripMs = slow.probeIntervals * settings.probeEveryMs
      return {
        kind: 'region',
        first: undefined,
        fault: {
          strike: async (options) => {
            step(`slowing the WAN down to a round trip of ${roundTripMs} ms`)
            return await wanOf(sandbox).reshape({ roundTripMs, bytesPerSecond: slow.bytesPerSecond }, options)
          },
          undo: async (options) => {
            const wan = wanOf(sandbox)
            await wan.reshape({ roundTripMs: wan.roundTripMs, ...(wan.bytesPerSecond === undefined ? {} : { bytesPerSecond: wan.bytesPerSecond }) }, options) // prettier-ignore
          },
        },
      }
    }
    case 'broker-kill':
      return afterwards({ strike: oneBroker('east', 'kill', ground), then: 'steady' })
    case 'broker-freeze':
      return afterwards({ strike: oneBroker('east', 'pause', ground), then: { afterMs: outlivesBrokerMs } })
    case 'destination-broker-kill':
      return afterwards({ strike: oneBroker('west', 'kill', ground), then: 'steady' })
    case 'runner-kill':
      return afterwards({
        strike: async (options) => {
          step('killing the runner with SIGKILL')
          await ground.carrier.kill(options)
        },
        then: { afterMs: outlivesRunnerMs },
      })
  }
}

const done = { kill: 'killing', pause: 'freezing' } as const
const signals = { kill: 'SIGKILL', pause: 'SIGSTOP' } as const

/** The broker whose loss the canary notices. */
function oneBroker(
  side: 'east' | 'west',
  what: 'kill' | 'pause',
  { sandbox, target, settings, step }: FaultGround,
): EarlierFault['strike'] {
  return async (options) => {
    const cluster = side === 'east' ? target.source : target.destination
    const broker = await leaderOfCanary(cluster, sandbox.clusters[side], settings, options)
    step(`${done[what]} broker ${broker.nodeId} of "${side}" with ${signals[what]}`)
    await broker[what](options)
  }
}

async function leaderOfCanary(
  cluster: Cluster,
  { brokers }: SandboxCluster,
  { runId }: DrillSettings,
  options: Cancel,
): Promise<SandboxCluster['brokers'][number]> {
  const { topic } = canaryNames(runId)
  const leader = (await cluster.metadata([topic], options)).topics.get(topic)?.partitions[0]?.leader
  const broker = brokers.find(({ nodeId }) => nodeId === leader)
  if (broker !== undefined) return broker
  throw new GeorepError('failed', 'GR-DRILL-NO-LEADER', `partition 0 of topic "${topic}" has no leader to lose`)
}

function wanOf({ wan }: Sandbox): SandboxWan {
  if (wan === undefined) throw new TypeError('a fault of the WAN in a sandbox without one')
  return wan
}
