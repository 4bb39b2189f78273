import { readFileSync } from 'node:fs'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { patternOf, type AclOperation, type Right } from '../../../src/core/acl.ts'
import type { SecureFiles } from '../../../src/sandbox/secure/places.ts'
import type { SandboxCluster } from '../../../src/sandbox/sandbox.ts'
import { eventually } from './observe.ts'

/** kafkajs's own client, as the super user of a secured sandbox or as the principal that ACLs bind. */
export function securedClient(cluster: SandboxCluster, files: SecureFiles, user: 'admin' | 'georep' = 'admin'): Kafka {
  return new kafkajs.Kafka({
    clientId: 'observer',
    brokers: [...cluster.bootstrap],
    ssl: { ca: [readFileSync(files.ca, 'utf8')] },
    sasl: { mechanism: 'scram-sha-512', username: user, password: readFileSync(files.password[user], 'utf8') },
    logLevel: kafkajs.logLevel.NOTHING,
  })
}

const { AclOperationTypes: O, AclPermissionTypes, AclResourceTypes: R, ResourcePatternTypes } = kafkajs
const operations: Readonly<Record<AclOperation, kafkajs.AclOperationTypes>> = {
  Read: O.READ,
  Write: O.WRITE,
  Create: O.CREATE,
  Delete: O.DELETE,
  Alter: O.ALTER,
  Describe: O.DESCRIBE,
  ClusterAction: O.CLUSTER_ACTION,
  DescribeConfigs: O.DESCRIBE_CONFIGS,
  AlterConfigs: O.ALTER_CONFIGS,
  IdempotentWrite: O.IDEMPOTENT_WRITE,
}
const resources = { topic: R.TOPIC, group: R.GROUP, cluster: R.CLUSTER, transactionalId: R.TRANSACTIONAL_ID } as const
const any = { resourceType: R.ANY, resourcePatternType: ResourcePatternTypes.ANY, operation: O.ANY, permissionType: AclPermissionTypes.ANY } // prettier-ignore

/** The ACLs of one principal on one cluster, set by its super user. */
export class Acls {
  readonly #admin: Admin
  readonly #principal: string
  #held = new Map<string, Right>()

  constructor(admin: Admin, principal: string) {
    this.#admin = admin
    this.#principal = principal
  }

  /** Exactly these, and known to the broker when it returns. */
  async set(rights: readonly Right[]): Promise<void> {
    const wanted = new Map(rights.map((right) => [JSON.stringify(right), right]))
    const principal = this.#principal
    const bound = (right: Right) => ({ ...bindingOf(right), principal })
    const less = [...this.#held].filter(([key]) => !wanted.has(key)).map(([, right]) => bound(right))
    const more = [...wanted].filter(([key]) => !this.#held.has(key)).map(([, right]) => bound(right))
    if (less.length > 0) await this.#admin.deleteAcls({ filters: less })
    if (more.length > 0) await this.#admin.createAcls({ acl: more })
    this.#held = wanted
    await eventually('the broker knows the ACLs', async () => {
      const { resources: found } = await this.#admin.describeAcls({ ...any, principal })
      const count = found.reduce((sum, { acls }) => sum + acls.length, 0)
      const isThere = (binding: ReturnType<typeof bindingOf>): boolean =>
        found.some(
          (one) =>
            one.resourceType === binding.resourceType &&
            one.resourceName === binding.resourceName &&
            one.resourcePatternType === binding.resourcePatternType &&
            one.acls.some(({ operation }) => operation === binding.operation),
        )
      return count === wanted.size && rights.every((right) => isThere(bindingOf(right)))
    })
  }
}

function bindingOf({ operation, resource }: Right): Omit<kafkajs.AclEntry, 'principal'> {
  const { name, pattern } = resource.type === 'cluster' ? { name: 'kafka-cluster', pattern: 'literal' } : patternOf(resource.name) // prettier-ignore
  return {
    resourceType: resources[resource.type],
    resourceName: name,
    resourcePatternType: pattern === 'prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }
}

/** What the state topic holds of links, mirrors, fences and denials, as an ordinary consumer has read it. */
export class StateReader implements AsyncDisposable {
  readonly #records = new Map<string, string>()
  readonly #kafka: Kafka
  readonly #consumer: kafkajs.Consumer
  readonly #producer: kafkajs.Producer
  #flushes = 0
  #seen = 0

  private constructor(kafka: Kafka) {
    this.#kafka = kafka
    this.#consumer = this.#kafka.consumer({ groupId: 'state-reader', readUncommitted: true, maxWaitTimeInMs: 20 })
    this.#producer = this.#kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  }

  static async open(kafka: Kafka): Promise<StateReader> {
    const reader = new StateReader(kafka)
    await reader.#producer.connect()
    await reader.#consumer.connect()
    await reader.#consumer.subscribe({ topic: '__georep', fromBeginning: true })
    await reader.#consumer.run({
      eachMessage: async ({ message }) => {
        const key = message.key?.toString() ?? ''
        if (key === 'test/flush') reader.#seen = Number(message.value?.toString())
        else if (/^(link|mirror|failure|fence|protection)\//.test(key)) {
          if (message.value === null) reader.#records.delete(key)
          else reader.#records.set(key, message.value.toString())
        }
        await Promise.resolve()
      },
    })
    return reader
  }

  /** As of now: up to a record that is written behind all others. */
  async now(): Promise<Readonly<Record<string, string>>> {
    const flush = ++this.#flushes
    await this.#producer.send({ topic: '__georep', messages: [{ key: 'test/flush', value: flush.toString() }] })
    await eventually('the state topic is read to its end', async () => await Promise.resolve(this.#seen >= flush))
    return Object.fromEntries(this.#records)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.disconnect()
    await this.#producer.disconnect()
  }
}
