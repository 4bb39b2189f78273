import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import { writeNewFile } from './new-file.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'georep-new-')) }) // prettier-ignore
afterEach(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore

const options = { signal: new AbortController().signal, option: '--plan' }

describe('writeNewFile', () => {
  it('writes all parts, for nobody else to read', async () => {
    const file = join(folder, 'plan.json')
    await writeNewFile(file, ['a', 'é', ''], options)
    expect(readFileSync(file, 'utf8')).toBe('aé')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('leaves one that is there as it is', async () => {
    const file = join(folder, 'plan.json')
    writeFileSync(file, 'before')
    await expect(writeNewFile(file, ['after'], options)).rejects.toMatchObject({
      kind: 'refused',
      code: 'GR-FILE-EXISTS',
      stateNow: 'nothing was changed',
      next: 'name another file with --plan',
    })
    expect(readFileSync(file, 'utf8')).toBe('before')
  })

  it('does not follow a link to where nothing is', async () => {
    const file = join(folder, 'plan.json')
    symlinkSync(join(folder, 'elsewhere'), file)
    await expect(writeNewFile(file, ['x'], options)).rejects.toMatchObject({ code: 'GR-FILE-EXISTS' })
    expect(readdirSync(folder)).toEqual(['plan.json'])
  })

  it('a folder that is not there is a failure', async () => {
    const file = join(folder, 'none', 'plan.json')
    await expect(writeNewFile(file, ['x'], options)).rejects.toMatchObject({ kind: 'failed', code: 'GR-FILE-WRITE' })
  })

  it('leaves nothing when what is to be written fails halfway', async () => {
    function* parts(): Iterable<string> {
      yield 'a'
      throw new Error('no more')
    }
    const file = join(folder, 'plan.json')
    await expect(writeNewFile(file, parts(), options)).rejects.toThrow(`"${file}" cannot be written: no more`)
    expect(readdirSync(folder)).toEqual([])
  })

  it('fails as what georep says of the parts, which another file would not mend', async () => {
    function* parts(): Iterable<string> {
      yield 'a'
      throw new GeorepError('refused', 'GR-PLAN-SIZE', 'too large')
    }
    await expect(writeNewFile(join(folder, 'plan.json'), parts(), options)).rejects.toMatchObject({ code: 'GR-PLAN-SIZE' }) // prettier-ignore
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves nothing when it is interrupted halfway, and fails as what interrupted it', async () => {
    const stop = new AbortController()
    const reason = new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted')
    function* parts(): Iterable<string> {
      yield 'a'
      stop.abort(reason)
      yield 'b'
    }
    await expect(writeNewFile(join(folder, 'plan.json'), parts(), { ...options, signal: stop.signal })).rejects.toBe(reason) // prettier-ignore
    expect(readdirSync(folder)).toEqual([])
  })
})
