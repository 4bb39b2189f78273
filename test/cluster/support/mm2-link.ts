import { setTimeout as sleep } from 'node:timers/promises'
import { LinkSession } from '../../../src/links/session.ts'
import { type Mm2LinkRecord, type MirrorRecord, stateKey } from '../../../src/links/records.ts'
import { ensureStateTopic, LinkState } from '../../../src/links/state.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { act } from './link.ts'
import { layer } from './observe.ts'

const mirror = 'org.apache.kafka.connect.mirror'

/** A link of MirrorMaker 2 from the east to the west of a sandbox, carried by connectors on its workers. What Connect says is asked with fetch. */
export class Mm2TestLink {
  readonly name = 'east-west'
  readonly configFile: string
  readonly #sandbox: Sandbox<'east' | 'west'>

  private constructor(sandbox: Sandbox<'east' | 'west'>) {
    this.#sandbox = sandbox
    this.configFile = sandbox.configFile
  }

  static async create(
    sandbox: Sandbox<'east' | 'west'>,
    options: { readonly groups: readonly string[]; readonly isExactlyOnce: boolean },
  ): Promise<Mm2TestLink> {
    const link = new Mm2TestLink(sandbox)
    const { east, west } = sandbox.clusters
    const signal = AbortSignal.timeout(60_000)
    await using destination = layer({ name: 'west', bootstrap: west.bootstrap })
    await ensureStateTopic(destination, { signal })
    const state = new LinkState(destination)
    const { actor, time } = act('link create')
    const record: Mm2LinkRecord = {
      v: 1,
      kind: 'link',
      engine: 'mm2',
      name: link.name,
      source: { name: 'east', clusterId: east.clusterId },
      destination: { name: 'west', clusterId: west.clusterId },
      groups: [...options.groups],
      patterns: [],
      pausedAt: null,
      throttleBytesPerSecond: null,
      syncConfigsExclude: [],
      syncAcls: null,
      protect: null,
      createdAt: new Date().toISOString(),
      createdBy: { owner: actor.owner, host: actor.host },
      mm2: {
        connectUrl: link.url,
        aliases: { source: 'east', target: 'west' },
        connectors: { source: 'mm2.source', checkpoint: 'mm2.checkpoint', heartbeat: null, returnHeartbeat: null },
        naming: { policy: 'identity', separator: '.' },
        syncsOn: 'source',
        isAdopted: false,
      },
    }
    await using session = await LinkSession.claim(state, { link: link.name, kind: 'act', act: 'link create', actor, time }, { signal }) // prettier-ignore
    await session.write(new Map([[stateKey.link(link.name), record]]), { signal })
    const shared = {
      'source.cluster.alias': 'east',
      'target.cluster.alias': 'west',
      'source.cluster.bootstrap.servers': east.bootstrap.join(','),
      'target.cluster.bootstrap.servers': west.bootstrap.join(','),
      'replication.policy.class': `${mirror}.IdentityReplicationPolicy`,
      topics: '^$',
    }
    await link.put('mm2.source', {
      ...shared,
      'connector.class': `${mirror}.MirrorSourceConnector`,
      'tasks.max': '2',
      'replication.factor': '1',
      'offset-syncs.topic.replication.factor': '1',
      'offset.lag.max': '10',
      'refresh.topics.interval.seconds': '600',
      'sync.topic.acls.enabled': 'false',
      'exactly.once.support': options.isExactlyOnce ? 'required' : 'requested',
      'source.consumer.isolation.level': 'read_committed',
    })
    await link.put('mm2.checkpoint', {
      ...shared,
      'connector.class': `${mirror}.MirrorCheckpointConnector`,
      'checkpoints.topic.replication.factor': '1',
      'sync.group.offsets.enabled': 'true',
    })
    return link
  }

  get url(): string {
    const url = this.#sandbox.connect?.workers[0]?.url
    if (url === undefined) throw new Error('the sandbox has no Connect worker')
    return url
  }

  async get(path: string): Promise<unknown> {
    const answer = await fetch(this.url + path, { signal: AbortSignal.timeout(10_000) })
    return await answer.json()
  }

  async put(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    await this.#ask(`/connectors/${name}/config`, { method: 'PUT', body: JSON.stringify(config), headers })
  }

  /** As an operator does it. What Connect keeps of its offsets stays. */
  async delete(name: string): Promise<void> {
    await this.#ask(`/connectors/${name}`, { method: 'DELETE' })
  }

  /** As long as it is rebalancing it is asked again. */
  async #ask(path: string, init: RequestInit): Promise<void> {
    for (const end = Date.now() + 60_000; ;) {
      const answer = await fetch(this.url + path, init)
      if ([200, 201, 204].includes(answer.status)) return
      const text = await answer.text()
      if (Date.now() > end || answer.status !== 409) throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status}: ${text}`)
      await sleep(200)
    }
  } // prettier-ignore

  /** Where georep finds Kafka Connect from here on. */
  async reachConnectAt(connectUrl: string): Promise<void> {
    await using destination = layer({ name: 'west', bootstrap: this.#sandbox.clusters.west.bootstrap })
    const state = new LinkState(destination)
    const signal = AbortSignal.timeout(60_000)
    const { actor, time } = act('link alter')
    await using session = await LinkSession.claim(state, { link: this.name, kind: 'act', act: 'link alter', actor, time }, { signal }) // prettier-ignore
    const record = state.link(this.name)
    if (record?.engine !== 'mm2') throw new Error('the link is not there')
    await session.write(new Map([[stateKey.link(this.name), { ...record, mm2: { ...record.mm2, connectUrl } }]]), {
      signal,
    })
  }

  /** As another process would find it. */
  async mirror(topic: string): Promise<MirrorRecord | undefined> {
    await using destination = layer({ name: 'west', bootstrap: this.#sandbox.clusters.west.bootstrap })
    const state = new LinkState(destination)
    await state.refresh({ signal: AbortSignal.timeout(60_000) })
    return state.mirror(this.name, topic)
  }
}
