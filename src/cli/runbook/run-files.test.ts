import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fakeTime } from '../../../test/support/fake-time.ts'
import { JournalFile } from '../../runbook/journal.ts'
import { folderOf, pastRun, runFiles } from './run-files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-run-files-'))
  for (const id of ['3f9a07', '3f1b22', '3f1b2']) {
    const { journal: file } = runFiles(id, folder, where)
    await using journal = await JournalFile.create({ file, run: id, actor: 'a', time: fakeTime() })
    const facts = { file: `${id}.yaml`, hash: 'h', variables: {} }
    await journal.append({ step: null, attempt: 0, phase: 'note', outcome: null, observed: 'begun', facts })
  }
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})
const where = { env: {}, cwd: '/', home: '/' }

it('a run that was begun is found by the beginning of its id, as history show finds its record', async () => {
  expect(await pastRun('3f9', folder, where)).toMatchObject({ id: '3f9a07', file: '3f9a07.yaml' })
  expect(await pastRun('3f9a07', folder, where)).toMatchObject({ id: '3f9a07' })
  expect(await pastRun('3f1b2', folder, where)).toMatchObject({ id: '3f1b2' })
  await expect(pastRun('3f1b', folder, where)).rejects.toMatchObject({
    kind: 'usage',
    code: 'GR-RUN-AMBIGUOUS',
    message: '"3f1b" is the beginning of 2 ids: 3f1b2, 3f1b22',
  })
  const unknown = { code: 'GR-RUN-UNKNOWN', message: expect.stringContaining('"77"') as string }
  await expect(pastRun('77', folder, where)).rejects.toMatchObject(unknown)
  await expect(pastRun('77', join(folder, 'none'), where)).rejects.toMatchObject(unknown)
})

it('a run that was gone on with is found by the id of each of its records', async () => {
  expect(await pastRun('3f9a07r2', folder, where)).toMatchObject({ id: '3f9a07' })
  expect(await pastRun('3f9r12', folder, where)).toMatchObject({ id: '3f9a07' })
  await expect(pastRun('3f1br2', folder, where)).rejects.toMatchObject({ code: 'GR-RUN-AMBIGUOUS' })
  await expect(pastRun('77r2', folder, where)).rejects.toMatchObject({ code: 'GR-RUN-UNKNOWN', message: expect.stringContaining('"77r2"') as string }) // prettier-ignore
})

it('what a run names is relative to the folder in which it was begun, or to that of the command where nobody wrote it down', async () => {
  expect(await folderOf({ id: 'a', cwd: folder }, where)).toBe(folder)
  expect(await folderOf({ id: 'a', cwd: undefined }, where)).toBe('/')
  const gone = join(folder, 'gone')
  await expect(folderOf({ id: 'a', cwd: gone }, where)).rejects.toMatchObject({ code: 'GR-NO-FOLDER', next: expect.stringContaining(`make "${gone}" again`) as string }) // prettier-ignore
})
