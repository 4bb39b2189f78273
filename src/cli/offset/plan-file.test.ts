import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GeorepError } from '../../core/errors.ts'
import { offset } from '../../core/offset.ts'
import type { OffsetPlan } from '../../core/offset-plan.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { exitCodeOfError } from '../exit.ts'
import { partsOfPlan, readPlan, textOfPlan } from './plan-file.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'georep-plan-')) }) // prettier-ignore
afterAll(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

const plan: OffsetPlan = {
  id: 'abc123',
  act: 'reset',
  cluster: { name: 'west', clusterId: 'pXd-1_2' },
  link: undefined,
  createdAt: new Date('2026-11-26T05:00:00.123Z'),
  createdBy: 'Zoë "z" at laptop',
  expiresAt: new Date('2026-11-27T05:00:00.123Z'),
  maySkip: false,
  topics: [{ topic: 'orders', topicId: '0123456789abcdef0123456789abcdef', partitions: 3 }],
  groups: [
    {
      group: 'a "quoted", \\ group\nof two lines 🙂',
      moves: [
        { topic: 'orders', partition: 0, from: undefined, to: { offset: offset(0n), metadata: '' } },
        { topic: 'orders', partition: 2, from: { offset: offset(2n ** 63n - 1n), metadata: '{"é":"\u0000\u2028"}' }, to: undefined }, // prettier-ignore
      ],
    },
    { group: '__proto__', moves: [] },
  ],
}

const text = fc.string({ unit: 'binary' })
const someText = fc.oneof(text, fc.constantFrom('__proto__', '"', '\\', '\n', '\u2028', '"]}', ',"sha256":"'))
const someTopic = fc.string({ unit: 'binary', minLength: 1 })
const someDate = fc.date({ min: new Date(0), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true })
const someCommit = fc.option(fc.record({ offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(offset), metadata: someText }), { nil: undefined }) // prettier-ignore
const somePlan: fc.Arbitrary<OffsetPlan> = fc.record({
  id: fc.stringMatching(/^[a-z0-9]{1,40}$/),
  act: fc.constantFrom('reset', 'import', 'clamp', 'translate', 'undo'),
  cluster: fc.record({ name: someTopic, clusterId: someTopic }),
  link: fc.option(someTopic, { nil: undefined }),
  createdAt: someDate,
  createdBy: someText,
  expiresAt: fc.option(someDate, { nil: undefined }),
  maySkip: fc.boolean(),
  topics: fc.array(fc.record({ topic: someTopic, topicId: fc.stringMatching(/^[0-9a-f]{32}$/), partitions: fc.integer({ min: 1, max: 100_000 }) }), { maxLength: 3 }), // prettier-ignore
  groups: fc.uniqueArray(fc.record({ group: someText, moves: fc.uniqueArray(fc.record({ topic: someTopic, partition: fc.nat(), from: someCommit, to: someCommit }), { maxLength: 4, selector: partitionKey }) }), { maxLength: 4, selector: ({ group }) => group }), // prettier-ignore
})

let files = 0
async function read(content: string | Uint8Array): Promise<OffsetPlan> {
  const file = join(folder, `${files++}.json`)
  writeFileSync(file, content)
  return await readPlan(file)
}

/** What is said of it; it has to be refused. */
async function refusal(content: string | Uint8Array): Promise<string> {
  const error: unknown = await read(content).then(() => undefined, (thrown: unknown) => thrown) // prettier-ignore
  expect(error).toBeInstanceOf(GeorepError)
  const { code, kind, message, stateNow } = error as GeorepError
  expect({ code, exit: exitCodeOfError[kind], stateNow }).toEqual({ code: 'GR-PLAN-FILE', exit: 2, stateNow: 'nothing was changed' }) // prettier-ignore
  return message
}

/** As somebody would write it who knows how a plan is closed. */
function closed(change: (data: Record<string, unknown>) => void, schema = 'georep.offset-plan/1'): string {
  const { data } = JSON.parse(textOfPlan(plan)) as { data: Record<string, unknown> }
  change(data)
  const open = JSON.stringify({ schema, data }).slice(0, -1)
  return `${open},"sha256":"${createHash('sha256').update(open).digest('hex')}"}\n`
}

describe('a plan in a file', () => {
  it('is what was written, whatever the names and the metadata', async () => {
    expect(await read(textOfPlan(plan))).toEqual(plan)
    await fc.assert(fc.asyncProperty(somePlan, async (one) => { expect(await read(textOfPlan(one))).toEqual(one) })) // prettier-ignore
  })

  it('is the JSON that JSON.stringify would make of it, a group a line', () => {
    fc.assert(
      fc.property(somePlan, (one) => {
        const written = textOfPlan(one)
        const { sha256, ...rest } = JSON.parse(written) as { sha256: string }
        const { groups, ...head } = one
        const place = (commit: { offset: bigint; metadata: string } | undefined): object | null =>
          commit === undefined ? null : { offset: commit.offset.toString(), ...(commit.metadata === '' ? {} : { metadata: commit.metadata }) } // prettier-ignore
        const data = {
          ...head,
          link: one.link ?? null,
          expiresAt: one.expiresAt ?? null,
          groups: groups.map(({ group, moves }) => ({ group, moves: moves.map(({ topic, partition, from, to }) => ({ topic, partition, from: place(from), to: place(to) })) })), // prettier-ignore
        }
        expect(rest).toEqual(JSON.parse(JSON.stringify({ schema: 'georep.offset-plan/1', data })))
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(written.split('\n').filter((line) => line.startsWith('{"group":'))).toHaveLength(groups.length)
      }),
    )
  })

  it('is not written so large that it would not be read again', () => {
    const { length } = Buffer.from(textOfPlan(plan))
    expect([...partsOfPlan(plan, length)].join('')).toBe(textOfPlan(plan))
    expect(() => [...partsOfPlan(plan, length - 1)]).toThrow(
      expect.objectContaining({ kind: 'refused', code: 'GR-PLAN-SIZE', stateNow: 'nothing was changed' }),
    )
  })

  it('cut off anywhere it is none', async () => {
    const whole = Buffer.from(textOfPlan(plan))
    const messages = new Set<string>()
    for (let length = 0; length < whole.length; length += length < whole.length - 100 ? 20 : 1) {
      messages.add((await refusal(whole.subarray(0, length))).replace(/^".*" cannot/, 'it cannot'))
    }
    expect([...messages]).toEqual(['it cannot be taken for a plan: it is no plan of georep, or was cut off'])
  })

  it('with one byte changed it is none, nor with one more or less', async () => {
    const whole = Buffer.from(textOfPlan(plan))
    for (let at = 0; at < whole.length; at += 5) {
      const changed = Buffer.from(whole)
      changed[at] = whole[at]! ^ (1 << (at % 8))
      await refusal(changed)
    }
    for (let at = 0; at <= whole.length; at += 25) {
      await refusal(Buffer.concat([whole.subarray(0, at), Buffer.from(' '), whole.subarray(at)]))
      if (at < whole.length) await refusal(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]))
    }
  })

  it.each<readonly [string, string, string]>([
    ['of another schema', closed(() => undefined, 'georep.offset-plan/2'), 'schema: '],
    ['with an offset that is too large', closed((data) => { data['groups'] = [{ group: 'g', moves: [{ topic: 't', partition: 0, from: null, to: { offset: '9223372036854775808' } }] }] }), 'data.groups.0.moves.0.to.offset: too large'], // prettier-ignore
    ['with a negative offset', closed((data) => { data['groups'] = [{ group: 'g', moves: [{ topic: 't', partition: 0, from: { offset: '-1' }, to: null }] }] }), 'data.groups.0.moves.0.from.offset: '], // prettier-ignore
    ['with an offset that is a number', closed((data) => { data['groups'] = [{ group: 'g', moves: [{ topic: 't', partition: 0, from: null, to: { offset: 1 } }] }] }), 'data.groups.0.moves.0.to.offset: '], // prettier-ignore
    ['with a partition that is none', closed((data) => { data['groups'] = [{ group: 'g', moves: [{ topic: 't', partition: 0.5, from: null, to: null }] }] }), 'data.groups.0.moves.0.partition: '], // prettier-ignore
    ['with a commit that is moved twice', closed((data) => { data['groups'] = [{ group: 'g', moves: [1, 1].map((partition) => ({ topic: 't', partition, from: null, to: { offset: '1' } })) }] }), 'it has t/1 of group "g" twice'], // prettier-ignore
    ['with a group that is moved twice', closed((data) => { data['groups'] = [{ group: 'g', moves: [] }, { group: 'g', moves: [] }] }), 'it has group "g" twice'], // prettier-ignore
    ['with an id that is a path', closed((data) => { data['id'] = '../x' }), 'data.id: '], // prettier-ignore
    ['with an act that nobody knows', closed((data) => { data['act'] = 'delete' }), 'data.act: '], // prettier-ignore
    ['with what is not known', closed((data) => { data['more'] = 1 }), 'data: '], // prettier-ignore
    ['that is no JSON, though it is closed', `{,"sha256":"${createHash('sha256').update('{').digest('hex')}"}\n`, ''], // prettier-ignore
  ])('%s it is none, and says where', async (_, content, where) => {
    expect(await refusal(content)).toContain(`cannot be taken for a plan: ${where}`)
  })

  it('one that is not there, or a folder, is none', async () => {
    await expect(readPlan(join(folder, 'missing.json'))).rejects.toMatchObject({ kind: 'usage', code: 'GR-PLAN-FILE' })
    await expect(readPlan(folder)).rejects.toMatchObject({ kind: 'usage', code: 'GR-PLAN-FILE' })
  })

  it('is not waited for where nobody writes it: a pipe could not be interrupted', async () => {
    const pipe = join(folder, 'pipe.json')
    execFileSync('mkfifo', [pipe])
    await expect(readPlan(pipe)).rejects.toMatchObject({
      kind: 'usage',
      code: 'GR-PLAN-FILE',
      message: expect.stringContaining('it is not a regular file') as string,
    })
  })
})
