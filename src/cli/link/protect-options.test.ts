import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../../test/support/context.ts'
import { embeddedEngine } from '../../engines/embedded/embedded-engine.ts'
import { mm2Engine } from '../../engines/mm2/mm2-engine.ts'
import { protectFor } from './protect-options.ts'

const options = { name: 'east-west', config: undefined, protect: 'acl', runnerPrincipal: undefined } as const

describe('as whom the runner comes in', () => {
  const known = { name: 'west', principal: 'User:georep' }
  const unknown = { name: 'west', principal: undefined }

  it('is as this command does, unless it is said', () => {
    expect(protectFor(options, known, embeddedEngine, 'alter')).toBe('User:georep')
    expect(protectFor({ ...options, runnerPrincipal: 'User:runner' }, known, embeddedEngine, 'alter')).toBe('User:runner') // prettier-ignore
    expect(protectFor({ ...options, protect: 'none' }, known, embeddedEngine, 'alter')).toBe(undefined)
  })

  it('is to be said where it is not known, and where there is a runner', () => {
    const next = "georep link create east-west --protect acl --runner-principal 'User:<name>'"
    expect(() => protectFor(options, unknown, embeddedEngine, 'create')).toThrow(expect.objectContaining({ kind: 'usage', code: 'GR-PRINCIPAL-UNKNOWN', next }) as Error) // prettier-ignore
    expect(() => protectFor(options, unknown, mm2Engine, 'create')).not.toThrow()
  })
})

describe('a link of mm2 is not made with what its runner would do: nobody is asked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'georep-mm2-'))
  afterAll(() => { rmSync(folder, { recursive: true }) }) // prettier-ignore
  const config = join(folder, 'georep.yaml')
  writeFileSync(config, `clusters:\n  east: { bootstrap: ["127.0.0.1:1"] }\n  west: { bootstrap: ["127.0.0.1:1"] }\n`)

  it.each([
    ['--protect', 'mirrors of a link of the engine mm2 are not protected: workers of Kafka Connect write to them', 'leave --protect out, and deny others Write on the mirror topics by hand'],
    ['--sync', 'no process of georep runs beside a link of the engine mm2 that would bring over ACLs', 'georep acl sync, when they have changed'],
  ])('%s', async (flag, why, next) => {
    const words = ['link', 'create', 'east-west', '--config', config, '--engine', 'mm2', '--connect', 'http://127.0.0.1:1']
    for (const more of [[], ['--dry-run']]) {
      const { code, out, err } = await run([...words, flag, flag === '--sync' ? 'acls' : 'acl', ...more])
      expect({ code, out }).toEqual({ code: 5, out: '' })
      expect(err).toContain(`error GR-ENGINE-CANNOT: ${why}`)
      expect(err).toContain('nothing was changed')
      expect(err).toContain(`next: ${next.replace('georep', `georep --config ${config}`)}`)
    }
  }) // prettier-ignore
})
