import type { TestProject } from 'vitest/node'
import { resolveKafka } from '../../src/sandbox/kafka.ts'
import { upSandbox } from '../../src/sandbox/up.ts'
import install from './installed-setup.ts'
import { withAuthorizer } from './support/authorizer.ts'
import { testClusters } from './support/sandbox.ts'
import { machine, randomId } from './support/sandbox-deps.ts'

export interface SharedCluster {
  readonly name: string
  readonly bootstrap: readonly string[]
  readonly clusterId: string
  readonly region: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly sharedClusters: {
      readonly east: SharedCluster & { readonly secure: readonly string[] }
      readonly west: SharedCluster
    }
    /** A georep.yaml that names them. */
    readonly sharedConfig: string
    /** To run Kafka's own tools with: `java`, and a class path. */
    readonly kafka: { readonly java: string; readonly classpath: string }
  }
}

const startTimeoutMs = 1_200_000 // the first time, Kafka is fetched

/** One sandbox for all test files; the ones that break clusters make their own. Owned by vitest: killed with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const deps = machine()
  const remove = install(project)
  const sandbox = await upSandbox(
    {
      name: `test-${randomId()}`,
      clusters: testClusters({ east: withAuthorizer }),
      isOwned: true,
      report: (text) => process.stderr.write(`${text}\n`),
    },
    deps,
    { signal: AbortSignal.timeout(startTimeoutMs) },
  )
  const { SECURE: secure = [] } = sandbox.clusters.east.listeners
  const shared = ({ name, bootstrap, clusterId, region }: SharedCluster): SharedCluster => ({ name, bootstrap, clusterId, region }) // prettier-ignore
  project.provide('sharedClusters', {
    east: { ...shared(sandbox.clusters.east), secure },
    west: shared(sandbox.clusters.west),
  })
  project.provide('sharedConfig', sandbox.configFile)
  const { java, jars } = await resolveKafka(deps, { report: () => undefined, signal: AbortSignal.timeout(60_000) })
  project.provide('kafka', { java: java.command, classpath: jars.classpath.join(':') })
  return async () => {
    remove()
    await sandbox.down({ signal: AbortSignal.timeout(60_000) })
  }
}
