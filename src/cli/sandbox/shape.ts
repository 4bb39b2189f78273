import { eastAndWest } from '../../sandbox/up.ts'
import type { SandboxOptions } from '../../sandbox/start.ts'
import { GeorepError } from '../../core/errors.ts'
import type { ConnectOptions } from '../../sandbox/start.ts'
import type { ConnectShape, SandboxShape } from './options.ts'

/** The two clusters as they were asked for, and the WAN between them. */
export function shapeOf({
  brokers = 1,
  wanLatency,
  wanBandwidth,
  secure,
}: SandboxShape): Pick<SandboxOptions<'east' | 'west'>, 'clusters' | 'wan' | 'isSecure'> {
  const hasWan = wanLatency !== undefined || wanBandwidth !== undefined
  return {
    clusters: eastAndWest.map((cluster) => ({ ...cluster, brokers })),
    wan: hasWan ? { roundTripMs: wanLatency ?? 0, bytesPerSecond: wanBandwidth } : undefined,
    isSecure: secure,
  }
}

/**
 * Kafka Connect as it was asked for; undefined when it was not.
 *
 * @throws GeorepError "usage" when only what belongs to it was
 */
export function connectOf({ connect, workers, exactlyOnce }: ConnectShape): ConnectOptions | undefined {
  if (connect) return { workers: workers ?? 1, isExactlyOnce: exactlyOnce }
  if (workers === undefined && !exactlyOnce) return undefined
  throw new GeorepError('usage', 'GR-USAGE', `${exactlyOnce ? '--exactly-once' : '--workers'} needs --connect`, {
    next: 'georep sandbox up --help',
  })
}
