import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { upSandbox } from '../../src/sandbox/up.ts'
import { georepFor, type Georep } from './support/georep.ts'
import { eventually, withAdmin } from './support/observe.ts'
import { Runner } from './support/runner.ts'
import { machine, randomId } from './support/sandbox-deps.ts'
import { sharedClusters } from './support/sandbox.ts'
import { stateOf } from './support/state-records.ts'

// Three real clusters, a to b to c to a: no mirror closes the circle, be it named or matched. What holds is read with kafkajs.

const { east, west } = sharedClusters()
const id = randomId().slice(0, 8)
let third: Sandbox<'north'>
let georep: Georep
/** Of georep.yaml, and where each is. */
let names: Readonly<Record<'a' | 'b' | 'c', string>>
const bootstrapOf = { a: east.bootstrap, b: west.bootstrap, c: [] as readonly string[] }
type Name = keyof typeof bootstrapOf

beforeAll(async () => {
  third = await upSandbox(
    {
      name: `north-${id}`,
      clusters: [{ name: 'north', region: 'eu-north-1' }],
      isOwned: true,
      report: () => undefined,
    },
    machine(),
    { signal: AbortSignal.timeout(90_000) },
  )
  bootstrapOf.c = third.clusters.north.bootstrap
  georep = georepFor([east.bootstrap, west.bootstrap], { [`no${id}`]: bootstrapOf.c.join(', ') })
  names = { a: georep.source, b: georep.destination, c: `no${id}` }
  for (const [from, to] of [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
    ['b', 'a'],
  ] as const) {
    const made = await georep.run('link', 'create', link(from, to))
    expect(made.code, made.err).toBe(0)
  }
})
afterAll(async () => {
  await georep.remove()
  await third[Symbol.asyncDispose]()
})

function link(from: Name, to: Name): string {
  return `${names[from]}-${names[to]}`
}

async function make(cluster: Name, topic: string): Promise<string> {
  await withAdmin(bootstrapOf[cluster], async (admin) => await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false })) // prettier-ignore
  return topic
}

async function topicsOf(cluster: Name, word: string): Promise<readonly string[]> {
  const topics = await withAdmin(bootstrapOf[cluster], async (admin) => await admin.listTopics())
  return topics.filter((name) => name.includes(`${word}-${id}`)).toSorted()
}

async function mirrorsOf(from: Name, to: Name): Promise<readonly string[]> {
  const keys = [...(await stateOf(bootstrapOf[to], link(from, to))).keys()]
  return keys.filter((key) => key.startsWith('mirror/')).map((key) => key.slice(`mirror/${link(from, to)}/`.length))
}

/** `mirror create`: its exit code, and what it says. */
async function mirror(from: Name, to: Name, ...argv: readonly string[]): Promise<{ code: number; out: string }> {
  return await georep.run('mirror', 'create', ...argv, '--link', link(from, to))
}

describe('under one name on all clusters', () => {
  it('the mirror that would close the circle is refused, over two clusters and over three, whichever comes last', async () => {
    const orders = await make('a', `orders-${id}`)
    expect((await mirror('a', 'b', orders)).code).toBe(0)
    expect((await mirror('b', 'c', orders)).code).toBe(0)
    for (const from of ['b', 'c'] as const) {
      const { code, out } = await mirror(from, 'a', orders)
      expect({ code, out }).toEqual({ code: 5, out: expect.stringContaining(`is itself mirrored from "${orders}" on "${names.a}": its records would go round`) as string }) // prettier-ignore
    }
    // The other way round: the last one is that from where it began.
    const bills = await make('b', `bills-${id}`)
    expect((await mirror('b', 'c', bills)).code).toBe(0)
    expect((await mirror('c', 'a', bills)).code).toBe(0)
    expect(await mirror('a', 'b', bills)).toMatchObject({ code: 5, out: expect.stringContaining('its records would go round') as string }) // prettier-ignore
    expect(await mirrorsOf('c', 'a')).toEqual([bills])
    expect(await mirrorsOf('b', 'a')).toEqual([])
    expect(await mirrorsOf('a', 'b')).toEqual([orders])
  })

  it('a pattern leaves what came from there, and its runner what comes later', async () => {
    const there = await make('a', `live-${id}-1`)
    expect((await mirror('a', 'b', there)).code).toBe(0)
    expect((await mirror('b', 'c', there)).code).toBe(0)
    const pattern = await georep.json('mirror', 'create', `live-${id}-*`, '--link', link('c', 'a'))
    expect(pattern).toMatchObject({ code: 0, data: { mirrors: [], patterns: [{ outcome: 'applied', leftOut: [there] }] } }) // prettier-ignore
    const runner = await Runner.start({ name: link('c', 'a'), configFile: georep.config })
    try {
      const later = await make('a', `live-${id}-2`)
      expect((await mirror('a', 'b', later)).code).toBe(0)
      expect((await mirror('b', 'c', later)).code).toBe(0)
      const own = await make('c', `live-${id}-own`)
      await eventually('the runner has looked, and mirrors what c has of its own', async () => (await mirrorsOf('c', 'a')).includes(own)) // prettier-ignore
      expect((await mirrorsOf('c', 'a')).filter((name) => name.startsWith('live'))).toEqual([own])
      expect(await topicsOf('a', 'live')).toEqual([there, later, own])
    } finally {
      await runner.kill()
    }
  })
})

describe('with a prefix', () => {
  it('no copy comes back, over two clusters and over three, be it named or matched', async () => {
    const paid = await make('a', `paid-${id}`)
    expect((await mirror('a', 'b', paid, '--prefix', 'a.')).code).toBe(0)
    expect((await mirror('b', 'c', `a.${paid}`, '--prefix', 'b.')).code).toBe(0)
    for (const [from, topic] of [
      ['b', `a.${paid}`],
      ['c', `b.a.${paid}`],
    ] as const) {
      const prefix = `${from}.`
      const { code, out } = await mirror(from, 'a', topic, '--prefix', prefix)
      expect({ code, out }).toEqual({ code: 5, out: expect.stringContaining(`"${topic}" comes from "${paid}" on "${names.a}": a copy of it would come back`) as string }) // prettier-ignore
      const pattern = await georep.json(
        'mirror',
        'create',
        `*paid-${id}`,
        '--link',
        link(from, 'a'),
        '--prefix',
        prefix,
      )
      expect(pattern).toMatchObject({ code: 0, data: { mirrors: [], patterns: [{ leftOut: [topic] }] } })
    }
    expect(await topicsOf('a', 'paid')).toEqual([paid])
    expect(await topicsOf('b', 'paid')).toEqual([`a.${paid}`])
    expect(await topicsOf('c', 'paid')).toEqual([`b.a.${paid}`])
  })
})
