import { expect, it } from 'vitest'
import { ConnectCluster } from '../../src/connect/connect-cluster.ts'
import type { ConnectSettings } from '../../src/connect/settings.ts'
import { systemTime } from '../../src/cli/system-time.ts'

export interface Subject {
  readonly url: string
  readonly kafkaClusterId: string
  readonly credentials: ConnectSettings['credentials']
  /** How a connector of MirrorMaker reaches the two Kafka clusters. */
  readonly clusters: Readonly<Record<string, string>>
}

const heartbeat = 'org.apache.kafka.connect.mirror.MirrorHeartbeatConnector'
const source = 'org.apache.kafka.connect.mirror.MirrorSourceConnector'
const settledMs = 30_000

/** What `ConnectCluster` may expect of Kafka Connect: of a real one, and of the fake that stands for it. */
export function connectContract(subject: () => Subject): void {
  const signal = AbortSignal.timeout(600_000)
  const settings = (): Pick<ConnectSettings, 'url' | 'credentials'> => {
    const { url, credentials } = subject()
    return { url, credentials }
  }
  const connect = (): ConnectCluster => new ConnectCluster({ ...settings(), tls: undefined }, { wait: systemTime.wait })
  const config = (className: string): Record<string, string> => ({
    'connector.class': className,
    'source.cluster.alias': 'east',
    'target.cluster.alias': 'west',
    ...subject().clusters,
    topics: 'none-of-that-name',
    'heartbeats.topic.replication.factor': '1',
    'offset-syncs.topic.replication.factor': '1',
  })
  const settled = async (name: string, state: string, tasks: number): Promise<void> => {
    const seen = async (): Promise<unknown> => {
      const status = await connect().status(name, { signal })
      return [status?.connector.state, status?.tasks.map((task) => task.state)]
    }
    await expect.poll(seen, { timeout: settledMs }).toEqual([state, Array.from({ length: tasks }, () => state)])
  }

  it('tells its version, the cluster that it is attached to, and its plugins', async () => {
    const { version, kafkaClusterId } = await connect().root({ signal })
    expect([version, kafkaClusterId]).toEqual([expect.stringMatching(/^4\./), subject().kafkaClusterId])
    const plugins = await connect().plugins({ signal })
    expect(plugins).toContainEqual({ className: source, type: 'source', version })
  })

  it('validates a configuration, field by field', async () => {
    expect(await connect().validate(heartbeat, { name: 'a', ...config(heartbeat) }, { signal })).toEqual([])
    const { 'source.cluster.alias': _, ...lacking } = config(heartbeat)
    expect(await connect().validate(heartbeat, { name: 'a', ...lacking }, { signal })).toEqual([
      { field: 'source.cluster.alias', errors: [expect.stringContaining('Missing required configuration')] },
    ])
    await expect(connect().putConfig('a', lacking, { signal })).rejects.toMatchObject({
      kind: 'refused',
      code: 'GR-CONNECT-REFUSED',
      stateNow: expect.stringContaining('"source.cluster.alias"') as string,
    })
  })

  it('knows what is not there', async () => {
    expect(await connect().connector('none', { signal })).toBeUndefined()
    expect(await connect().status('none', { signal })).toBeUndefined()
    expect(await connect().offsets('none', { signal })).toBeUndefined()
    expect(await connect().tasks('none', { signal })).toBeUndefined()
    expect(await connect().deleteConnector('none', { signal })).toBe(false)
    const acts: readonly ((one: ConnectCluster) => Promise<void>)[] = [
      async (one) => { await one.pause('none', { signal }) },
      async (one) => { await one.resume('none', { signal }) },
      async (one) => { await one.stop('none', { signal }) },
      async (one) => { await one.restart('none', { onlyFailed: true, includeTasks: true, signal }) },
      async (one) => { await one.patchOffsets('none', [{ partition: {}, offset: null }], { signal }) },
      async (one) => { await one.deleteOffsets('none', { signal }) },
    ] // prettier-ignore
    for (const act of acts)
      await expect(act(connect())).rejects.toMatchObject({ kind: 'failed', code: 'GR-CONNECT-ABSENT' })
  })

  it('makes, describes, pauses, resumes, restarts, stops and deletes a connector', async () => {
    const name = 'h b ü+1?#'
    expect(await connect().putConfig(name, config(heartbeat), { signal })).toBe(true)
    await settled(name, 'RUNNING', 1)
    expect(await connect().putConfig(name, { ...config(heartbeat), 'emit.heartbeats.interval.seconds': '2' }, { signal })).toBe(false) // prettier-ignore
    expect(await connect().connectors({ signal })).toContain(name)
    const described = await connect().connector(name, { signal })
    expect(described).toMatchObject({ name, config: { name, 'connector.class': heartbeat, 'emit.heartbeats.interval.seconds': '2' } }) // prettier-ignore
    await connect().pause(name, { signal })
    await settled(name, 'PAUSED', 1)
    expect((await connect().tasks(name, { signal }))?.map(({ task }) => task)).toEqual([0])
    await connect().resume(name, { signal })
    await settled(name, 'RUNNING', 1)
    await connect().restart(name, { onlyFailed: false, includeTasks: true, signal })
    await settled(name, 'RUNNING', 1)
    await connect().stop(name, { signal })
    await settled(name, 'STOPPED', 0)
    await expect(connect().create(name, config(heartbeat), 'RUNNING', { signal })).rejects.toMatchObject({ kind: 'refused', code: 'GR-CONNECT-EXISTS' }) // prettier-ignore
    expect(await connect().deleteConnector(name, { signal })).toBe(true)
    expect(await connect().connector(name, { signal })).toBeUndefined()
  })

  it('alters the offsets of a connector that is stopped, and of no other', async () => {
    const name = 'with-offsets'
    await connect().create(name, config(source), 'STOPPED', { signal })
    await settled(name, 'STOPPED', 0)
    expect(await connect().offsets(name, { signal })).toEqual([])
    const at = (partition: number, offset: number | null): { partition: Record<string, unknown>; offset: Record<string, unknown> | null } => ({
      partition: { cluster: 'east', partition, topic: 'orders' },
      offset: offset === null ? null : { offset },
    }) // prettier-ignore
    await connect().patchOffsets(name, [at(0, 41), at(1, 7)], { signal })
    await connect().patchOffsets(name, [at(0, 42)], { signal })
    expect(await connect().offsets(name, { signal })).toEqual(expect.arrayContaining([at(0, 42), at(1, 7)]))
    await connect().patchOffsets(name, [at(1, null)], { signal })
    expect(await connect().offsets(name, { signal })).toEqual([at(0, 42)])
    await connect().resume(name, { signal })
    await expect.poll(async () => (await connect().status(name, { signal }))?.connector.state, { timeout: settledMs }).toBe('RUNNING') // prettier-ignore
    await expect(connect().patchOffsets(name, [at(0, 1)], { signal })).rejects.toMatchObject({ kind: 'refused' })
    await expect(connect().deleteOffsets(name, { signal })).rejects.toMatchObject({ kind: 'refused' })
    await connect().stop(name, { signal })
    await settled(name, 'STOPPED', 0)
    await connect().deleteOffsets(name, { signal })
    expect(await connect().offsets(name, { signal })).toEqual([])
    await connect().deleteConnector(name, { signal })
  })
}
