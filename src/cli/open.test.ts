import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { capturedContext } from '../../test/support/context.ts'
import { openLinkClusters } from './open.ts'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'georep-open-'))
  const clusters = ['east', 'west', 'a', 'a-b', 'b-c', 'c'].map((name) => `  ${name}: { bootstrap: [127.0.0.1:1] }\n`)
  const secret =
    '  south: { bootstrap: [127.0.0.1:1], sasl: { mechanism: PLAIN, username: u, password: "${env:NONE}" } }\n'
  writeFileSync(join(cwd, 'georep.yaml'), `clusters:\n${clusters.join('')}${secret}`)
})
afterAll(() => {
  rmSync(cwd, { recursive: true })
})

const open = async (link: string): ReturnType<typeof openLinkClusters> =>
  await openLinkClusters(capturedContext({ cwd, home: cwd }).context, { config: undefined }, link)

describe('openLinkClusters', () => {
  it('opens the two clusters that the name tells, and connects to neither', async () => {
    await using opened = await open('east-west')
    expect([opened.source.name, opened.destination.name]).toEqual(['east', 'west'])
  })

  it.each([
    ['east-north', 'does not name two clusters of the file'],
    ['east-east', 'names cluster "east" on both sides'],
    ['a-b-c', 'can be read in several ways: "a" to "b-c", "a-b" to "c"'],
  ])('refuses %s', async (link, message) => {
    await expect(open(link)).rejects.toMatchObject({
      kind: 'usage',
      code: 'GR-LINK-NAME',
      message: expect.stringContaining(message) as string,
    })
  })

  it('needs the secrets of both, and names what is missing', async () => {
    await expect(open('south-west')).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('"NONE" is not set') as string,
    })
  })
})
