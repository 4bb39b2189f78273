/** Faults of a sandbox, by name. What each means for the figures is in docs/drill.md. */
export const faults = {
  'region-kill': 'SIGKILL of all brokers of the source',
  'region-freeze': 'SIGSTOP of all brokers of the source; they go on after the failover',
  'wan-cut': 'nothing passes between the regions until after the failover; the source lives on',
  'wan-slow': 'the source is out of reach of the probes, and answers; as before after the failover',
  'broker-kill': 'SIGKILL of one broker of the source, and of all when all is well again (--brokers 3)',
  'broker-freeze': 'SIGSTOP of one broker of the source, SIGKILL of all 12 seconds later (--brokers 3)',
  'destination-broker-kill':
    'SIGKILL of one broker of the destination, and of the source when all is well again (--brokers 3)',
  'runner-kill': "SIGKILL of the link's runner, and of the source a second later",
} as const satisfies Record<string, string>
export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as readonly FaultName[]

/** Of three brokers one can be lost, and the rest lives on. */
export const faultsOfThreeBrokers: ReadonlySet<FaultName> = new Set([
  'broker-kill',
  'broker-freeze',
  'destination-broker-kill',
])

export function isFault(name: string): name is FaultName {
  return Object.hasOwn(faults, name)
}
