import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import kafkajs from 'kafkajs'
import { commit } from './support/commits.ts'
import { georepAtWork, type Georep } from './support/georep.ts'
import { createdTopic, eventually, layer, withAdmin } from './support/observe.ts'
import { sharedClusters, unique } from './support/sandbox.ts'
import { write } from './support/write.ts'

// An operator who may not see one source topic of a link sees all the others, and is told which one is missing, and why.

const { east, west } = sharedClusters()
const source = layer(east)
const group = unique('app')
let georep: Georep
/** As `app`, whom ACLs bind. */
let asApp: Georep['run']
let open: string
let denied: string
let gone: string

beforeAll(async () => {
  ;[open, denied, gone] = await Promise.all([
    createdTopic(east.bootstrap, { partitions: 2 }),
    createdTopic(east.bootstrap),
    createdTopic(east.bootstrap),
  ])
  await Promise.all([open, denied, gone].map(async (topic) => { await write(east.bootstrap, topic, 3) })) // prettier-ignore
  for (const topic of [open, denied]) await commit(source, group, topic, [1])
  ;({ georep } = await georepAtWork([east.bootstrap, west.bootstrap], '--groups', group))
  asApp = georep.withSourceAt(east.secure.join(', '), ', sasl: { mechanism: PLAIN, username: app, password: secret }')
  const made = await georep.run('mirror', 'create', open, denied, gone, '--link', georep.link)
  expect(made.code, made.err).toBe(0)
  await eventually('all are carried', async () =>
    await withAdmin(west.bootstrap, async (admin) =>
      (await Promise.all([open, denied, gone].map(async (topic) => await admin.fetchTopicOffsets(topic)))).every((ends) =>
        ends.some(({ offset }) => offset === '3')))) // prettier-ignore
  await withAdmin(east.bootstrap, async (admin) => {
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    const acl = { resourceType: AclResourceTypes.TOPIC, resourceName: denied, resourcePatternType: ResourcePatternTypes.LITERAL, principal: 'User:app', host: '*', operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.DENY } // prettier-ignore
    await admin.createAcls({ acl: [acl] })
    await admin.deleteTopics({ topics: [gone] })
  })
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await georep.remove()
})

interface Row {
  readonly topic: string
  readonly partition: number
  readonly why: string | null
}

const missing = (): string => `needs Describe on topic "${denied}" at cluster "${georep.source}" for User:app`

describe('with one source topic denied, and one that is gone', () => {
  it('lag tells the others as they are, and of these why not', async () => {
    await eventually('the broker knows the ACL', async () => (await asApp('lag', '--link', georep.link)).err.includes(missing())) // prettier-ignore
    const { code, out, err } = await asApp('lag', '--link', georep.link, '-o', 'json')
    expect(code).toBe(4)
    const { partitions, groups, unknownGroups } = (JSON.parse(out) as { data: { partitions: readonly Row[]; groups: readonly Row[]; unknownGroups: object } }).data // prettier-ignore
    const of = (topic: string): readonly Row[] => partitions.filter((row) => row.topic === topic)
    expect(of(denied)).toMatchObject([{ mirrored: '3', why: missing() }])
    expect(of(denied)[0]).toMatchObject({ status: expect.stringMatching(/^(STALE|UNKNOWN)$/) as string })
    expect(of(gone)[0]?.why).toContain(`topic "${gone}" on cluster "${georep.source}": UNKNOWN_TOPIC_OR_PARTITION`)
    const ends = await withAdmin(east.bootstrap, async (admin) => await admin.fetchTopicOffsets(open))
    const told = ends.map(({ partition, high }) => ({ partition, sourceEnd: high, mirrored: high, lag: '0', lagMs: 0, status: 'OK', sourceSeen: { isCurrent: true }, why: null })) // prettier-ignore
    expect(of(open).toSorted((a, b) => a.partition - b.partition)).toMatchObject(told.toSorted((a, b) => a.partition - b.partition)) // prettier-ignore
    // The broker leaves its commits in the denied topic out without a word.
    expect(groups).toMatchObject([
      { topic: open, committed: '1', lag: '2' },
      { topic: open, lag: '0' },
    ])
    expect(unknownGroups).toEqual([{ link: georep.link, group: null, why: `in topic "${denied}": ${missing()}` }])
    expect(err.match(/warning: .*\n/g)).toHaveLength(3)
  })

  it('the gate is not determined, over the limit when another topic is, and does not ask for what was left out', async () => {
    const gate = ['lag', '--link', georep.link, '--fail-over', '1h'] as const
    const unknown = await asApp(...gate, '--topic', denied)
    expect(unknown.code).toBe(4)
    expect(unknown.err).toContain('gate: not determined')
    expect(unknown.err).toContain(missing())
    expect(await asApp(...gate, '--topic', open)).toMatchObject({ code: 0, err: expect.stringContaining('within') as string }) // prettier-ignore
    const over = await asApp('lag', '--link', georep.link, '--fail-over', '1ms')
    expect(over.code).toBe(3)
    expect(over.err).toMatch(/over the limit: .* worst group .*; \d not determined, first/)
  })

  it('link describe, link list and mirror list show them, name it, and end with 4', async () => {
    for (const argv of [
      ['link', 'describe', georep.link],
      ['mirror', 'list', '--link', georep.link],
    ]) {
      const { code, out, err } = await asApp(...argv)
      expect(code, err).toBe(4)
      expect(out).toMatch(new RegExp(`${open} +2 +ACTIVE +0 +now`))
      expect(out).toMatch(new RegExp(`${denied} +1 +ACTIVE +(>=0|unknown)`))
      expect(err).toContain(`warning: link "${georep.link}": the lag of mirror "${denied}" is not known: ${missing()}`)
    }
    const list = await asApp('link', 'list', '-o', 'json')
    expect(list.code).toBe(4)
    expect(list.out).toContain(JSON.stringify(missing()))
  })

  it('mirror describe shows what the destination tells', async () => {
    const { code, out, err } = await asApp('mirror', 'describe', denied, '--link', georep.link)
    expect({ code, out }).toEqual({ code: 4, out: expect.stringMatching(/the source did not tell/) as string })
    expect(err).toContain(`warning: the lag is not known: ${missing()}`)
    expect((await asApp('mirror', 'describe', open, '--link', georep.link)).code).toBe(0)
  })

  it('a plan of a failover counts the others, and says of this one that it is not known', async () => {
    const { out } = await asApp('mirror', 'failover', open, denied, '--link', georep.link, '--dry-run', '-o', 'json')
    const { data } = JSON.parse(out) as { data: { estimatedLoss: object; mirrors: readonly Row[] } }
    expect(data.estimatedLoss).toMatchObject({ why: missing() })
    const of = (name: string): Row | undefined => data.mirrors.find(({ topic }) => topic === name)
    expect(of(open)).toMatchObject({ lag: { kind: 'exact', records: '0' } })
    expect(of(denied)).toMatchObject({ lag: { why: missing() } })
  })
})
