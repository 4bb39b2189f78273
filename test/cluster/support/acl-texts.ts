import kafkajs, { type Admin } from 'kafkajs'

const { AclOperationTypes: O, AclPermissionTypes: P, AclResourceTypes: R, ResourcePatternTypes: T } = kafkajs

const types: Readonly<Record<number, string>> = { [R.TOPIC]: 'topic', [R.GROUP]: 'group', [R.CLUSTER]: 'cluster', [R.TRANSACTIONAL_ID]: 'transactionalId' } // prettier-ignore

function nameOf(operation: number): string {
  return (Object.entries(O).find(([, code]) => Number(code) === operation)?.[0] ?? '').replaceAll('_', '')
}

/** All ACLs of a cluster, as kafkajs sees them, sorted: `User:app ALLOW WRITE topic orders`, with `*` behind a prefix. */
export async function aclTexts(admin: Admin): Promise<readonly string[]> {
  const { resources } = await admin.describeAcls({ resourceType: R.ANY, resourcePatternType: T.ANY, operation: O.ANY, permissionType: P.ANY }) // prettier-ignore
  return resources
    .flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
      acls.map(({ principal, host, operation, permissionType }) => {
        const name = `${resourceName}${resourcePatternType === T.PREFIXED ? '*' : ''}`
        return `${principal} ${permissionType === P.DENY ? 'DENY' : 'ALLOW'} ${nameOf(operation)} ${types[resourceType]} ${name}${host === '*' ? '' : ` from ${host}`}` // prettier-ignore
      }),
    )
    .toSorted()
}
