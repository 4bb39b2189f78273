import { hostname, tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { systemTime } from '../../../src/cli/system-time.ts'
import { run, type Ran } from '../../support/context.ts'
import { GeorepProcess } from './georep-process.ts'
import { createPartitioner, kafkajsClient } from './kafkajs-client.ts'
import type { TestLink } from './link.ts'
import { withAdmin } from './observe.ts'
import { randomId } from './sandbox-deps.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** One command on the link, in this process. */
export async function georep(link: Pick<TestLink, 'name' | 'configFile'>, ...argv: readonly string[]): Promise<Ran> {
  return await inThisProcess(...argv, '--link', link.name, '--config', link.configFile)
}

/** One command in this process. */
export async function inThisProcess(...argv: readonly string[]): Promise<Ran> {
  // The same machine as that of a process of its own: whether that one is gone can be told.
  const context = {
    env: process.env,
    cwd: tmpdir(),
    hostname: hostname(),
    pid: process.pid,
    time: systemTime,
    newId: randomId,
  }
  const kill = (pid: number, signal: NodeJS.Signals | 0): void => { process.kill(pid, signal) } // prettier-ignore
  return await run(argv, { ...context, kill, signal: AbortSignal.timeout(60_000) })
}

/** One command on the link, in a process of its own. */
export function startOn(
  link: Pick<TestLink, 'name' | 'configFile'> & { readonly env?: Readonly<Record<string, string>> },
  ...argv: readonly string[]
): GeorepProcess {
  return new GeorepProcess([...argv, '--link', link.name, '--config', link.configFile], { env: link.env ?? {} })
}

/** Lets users of the source in on the topic: only then a first DENY leaves its readers alone. */
export async function allow(bootstrap: readonly string[], topic: string, user: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    await admin.createAcls({ acl: [{ ...everywhere(topic), principal: `User:${user}`, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW }] }) // prettier-ignore
  })
}

/** A denial that is not georep's. */
export async function denyWrites(bootstrap: readonly string[], topic: string, user: string): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    await admin.createAcls({ acl: [{ ...everywhere(topic), principal: `User:${user}`, operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.DENY }] }) // prettier-ignore
  })
}

/** The principals whose writes are denied on the topic, as kafkajs's admin client sees it. */
export async function deniedWriters(bootstrap: readonly string[], topic: string): Promise<readonly string[]> {
  return await withAdmin(bootstrap, async (admin) => {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: AclOperationTypes.WRITE,
      permissionType: AclPermissionTypes.DENY,
    })
    return resources.flatMap(({ acls }) => acls.map(({ principal }) => principal)).toSorted()
  })
}

function everywhere(topic: string) {
  return { resourceType: AclResourceTypes.TOPIC, resourceName: topic, resourcePatternType: ResourcePatternTypes.LITERAL, host: '*' } as const // prettier-ignore
}

/** A producer that writes numbered records, one a partition, until it is stopped, and keeps which of them were acknowledged. */
export class Writer {
  readonly acknowledged: string[] = []
  /** Kafka's names of what was answered instead. */
  readonly refusals = new Set<string>()
  readonly #loop: Promise<void>
  #isStopped = false

  private constructor(loop: (isStopped: () => boolean) => Promise<void>) {
    this.#loop = loop(() => this.#isStopped)
  }

  /**
   * @param user by SASL; without one it is whoever a listener without it takes it for: a super user of the shared source
   * @param everyMs how long it rests when each partition has a record more
   */
  static async start(
    bootstrap: readonly string[],
    topic: string,
    partitions: number,
    user?: string,
    everyMs = 5,
  ): Promise<Writer> {
    const secured =
      user === undefined ? kafkajsClient(bootstrap) : new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING, sasl: { mechanism: 'plain', username: user, password: 'secret' } }) // prettier-ignore
    const producer = secured.producer({ createPartitioner, allowAutoTopicCreation: false, retry: { retries: 3 } })
    await producer.connect()
    const writer: Writer = new Writer(async (isStopped) => {
      for (let round = 0; !isStopped(); round++) {
        for (let partition = 0; partition < partitions && !isStopped(); partition++) {
          const value = `${round}/${partition}`
          try {
            await producer.send({ topic, acks: -1, messages: [{ partition, value }] })
            writer.acknowledged.push(value)
          } catch (error) {
            writer.refusals.add(error instanceof kafkajs.KafkaJSProtocolError ? error.type : String(error))
            await sleep(50)
          }
        }
        await sleep(everyMs)
      }
      await producer.disconnect()
    })
    return writer
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#loop
  }
}
