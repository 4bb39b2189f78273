import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { capturedContext } from '../../../test/support/context.ts'
import { drillRun } from '../../../test/support/drill-run.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Progress } from '../progress.ts'
import type { oneDrill } from './one-drill.ts'
import type { DrillOptions } from './options.ts'
import type { Exercise } from './scenarios.ts'
import { drillSeries } from './series.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-series-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

const exercise = { name: 'practice', mode: 'practice' } as unknown as Exercise
const lost = new GeorepError('unreachable', 'GR-UNREACHABLE', 'no answer')

/** A series of these, of which an error stands for one that ends so. */
async function series(historyDir: string, ...ends: readonly ('pass' | GeorepError)[]) {
  const { context, out } = capturedContext({ home: folder, cwd: folder })
  const notes: string[] = []
  const progress = { note: (text: string) => notes.push(text) } as unknown as Progress
  const options = { repeat: ends.length, output: 'json', historyDir, config: undefined } as unknown as DrillOptions
  let run = 0
  const drill = async (): ReturnType<typeof oneDrill> => {
    const end = ends[run++] ?? 'pass'
    if (end instanceof GeorepError) throw end
    return await Promise.resolve({ id: `ab${run}`, run: drillRun(end), verdict: end })
  }
  const ended = await drillSeries(exercise, 'seed', options, context, progress, drill).catch((error: unknown) => error)
  return { ended, data: (JSON.parse(out()) as { data: object }).data, next: notes.at(-1) }
}

it('the worst of a series is shown by its id, and where it came to no verdict the list has it', async () => {
  expect(await series('runs', 'pass', 'pass')).toMatchObject({ ended: 0, next: 'next: georep history show ab1 --history-dir runs' }) // prettier-ignore
  expect(await series('more', 'pass', lost)).toMatchObject({ ended: 4, next: 'next: georep history list --history-dir more' }) // prettier-ignore
})

it('runs that cannot be saved keep their verdict and figures, and the series ends with why', async () => {
  await writeFile(join(folder, 'file'), '')
  expect(await series('file', 'pass')).toMatchObject({
    ended: { code: 'GR-HISTORY-WRITE' },
    data: { verdict: 'pass', runs: [{ id: null, verdict: 'pass', error: 'GR-HISTORY-WRITE', figures: {} }] },
  })
})
