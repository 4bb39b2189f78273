import { inject } from 'vitest'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import type { ClusterOptions, SandboxOptions } from '../../../src/sandbox/start.ts'
import { eastAndWest, upSandbox } from '../../../src/sandbox/up.ts'
import { machine, randomId } from './sandbox-deps.ts'

/** The two clusters that all test files share. Nobody may stop them or change settings of a whole broker. */
export function sharedClusters(): ReturnType<typeof inject<'sharedClusters'>> {
  return inject('sharedClusters')
}

/** The georep.yaml that names them. */
export function sharedConfig(): string {
  return inject('sharedConfig')
}

/** georep as npm would install it. */
export function launcher(): string {
  return inject('launcher')
}

/** What Kafka's own tools are run with. */
export function kafkaTools(): { readonly java: string; readonly classpath: string } {
  return inject('kafka')
}

/** A name that no other test has: nothing has to be cleaned up. */
export function unique(name: string): string {
  return `${name}-${randomId()}`
}

/** What differs from `east` and `west` as they are by default. */
export type Differences = Partial<Record<'east' | 'west', Omit<ClusterOptions, 'name' | 'region'>>>

/** East and west of a test, with what differs: brokers look every half second whether there is something to be compacted, not every 15 s. */
export function testClusters(differences: Differences = {}): readonly (ClusterOptions & { readonly name: 'east' | 'west' })[] {
  return eastAndWest.map((cluster) => {
    const { properties, ...more } = differences[cluster.name] ?? {}
    return { ...cluster, ...more, properties: { 'log.cleaner.backoff.ms': '500', ...properties } }
  })
} // prettier-ignore

/** A sandbox for a test that kills brokers or needs settings of its own: `await using sandbox = await ownSandbox()`. */
export async function ownSandbox(
  differences: Differences = {},
  more: Pick<SandboxOptions, 'isSecure' | 'connect'> = {},
): Promise<Sandbox<'east' | 'west'>> {
  return await upSandbox(
    {
      name: `own-${randomId()}`,
      clusters: testClusters(differences),
      isOwned: true,
      report: () => undefined,
      ...more,
    },
    machine(),
    { signal: AbortSignal.timeout(90_000) },
  )
}
