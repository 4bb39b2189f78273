import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'

const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'georep-approve-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('approve', () => {
  it('takes the link, typed, and nothing else', async () => {
    const answers = ['east-west', 'yes']
    const terminal = { canPrompt: true, ask: async () => await Promise.resolve(answers.shift() ?? '') }
    const step = stepOf('kind: approve, question: "Now?", by: terminal', siteFor({ terminal }))
    expect(await step.observe({ signal })).toEqual({ kind: 'notDone', what: 'would ask at the terminal' })
    expect(await step.apply({ signal })).toBe('approved at a terminal by ann@ops-1')
    await expect(step.apply({ signal })).rejects.toMatchObject({ kind: 'refused', code: 'GR-NOT-APPROVED' })
  })

  it('is blocked where there is no terminal', async () => {
    const step = stepOf('kind: approve, question: "Now?", by: terminal', siteFor())
    expect(await step.observe({ signal })).toEqual({ kind: 'blocked', why: 'there is no terminal to approve it at' })
  })

  it('takes a file that names this run, and not one of an earlier run', async () => {
    const file = join(folder, 'approved')
    writeFileSync(file, 'run0\n')
    let waited = 0
    const wait = async (): Promise<void> => {
      if (++waited === 3) writeFileSync(file, 'yes, run1\n')
      await sleep(1)
    }
    const site = siteFor({ time: { now: () => new Date(), monotonic: () => 0, wait } })
    const step = stepOf(`kind: approve, question: "Now?", by: { file: "${file}" }`, site)
    expect(await step.apply({ signal })).toBe(`approved by file "${file}"`)
    expect({ waited, said: site.said }).toEqual({ waited: 3, said: [`Now? To approve, write run1 into "${file}"`] })
  })

  it('takes silence for no', async () => {
    const file = join(folder, 'never')
    for (const by of [`{ file: "${file}" }`, '{ hook: "sleep 60" }']) {
      const step = stepOf(`kind: approve, question: "Now?", by: ${by}, timeout: 100ms`, siteFor())
      await expect(step.apply({ signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ kind: 'refused', code: 'GR-NOT-APPROVED', message: 'not approved within 100 ms' }) // prettier-ignore
      const stopped = AbortSignal.abort(new Error('somebody stops the run'))
      await expect(step.apply({ signal: stopped })).rejects.toThrow('somebody stops the run')
    }
  })

  it('takes a command that exits with 0', async () => {
    const step = (hook: string) => stepOf(`kind: approve, question: "Now?", by: { hook: "${hook}" }`, siteFor())
    expect(await step("test $GEOREP_RUN/$GEOREP_STEP = run1/it -a \\\"$GEOREP_QUESTION\\\" = 'Now?'").apply({ signal })).toBe('approved by a command') // prettier-ignore
    await expect(step('echo no; exit 1').apply({ signal })).rejects.toMatchObject({ kind: 'refused', message: expect.stringContaining('has exited with 1; no') as string }) // prettier-ignore
    await expect(step('exit 1').apply({ signal })).rejects.toMatchObject({ message: 'not approved: the command has exited with 1' }) // prettier-ignore
  })
})
