import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Line } from '../../runbook/journal-line.ts'
import { refuseOfDrill } from './of-drill.ts'

const folder = mkdtempSync(join(tmpdir(), 'georep-of-drill-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const context = { env: {}, cwd: folder, home: folder }
const options = { config: undefined, historyDir: join(folder, 'history') }

const begunBy = (facts: object): readonly Line[] => [{ step: null, facts: { event: 'begun', ...facts } } as unknown as Line] // prettier-ignore

it('a drill in a sandbox that was killed is begun anew by the file that it went by, with its variables', async () => {
  const facts = { runbook: 'mine', file: '/srv/books/mine.yaml', link: 'east-west', variables: { link: 'east-west', name: 'a b' } } // prettier-ignore
  await expect(refuseOfDrill('run1', begunBy({ ...facts, drill: { mode: 'sandbox', isAll: false } }), options, context)).rejects.toMatchObject({
    code: 'GR-RUN-OF-DRILL',
    next: `georep drill run /srv/books/mine.yaml --sandbox --set 'name=a b'`,
  }) // prettier-ignore
})

it('a run that is none of a drill is not refused', async () => {
  await expect(refuseOfDrill('run1', begunBy({ runbook: 'mine' }), options, context)).resolves.toBeUndefined()
})
