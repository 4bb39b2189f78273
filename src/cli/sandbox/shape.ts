import { eastAndWest } from '../../sandbox/up.ts'
import type { SandboxOptions } from '../../sandbox/start.ts'
import type { SandboxShape } from './options.ts'

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
