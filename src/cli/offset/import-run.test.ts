import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { capturedContext } from '../../../test/support/context.ts'
import { runOffsetImport } from './import-run.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'georep-import-')) }) // prettier-ignore
afterAll(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

it.each([
  ['offsets.csv', 'Müller,orders,0,1\n'],
  ['offsets.json', '{"schema":"georep.offset-export/1","data":{"offsets":[{"group":"Müller","topic":"orders","partition":0,"offset":"1"}]}}'], // prettier-ignore
])('takes no file whose names are not UTF-8: another group would be made (%s)', async (name, text) => {
  writeFileSync(join(folder, name), Buffer.from(text, 'latin1'))
  await expect(importOf(name)).rejects.toMatchObject({
    kind: 'usage',
    code: 'GR-OFFSETS-FILE',
    message: expect.stringContaining('not valid for encoding utf-8') as string,
    stateNow: 'nothing was changed',
  })
})

it('does not wait for a pipe that nobody writes to: that could not be interrupted', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe.csv')])
  await expect(importOf('pipe.csv')).rejects.toMatchObject({
    kind: 'usage',
    code: 'GR-OFFSETS-FILE',
    message: expect.stringContaining('it is not a regular file') as string,
  })
})

async function importOf(name: string): Promise<unknown> {
  const { context } = capturedContext({ cwd: folder })
  const moving = { plan: undefined, apply: false, undo: undefined, confirm: undefined, allowSkip: false, all: false } as const // prettier-ignore
  const options = { ...moving, config: undefined, color: false, file: name, cluster: 'west', group: undefined, output: 'table' } as const // prettier-ignore
  return await runOffsetImport(options, context)
}
