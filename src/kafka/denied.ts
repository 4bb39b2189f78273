import { grantCommand, rightText, type AclResource, type Right, topicRight } from '../core/acl.ts'
import { BrokerError, Code } from './error-codes.ts'

/** What an error says of the cluster that was asked. */
export interface Asked {
  readonly name: string
  readonly bootstrap: readonly string[]
  /** Undefined where it is not known. */
  readonly principal: string | undefined
}

/** A broker's refusal for want of a right, and which one. cli/explained.ts makes an error with an exit code of it. */
export class DeniedError extends BrokerError {
  readonly right: Right
  readonly cluster: Asked

  constructor(cluster: Asked, right: Right, errorCode: number) {
    super('', errorCode)
    this.message = `needs ${rightText(right)} at cluster "${cluster.name}" for ${cluster.principal ?? 'its principal'}`
    this.right = right
    const { name, bootstrap, principal } = cluster
    this.cluster = { name, bootstrap, principal }
  }

  /** The command that grants it. */
  get next(): string {
    return grantCommand(this.right, this.cluster)
  }
}

/** Of the rights that a request needs, the one that the broker's error code is about. */
export function deniedError(
  cluster: Asked,
  errorCode: number,
  ...[first, ...more]: readonly [Right, ...Right[]]
): DeniedError {
  const about = [first, ...more].find(({ resource }) => codeOfResource[resource.type] === errorCode)
  return new DeniedError(cluster, about ?? first, errorCode)
}

/** Of a right that is known to be lacking, before a request that needs it is sent. */
export function lacking(cluster: Asked, right: Right): DeniedError {
  return new DeniedError(cluster, right, codeOfResource[right.resource.type])
}

/** The first error of a commit; 0 when there is none. */
export function commitError(
  cluster: Asked,
  topics: readonly { readonly name: string; readonly partitions: readonly { readonly error: number }[] }[],
): number | DeniedError {
  for (const { name, partitions } of topics) {
    const error = partitions.find((one) => one.error !== 0)?.error
    if (error === Code.topicAuthorizationFailed) return deniedError(cluster, error, topicRight('Read', name))
    if (error !== undefined) return error
  }
  return 0
}

const codeOfResource = {
  topic: Code.topicAuthorizationFailed,
  group: Code.groupAuthorizationFailed,
  cluster: Code.clusterAuthorizationFailed,
  transactionalId: Code.transactionalIdAuthorizationFailed,
} as const satisfies Record<AclResource['type'], number>
