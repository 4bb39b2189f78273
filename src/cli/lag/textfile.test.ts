import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { capturedContext, run } from '../../../test/support/context.ts'
import { readPrometheusText } from '../../../test/support/prometheus-text.ts'
import { openTextfile } from './textfile.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'georep-textfile-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function isUp(file: string): number | undefined {
  return readPrometheusText(readFileSync(file, 'utf8')).get('georep_lag_up')?.samples[0]?.value
}

describe('a textfile', () => {
  it('is put in place whole, is for everybody to read whatever the umask, and nothing is left beside it', async () => {
    const { context } = capturedContext({ cwd: folder })
    const umask = process.umask(0o077)
    try {
      const textfile = await openTextfile('lag.prom', context)
      expect(readdirSync(folder)).toEqual([]) // nothing has been seen yet
      await textfile.write('first 1\n')
      const before = statSync(join(folder, 'lag.prom')).ino
      await textfile.write('second 2\n')
      const { ino, mode } = statSync(join(folder, 'lag.prom'))
      expect(readFileSync(join(folder, 'lag.prom'), 'utf8')).toBe('second 2\n')
      expect(ino).not.toBe(before) // another file in its place: no reader ever sees a half
      expect(mode & 0o777).toBe(0o644)
      expect(readdirSync(folder)).toEqual(['lag.prom'])
      await textfile.down()
      expect(isUp(join(folder, 'lag.prom'))).toBe(0)
    } finally {
      process.umask(umask)
    }
  })

  it.each(['a file', 'one that is not there yet'])(
    'behind a symbolic link is written where that points at, %s',
    async (aim) => {
      mkdirSync(join(folder, 'collector'))
      symlinkSync(join('collector', 'real.prom'), join(folder, 'lag.prom'))
      if (aim === 'a file') writeFileSync(join(folder, 'collector', 'real.prom'), 'old 1\n')
      const textfile = await openTextfile(join(folder, 'lag.prom'), capturedContext().context)
      await textfile.write('new 1\n')
      expect(readFileSync(join(folder, 'collector', 'real.prom'), 'utf8')).toBe('new 1\n')
    },
  )

  it.each([
    ['in no folder', 'none/lag.prom'],
    ['that is a folder', 'folder.prom'],
  ])('%s is refused before anybody is asked', async (_, file) => {
    mkdirSync(join(folder, 'folder.prom'))
    const { code, out, err } = await run(['lag', '--textfile', file], { cwd: folder })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('error GR-TEXTFILE-WRITE: ')
  })

  it('without one nothing is written', async () => {
    const textfile = await openTextfile(undefined, capturedContext({ cwd: folder }).context)
    await textfile.write('x 1\n')
    await textfile.down()
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a look that fails leaves no figure that looks fresh', () => {
  const stale = '# HELP georep_lag_up h\n# TYPE georep_lag_up gauge\ngeorep_lag_up 1\n'

  it.each([
    ['no cluster answers', ['--link', 'east-west'], 1, 'GR-'],
    ['the file is wrong', ['--config', 'none.yaml'], 2, 'GR-CONFIG'],
    ['there is no objective', ['--objectives'], 2, 'GR-NO-LAG-OBJECTIVE'],
  ])('%s', async (_, flags, expected, error) => {
    writeFileSync(join(folder, 'georep.yaml'), 'clusters:\n  east: { bootstrap: ["127.0.0.1:1"] }\n  west: { bootstrap: ["127.0.0.1:1"] }\n') // prettier-ignore
    const file = join(folder, 'lag.prom')
    writeFileSync(file, stale)
    chmodSync(file, 0o600)
    const { code, err } = await run(['lag', '--textfile', file, ...flags], { cwd: folder, home: folder })
    expect({ code, err }).toEqual({ code: expected, err: expect.stringContaining(`error ${error}`) as string })
    expect(isUp(file)).toBe(0)
  })
})
