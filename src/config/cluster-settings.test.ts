import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificate } from '../../test/support/certificate.ts'
import type { ClusterSettings } from '../kafka/settings.ts'
import { clusterSettings } from './cluster-settings.ts'
import { loadConfig } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-settings-'))
  await writeFile(join(folder, 'ca.pem'), certificate)
  await writeFile(join(folder, 'ca.der'), '0\u0082')
  await writeFile(join(folder, 'secret'), 'from file\n')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function settings(east: string, env: Record<string, string> = {}, name = 'east'): Promise<ClusterSettings> {
  const file = join(folder, 'georep.yaml')
  await writeFile(file, `clusters:\n  west: { bootstrap: ["\${env:NOT_SET}"] }\n  east: ${east}\n`)
  const config = await loadConfig(file, { env: {}, cwd: '/', home: '/' })
  return await clusterSettings(config, name, { env, time: { monotonic: () => 0 } })
}

const sasl = (password: string): string =>
  `{ bootstrap: ["a:1"], sasl: { mechanism: PLAIN, username: u, password: '${password}' } }`

describe('clusterSettings', () => {
  it('is what the file says, without what it does not', async () => {
    expect(await settings('{ bootstrap: ["a:1", "[::1]:2"], region: r }')).toEqual({
      name: 'east',
      bootstrap: ['a:1', '[::1]:2'],
      region: 'r',
      tls: undefined,
      sasl: undefined,
    })
  })

  it.each([
    ['literal', 'literal'],
    ['${env:A}', 'alpha'],
    ['x${env:A}y${env:B}z', 'xalphay${env:A}z'],
    ['${file:secret}', 'from file'],
    ['$${env:A}', '${env:A}'],
    ['cash$ and $$', 'cash$ and $$'],
  ])('password %j is %j', async (written, expected) => {
    const { sasl: found } = await settings(sasl(written), { A: 'alpha', B: '${env:A}' })
    expect(found).toMatchObject({ password: expected })
  })

  it('takes a list of addresses from one reference, and checks them', async () => {
    const east = '{ bootstrap: ["${env:B}", "c:3"] }'
    expect((await settings(east, { B: 'a:1, b:2' })).bootstrap).toEqual(['a:1', 'b:2', 'c:3'])
    await expect(settings(east, { B: 'a' })).rejects.toMatchObject({
      code: 'GR-CONFIG-INVALID',
      message: 'georep.yaml:3:23: "${env:B}" does not stand for host:port',
    })
  })

  it('names the variable that is missing, and where', async () => {
    for (const [env, what] of [
      [{}, 'is not set'],
      [{ A: '' }, 'is empty'],
    ] as const) {
      await expect(settings(sasl('${env:A}'), env)).rejects.toMatchObject({
        kind: 'config',
        code: 'GR-CONFIG-REFERENCE',
        message: `georep.yaml:3:80: environment variable "A" ${what}`,
      })
    }
  })

  it('a file that holds nothing is no secret', async () => {
    for (const text of ['', '\n', '\r\n']) {
      await writeFile(join(folder, 'nothing'), text)
      await expect(settings(sasl('${file:./nothing}'))).rejects.toMatchObject({
        kind: 'config',
        code: 'GR-CONFIG-REFERENCE',
        message: `georep.yaml:3:80: "${join(folder, 'nothing')}" is empty`,
      })
    }
  })

  it('reads certificates, relative to the file', async () => {
    const { tls } = await settings('{ bootstrap: ["a:1"], tls: { ca: ./ca.pem, skipHostnameCheck: true } }')
    expect(tls).toEqual({
      ca: certificate,
      cert: undefined,
      key: undefined,
      isHostnameChecked: false,
    })
    expect((await settings('{ bootstrap: ["a:1"], tls: {} }')).tls).toEqual({
      ca: undefined,
      cert: undefined,
      key: undefined,
      isHostnameChecked: true,
    })
    await expect(settings('{ bootstrap: ["a:1"], tls: { ca: ca.der } }')).rejects.toMatchObject({
      message: expect.stringContaining('is not a PEM file') as string,
    })
    await expect(settings('{ bootstrap: ["a:1"], tls: { ca: none.pem } }')).rejects.toMatchObject({
      code: 'GR-CONFIG-REFERENCE',
    })
  })

  it('knows the clusters of the file only', async () => {
    await expect(settings('{ bootstrap: ["a:1"] }', {}, 'esat')).rejects.toMatchObject({
      kind: 'usage',
      code: 'GR-CLUSTER-UNKNOWN',
      message: expect.stringContaining('(did you mean "east"?)') as string,
      stateNow: 'the file names west, east',
    })
    await expect(settings('{ bootstrap: ["a:1"] }', {}, 'constructor')).rejects.toMatchObject({
      code: 'GR-CLUSTER-UNKNOWN',
    })
  })
})
