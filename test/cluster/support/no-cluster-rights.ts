import kafkajs, { type AclEntry } from 'kafkajs'
import { systemTime } from '../../../src/cli/system-time.ts'
import { Cluster } from '../../../src/kafka/cluster.ts'
import type { SandboxCluster } from '../../../src/sandbox/sandbox.ts'
import type { Bootstrapped } from './link.ts'
import { withAdmin } from './observe.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
const entry = { host: '*', permissionType: AclPermissionTypes.ALLOW, resourcePatternType: ResourcePatternTypes.LITERAL } as const // prettier-ignore

/**
 * Of a cluster that was started with `withAuthorizer`: of the cluster itself `app` may see all and change nothing, `other` may alter it. Both may do everything
 * else but write to transactional ids of this name, where one is given, which is then for nobody.
 */
export async function boundOnCluster({ bootstrap }: SandboxCluster): Promise<void> {
  const { ALTER, DESCRIBE, DESCRIBE_CONFIGS } = AclOperationTypes
  const cluster = { ...entry, resourceType: AclResourceTypes.CLUSTER, resourceName: 'kafka-cluster' } as const
  const may = (user: string, ...operations: readonly kafkajs.AclOperationTypes[]): readonly AclEntry[] => operations.map((operation) => ({ ...cluster, principal: `User:${user}`, operation })) // prettier-ignore
  await withAdmin(bootstrap, async (admin) => {
    await admin.createAcls({ acl: [...may('app', DESCRIBE, DESCRIBE_CONFIGS), ...may('other', DESCRIBE_CONFIGS, ALTER)] }) // prettier-ignore
  })
}

/** A transactional id that neither `app` nor `other` may write to. */
export async function forNobody({ bootstrap }: Bootstrapped, transactionalId: string): Promise<void> {
  const id = { ...entry, resourceType: AclResourceTypes.TRANSACTIONAL_ID, resourceName: transactionalId, principal: 'User:nobody', operation: AclOperationTypes.WRITE } // prettier-ignore
  await withAdmin(bootstrap, async (admin) => {
    await admin.createAcls({ acl: [id] })
  })
}

/** The cluster for a runner that comes in as `app`. */
export function runAsApp({ bootstrap, listeners }: SandboxCluster): Required<Bootstrapped> {
  const secure = listeners['SECURE'] ?? []
  return {
    bootstrap,
    entry: `{ bootstrap: [${secure.join(', ')}], sasl: { mechanism: PLAIN, username: app, password: secret } }`,
  }
}

/** The layer under test, as one of them. */
export function layerAs(username: 'app' | 'other', { listeners }: SandboxCluster, name: string): Cluster {
  const sasl = { mechanism: 'PLAIN', username, password: 'secret' } as const
  return new Cluster({ name, bootstrap: listeners['SECURE'] ?? [], region: undefined, tls: undefined, sasl }, { wait: systemTime.wait }) // prettier-ignore
}
