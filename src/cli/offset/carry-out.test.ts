import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { offset } from '../../core/offset.ts'
import { type OffsetPlan, undoOf } from '../../core/offset-plan.ts'
import type { Context } from '../context.ts'
import { writeUndo } from './carry-out.ts'
import { textOfPlan } from './plan-file.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'georep-undo-')) }) // prettier-ignore
afterAll(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

const moves = [{ topic: 'orders', partition: 0, from: undefined, to: { offset: offset(7n), metadata: '' } }]
const plan: OffsetPlan = {
  id: 'abc123',
  act: 'reset',
  cluster: { name: 'west', clusterId: 'pXd-1_2' },
  link: undefined,
  createdAt: new Date('2026-11-26T05:00:00.123Z'),
  createdBy: 'zoe at laptop',
  expiresAt: new Date('2026-11-27T05:00:00.123Z'),
  maySkip: false,
  topics: [{ topic: 'orders', topicId: '0123456789abcdef0123456789abcdef', partitions: 1 }],
  groups: Array.from({ length: 120 }, (_, index) => ({ group: `billing-${index}`, moves })),
}
const whole = textOfPlan(undoOf(plan))
const context = { signal: AbortSignal.timeout(60_000) } as Context

it.each([
  ['nothing', undefined],
  ['the same', whole],
  ['a part, of a try that was killed', whole.slice(0, 900)],
])('is on disk as a whole where there was %s', async (what, before) => {
  const file = join(folder, what)
  if (before !== undefined) writeFileSync(file, before)
  await writeUndo(file, plan, context)
  expect(readFileSync(file, 'utf8')).toBe(whole)
})

it.each([
  ['of another plan', textOfPlan(undoOf({ ...plan, id: 'abc124' }))],
  ['with nothing in it', ''],
  ['that goes on after it', `${whole}\n`],
])('leaves a file as it is %s', async (what, before) => {
  const file = join(folder, what)
  writeFileSync(file, before)
  await expect(writeUndo(file, plan, context)).rejects.toMatchObject({ code: 'GR-FILE-EXISTS' })
  expect(readFileSync(file, 'utf8')).toBe(before)
})

it('reads nothing of what is no file, be it a pipe that nobody writes to', async () => {
  const file = join(folder, 'pipe')
  execFileSync('mkfifo', [file])
  await expect(writeUndo(file, plan, context)).rejects.toMatchObject({ code: 'GR-FILE-EXISTS' })
})
