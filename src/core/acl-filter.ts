import type { AclRow } from './acl-compare.ts'
import { matcherFromGlobs } from './glob.ts'

/** What narrows down which ACLs something is about; undefined for all. */
export interface AclFilter {
  readonly principals?: readonly string[] | undefined
  readonly resources?: readonly string[] | undefined
}

/** By the names that ACLs are written down with, on either side: `orders-` for a prefix. */
export function isAclNamed({ principals, resources }: AclFilter): (row: Pick<AclRow, 'source' | 'destination'>) => boolean {
  const isPrincipal = matcherFromGlobs(principals ?? ['*'])
  const isResource = matcherFromGlobs(resources ?? ['*'])
  return ({ source, destination }) =>
    [source, destination].some((one) => one !== null && isPrincipal(one.principal) && isResource(one.resource.name))
} // prettier-ignore
