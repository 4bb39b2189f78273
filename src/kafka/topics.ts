import { type Right, topicRight } from '../core/acl.ts'
import { GeorepError } from '../core/errors.ts'
import type { Cluster, SendOptions } from './cluster.ts'
import { DeniedError } from './denied.ts'
import { BrokerError, Code, isDenied } from './error-codes.ts'
import { TransportError } from './wire/connection.ts'
import { createPartitions } from './wire/messages/create-partitions.ts'
import { createTopics } from './wire/messages/create-topics.ts'
import { deleteTopics } from './wire/messages/delete-topics.ts'
import { describeConfigs } from './wire/messages/describe-configs.ts'
import { incrementalAlterConfigs } from './wire/messages/incremental-alter-configs.ts'

const resourceTypes = { topic: 2, broker: 4 } as const
const setOperation = 0
const deleteOperation = 1
const timeoutMs = 30_000
const topicSource = 1
const defaultSource = 5

/** Options of a call that changes something: `beforeWrite` may hold it back in the turn of the write. */
export type Effect = Pick<SendOptions, 'signal' | 'beforeWrite'>

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  /** -1 for the cluster's default. */
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

/**
 * Creates one topic.
 *
 * @returns its topic id (KIP-516), or `exists` when there is one of that name, which is left as it is
 * @throws DeniedError; GeorepError "failed" when the broker refuses the settings; "unknown" when no answer came
 */
export async function createTopic(
  cluster: Cluster,
  topic: NewTopic,
  { isValidateOnly = false, ...sent }: Effect & { readonly isValidateOnly?: boolean },
): Promise<{ readonly topicId: string } | 'exists'> {
  const request = {
    topics: [
      {
        name: topic.name,
        partitions: topic.partitions,
        replicationFactor: topic.replicationFactor,
        assignments: [],
        configs: [...topic.configs].map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs,
    validateOnly: isValidateOnly,
  }
  const answer = await changing(cluster, `creating topic "${topic.name}"`, () =>
    cluster.sendToController(createTopics, request, { ...sent, timeoutMs: timeoutMs + 2_000 }),
  )
  const [result] = answer.topics
  if (result?.error === Code.topicAlreadyExists) return 'exists'
  assertDone(cluster, `creating topic "${topic.name}"`, result, topicRight('Create', topic.name))
  return { topicId: result.topicId }
}

/**
 * Deletes the topic with this id; a topic created anew under its name stays.
 *
 * @returns false when there is none with this id
 * @throws DeniedError; GeorepError "unknown" when no answer came
 */
export async function deleteTopic(
  cluster: Cluster,
  topic: { readonly name: string; readonly topicId: string },
  options: Effect,
): Promise<boolean> {
  const what = `deleting topic "${topic.name}"`
  const request = { topics: [{ name: null, topicId: topic.topicId }], timeoutMs }
  const answer = await changing(cluster, what, () =>
    cluster.sendToController(deleteTopics, request, { ...options, timeoutMs: timeoutMs + 2_000 }),
  )
  const [result] = answer.topics
  if (result?.error === Code.unknownTopicId || result?.error === Code.unknownTopicOrPartition) return false
  assertDone(cluster, what, result, topicRight('Delete', topic.name))
  return true
}

/**
 * Adds partitions to a topic, up to this count. Not safe to repeat without looking: where it has as many already, the broker refuses.
 *
 * @throws DeniedError; GeorepError "failed" when the broker refuses; "unknown" when no answer came
 */
export async function addPartitions(
  cluster: Cluster,
  topic: { readonly name: string; readonly count: number },
  options: Effect,
): Promise<void> {
  const what = `adding partitions to topic "${topic.name}"`
  const request = { topics: [{ ...topic, assignments: null }], timeoutMs, validateOnly: false }
  const answer = await changing(cluster, what, () =>
    cluster.sendToController(createPartitions, request, { ...options, timeoutMs: timeoutMs + 2_000 }),
  )
  assertDone(cluster, what, answer.results[0], topicRight('Alter', topic.name))
}

export interface ConfigEntry {
  readonly value: string | undefined
  /** Set on the topic itself, not inherited from the cluster. */
  readonly isOwn: boolean
  /** As Kafka has it: nobody has set it, on the brokers neither. */
  readonly isDefault: boolean
}

/** Every setting of each topic. Topics that do not exist are an error. */
export async function topicConfigs(
  cluster: Cluster,
  topics: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, ReadonlyMap<string, ConfigEntry>>> {
  const found = new Map<string, ReadonlyMap<string, ConfigEntry>>()
  for (const [topic, configs] of await topicConfigsOrWhy(cluster, topics, options)) {
    if (configs instanceof Error) throw configs
    found.set(topic, configs)
  }
  return found
}

/** As `topicConfigs`, and a topic of which the broker does not tell them has the error instead. */
export async function topicConfigsOrWhy(
  cluster: Cluster,
  topics: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, ReadonlyMap<string, ConfigEntry> | GeorepError | DeniedError>> {
  const answer = await cluster.sendToAny(
    describeConfigs,
    {
      resources: topics.map((name) => ({ type: resourceTypes.topic, name, keys: null })),
      includeSynonyms: false,
      includeDocumentation: false,
    },
    options,
  )
  const found = new Map<string, ReadonlyMap<string, ConfigEntry> | GeorepError | DeniedError>()
  for (const resource of answer.resources) {
    const { name } = resource
    const refusal = refusalOf(cluster, `settings of topic "${name}"`, resource, topicRight('DescribeConfigs', name))
    if (refusal !== undefined) {
      found.set(name, refusal)
      continue
    }
    const entries = resource.configs.map(
      ({ name: key, value, source }) =>
        [key, { value: value ?? undefined, isOwn: source === topicSource, isDefault: source === defaultSource }] as const, // prettier-ignore
    )
    found.set(name, new Map(entries))
  }
  return found
}

export interface BrokerSetting {
  /** Undefined when the broker does not show it: it may be secret; brokers take every setting for that whose type they do not know. */
  readonly value: string | undefined
}

/** Settings of one broker; one that it does not have is missing. Undefined when the broker shows none, for want of a right. */
export async function brokerSettings(
  cluster: Cluster,
  nodeId: number,
  keys: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, BrokerSetting> | undefined> {
  const resources = [{ type: resourceTypes.broker, name: String(nodeId), keys }]
  const request = { resources, includeSynonyms: false, includeDocumentation: false }
  const [resource] = (await cluster.sendTo(nodeId, describeConfigs, request, options)).resources
  if (resource?.error !== 0) return undefined
  return new Map(resource.configs.map(({ name, value }) => [name, { value: value ?? undefined }]))
}

/** One setting of one broker; undefined when the broker does not have it or does not show it. */
export async function brokerConfig(
  cluster: Cluster,
  nodeId: number,
  key: string,
  options: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  return (await brokerSettings(cluster, nodeId, [key], options))?.get(key)?.value
}

/**
 * Sets (or, with undefined, takes back) settings of one topic and leaves the others alone, KIP-339. Setting the same again changes nothing.
 *
 * @throws DeniedError; GeorepError "failed" when the broker refuses a value; "unknown" when no answer came
 */
export async function alterTopicConfigs(
  cluster: Cluster,
  topic: string,
  changes: ReadonlyMap<string, string | undefined>,
  options: Effect,
): Promise<void> {
  const configs = [...changes].map(([name, value]) => ({
    name,
    operation: value === undefined ? deleteOperation : setOperation,
    value: value ?? null,
  }))
  const what = `changing settings of topic "${topic}"`
  const request = { resources: [{ type: resourceTypes.topic, name: topic, configs }], validateOnly: false }
  const answer = await changing(cluster, what, () => cluster.sendToAny(incrementalAlterConfigs, request, options))
  assertDone(cluster, what, answer.resources[0], topicRight('AlterConfigs', topic))
}

/** A request that changes something: no answer means that it may have happened. */
export async function changing<T>(cluster: Cluster, what: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    const message = `${what} on cluster "${cluster.name}": ${error.message}`
    if (!error.mayHaveActed) throw new GeorepError('unreachable', 'GR-BROKER-UNREACHABLE', message, { cause: error })
    throw new GeorepError('unknown', 'GR-NO-ANSWER', message, {
      stateNow: 'the request left and no answer came; it may have been carried out',
      next: 'run the command again: it looks at the cluster first',
      cause: error,
    })
  }
}

function assertDone<R extends Answered>(cluster: Cluster, what: string, result: R | undefined, right: Right): asserts result is R {
  const refusal = refusalOf(cluster, what, result, right)
  if (refusal !== undefined) throw refusal
} // prettier-ignore

interface Answered {
  readonly error: number
  readonly errorMessage: string | null
}

function refusalOf(
  cluster: Cluster,
  what: string,
  result: Answered | undefined,
  right: Right,
): GeorepError | DeniedError | undefined {
  const error = result?.error ?? -1
  if (error === 0) return undefined
  if (isDenied(error)) return new DeniedError(cluster, right, error)
  const { message } = new BrokerError(`${what} on cluster "${cluster.name}"`, error, result?.errorMessage)
  return new GeorepError('failed', 'GR-BROKER-REFUSED', message)
}
