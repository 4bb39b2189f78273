import { patternOf, type Right, rightText } from '../../core/acl.ts'
import { GeorepError } from '../../core/errors.ts'
import { type Time, until, withDeadline } from '../../core/time.ts'
import { Cluster } from '../../kafka/cluster.ts'
import { codeName } from '../../kafka/error-codes.ts'
import { operationCodes } from '../../kafka/rights.ts'
import { createAcls } from '../../kafka/wire/messages/create-acls.ts'
import { describeAcls } from '../../kafka/wire/messages/describe-acls.ts'
import type { Sandbox } from '../sandbox.ts'
import { accessOf } from './access.ts'

const georep = 'User:georep'
const everywhere = { principal: georep, host: '*', permission: 3 } as const
const resources = { topic: 2, group: 3, cluster: 4, transactionalId: 5 } as const
const patterns = { literal: 3, prefixed: 4 } as const
const any = 1
const knownEveryMs = 20
const knownTimeoutMs = 15_000

interface Options {
  readonly time: Time
  readonly signal: AbortSignal
}

/** A cluster of a sandbox as its administrator sees it: a super user where it is secured. */
export async function openAsAdmin<Name extends string>(
  sandbox: Sandbox<Name>,
  name: NoInfer<Name>,
  { time }: Pick<Options, 'time'>,
): Promise<Cluster> {
  const { bootstrap } = sandbox.clusters[name]
  const access = await accessOf({ folder: sandbox.folder, isSecure: sandbox.secure !== undefined }, 'admin')
  return new Cluster({ name, bootstrap, region: undefined, ...access }, { wait: time.wait })
}

/** Permits the principal `georep` these things on one cluster of a secured sandbox. Every broker has heard of it when this returns. */
export async function grantGeorep<Name extends string>(
  sandbox: Sandbox<Name>,
  name: NoInfer<Name>,
  rights: readonly Right[],
  { time, signal }: Options,
): Promise<void> {
  await using cluster = await openAsAdmin(sandbox, name, { time })
  const answer = await cluster.sendToAny(createAcls, { creations: rights.map(bindingOf) }, { signal })
  for (const [index, right] of rights.entries()) {
    const error = answer.results[index]?.error ?? -1
    if (error === 0) continue
    throw new GeorepError('failed', 'GR-SANDBOX-ACL', `${rightText(right)} could not be granted on cluster "${name}": ${codeName(error)}`) // prettier-ignore
  }
  const filter = { type: any, name: null, patternType: any, principal: georep, host: null, operation: any, permission: any } // prettier-ignore
  const { brokers } = await cluster.metadata([], { signal })
  for (const { nodeId } of brokers) {
    const isKnown = async (): Promise<boolean> => {
      const known = await cluster.sendTo(nodeId, describeAcls, filter, { signal })
      return known.resources.flatMap(({ acls }) => acls).length >= rights.length
    }
    await until(isKnown, { everyMs: knownEveryMs, wait: time.wait, signal: withDeadline(signal, knownTimeoutMs) })
  }
}

function bindingOf({ operation, resource }: Right) {
  const { name, pattern } = resource.type === 'cluster' ? ({ name: 'kafka-cluster', pattern: 'literal' } as const) : patternOf(resource.name) // prettier-ignore
  return {
    ...everywhere,
    type: resources[resource.type],
    name,
    patternType: patterns[pattern],
    operation: operationCodes[operation],
  }
}
