import { patternOf, type Right, rightText } from '../../core/acl.ts'
import { GeorepError } from '../../core/errors.ts'
import { rightsFor } from '../../core/permissions.ts'
import { type Time, until, withDeadline } from '../../core/time.ts'
import { Cluster } from '../../kafka/cluster.ts'
import { codeName } from '../../kafka/error-codes.ts'
import { operationCodes } from '../../kafka/rights.ts'
import { createAcls } from '../../kafka/wire/messages/create-acls.ts'
import { describeAcls } from '../../kafka/wire/messages/describe-acls.ts'
import { connectGroup } from '../connect/worker-files.ts'
import type { Sandbox } from '../sandbox.ts'
import { accessOf } from './access.ts'
import type { User } from './places.ts'

const allow = 3
const everyHost = '*'
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

/** Permits a user these things on one cluster of a secured sandbox. Every broker has heard of it when this returns. */
export async function grant<Name extends string>(
  sandbox: Sandbox<Name>,
  name: NoInfer<Name>,
  { user, rights }: { readonly user: Exclude<User, 'admin'>; readonly rights: readonly Right[] },
  { time, signal }: Options,
): Promise<void> {
  await using cluster = await openAsAdmin(sandbox, name, { time })
  const principal = `User:${user}`
  const creations = rights.map((right) => ({ ...bindingOf(right), principal, host: everyHost, permission: allow }))
  const answer = await cluster.sendToAny(createAcls, { creations }, { signal })
  for (const [index, right] of rights.entries()) {
    const error = answer.results[index]?.error ?? -1
    if (error === 0) continue
    throw new GeorepError('failed', 'GR-SANDBOX-ACL', `${rightText(right)} could not be granted on cluster "${name}": ${codeName(error)}`) // prettier-ignore
  }
  const filter = { type: any, name: null, patternType: any, principal, host: null, operation: any, permission: any }
  const wanted = creations.map(keyOf)
  const { brokers } = await cluster.metadata([], { signal })
  for (const { nodeId } of brokers) {
    const isKnown = async (): Promise<boolean> => {
      const { resources: found } = await cluster.sendTo(nodeId, describeAcls, filter, { signal })
      const known = new Set(
        found.flatMap(({ acls, ...of }) => acls.map(({ operation }) => keyOf({ ...of, operation }))),
      )
      return wanted.every((one) => known.has(one))
    }
    await until(isKnown, { everyMs: knownEveryMs, wait: time.wait, signal: withDeadline(signal, knownTimeoutMs) })
  }
}

/** What the workers of Kafka Connect need before they carry anything. */
export async function grantWorkers(sandbox: Sandbox, name: string, options: Options): Promise<void> {
  const nothing = { link: '', sourceTopics: [], mirrorTopics: [], groups: [] }
  const subject = { ...nothing, connect: { alias: '', workers: connectGroup } }
  const rights = rightsFor(['workers of Kafka Connect'], 'destination', subject)
  await grant(sandbox, name, { user: 'connect', rights }, options)
}

function keyOf({
  type,
  patternType,
  name,
  operation,
}: Readonly<Record<'type' | 'patternType' | 'operation', number>> & { readonly name: string }): string {
  return `${type}/${patternType}/${operation}/${name}`
}

function bindingOf({ operation, resource }: Right) {
  const { name, pattern } = resource.type === 'cluster' ? ({ name: 'kafka-cluster', pattern: 'literal' } as const) : patternOf(resource.name) // prettier-ignore
  return {
    type: resources[resource.type],
    name,
    patternType: patterns[pattern],
    operation: operationCodes[operation],
  }
}
