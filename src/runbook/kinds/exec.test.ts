import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { siteFor, stepOf } from '../../../test/support/runbook-site.ts'

const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'georep-exec-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('exec', () => {
  it('runs words as they are and text in a shell, and tells them where they are', async () => {
    const site = siteFor()
    expect(await stepOf('kind: exec, command: [echo, "$HOME", a b]', site).apply({ signal })).toBe('$HOME a b')
    const told = 'kind: exec, command: "echo $GEOREP_LINK $GEOREP_RUN $GEOREP_STEP $MINE", env: { MINE: x }'
    expect(await stepOf(told, site).apply({ signal })).toBe('east-west run1 it x')
    expect(site.said).toEqual(['it: $HOME a b', 'it: east-west run1 it x'])
  })

  it('shows no secret of georep.yaml, nor one that the step names', async () => {
    const site = siteFor()
    const told = await stepOf('kind: exec, command: "echo $TOKEN from-config", secrets: [TOKEN]', site).apply({
      signal,
    })
    expect(told).toBe('(secret) (secret)')
    expect(site.said.join()).not.toContain('s3cret')
  })

  it('shows no rest of a secret that is longer than another, nor of one that is cut off with what came before', async () => {
    const both = 'secrets: [A, B], env: { A: hunter, B: hunter2-and-more }'
    expect(await stepOf(`kind: exec, command: "echo $B", ${both}`, siteFor()).apply({ signal })).toBe('(secret)')
    const site = siteFor()
    const talks = 'i=0; while [ $i -lt 3000 ]; do printf %s "$B"; i=$((i+1)); done; printf %010d 7'
    await stepOf(`kind: exec, command: '${talks}', ${both}`, site).apply({ signal })
    expect(site.said.join('')).toMatch(/secret\)0000000007$/)
    expect(site.said.join('')).not.toContain('more')
  })

  it('fails with what the command has said, and is unknown when it was cut short', async () => {
    const site = siteFor()
    await expect(stepOf('kind: exec, command: "echo why; exit 3"', site).apply({ signal })).rejects.toMatchObject({ kind: 'failed', code: 'GR-EXEC', message: 'the command has exited with 3: why' }) // prettier-ignore
    await expect(stepOf('kind: exec, command: [/no/such/program]', site).apply({ signal })).rejects.toMatchObject({ kind: 'failed', message: expect.stringContaining('could not be started') as string }) // prettier-ignore
    const stopped = stepOf('kind: exec, command: [sleep, "60"]', site).apply({ signal: AbortSignal.timeout(100) })
    await expect(stopped).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is never looked at, and once only, unless a check tells', async () => {
    const file = join(folder, 'made')
    const bare = stepOf('kind: exec, command: [touch, x]', siteFor())
    expect(bare.certainty).toBe('once')
    expect(await bare.observe({ signal })).toEqual({ kind: 'notDone', what: 'would run touch x' })
    const checked = stepOf(`kind: exec, command: [touch, "${file}"], check: [test, -e, "${file}"]`, siteFor())
    expect(checked.certainty).toBe('observed')
    expect(await checked.observe({ signal })).toMatchObject({ kind: 'notDone' })
    expect(existsSync(file)).toBe(false)
    await checked.apply({ signal })
    expect(readFileSync(file, 'utf8')).toBe('')
    expect(await checked.observe({ signal })).toMatchObject({ kind: 'done' })
    const broken = stepOf('kind: exec, command: "true", check: [/no/such/program]', siteFor())
    expect(await broken.observe({ signal })).toMatchObject({ kind: 'unknown' })
  })
})
