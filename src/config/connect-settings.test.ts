import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectSettings } from '../connect/settings.ts'
import { connectSettings } from './connect-settings.ts'
import { loadConfig } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-connect-'))
  await writeFile(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nca\n')
  await writeFile(join(folder, 'ca.der'), '0\u0082')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function settings(
  connect: string,
  url: string | undefined,
  env: Record<string, string> = {},
): Promise<ConnectSettings | undefined> {
  const file = join(folder, 'georep.yaml')
  await writeFile(file, `clusters:\n  west: { bootstrap: ["a:1"]${connect} }\n`)
  return await connectSettings(await loadConfig(file, { env: {}, cwd: '/', home: '/' }), 'west', url, { env })
}

const entry = ', connect: { url: "http://connect:8083", username: georep, password: "${env:P}", tls: { ca: ca.pem } }'
const known = {
  credentials: { username: 'georep', password: 'secret' },
  ca: '-----BEGIN CERTIFICATE-----\nca\n',
}

describe('how a Connect cluster is reached', () => {
  it('is what the entry of the cluster says, without a URL', async () => {
    expect(await settings(entry, undefined, { P: 'secret' })).toEqual({ url: 'http://connect:8083', ...known })
    expect(await settings('', undefined)).toBeUndefined()
  })

  it.each(['http://connect:8083', 'http://CONNECT:8083/'])('%s is the one of the entry', async (url) => {
    expect(await settings(entry, url, { P: 'secret' })).toEqual({ url, ...known })
  })

  it.each(['http://other:8083', 'https://connect:8083', 'http://connect:8083/path'])(
    '%s is another: no secret is read for it, and none is sent',
    async (url) => {
      expect(await settings(entry, url)).toEqual({ url, credentials: undefined, ca: undefined })
    },
  )

  it('says what cannot be read, and no secret', async () => {
    await expect(settings(entry, undefined)).rejects.toMatchObject({ code: 'GR-CONFIG-REFERENCE' })
    await expect(settings(', connect: { url: "http://c:1", tls: { ca: ca.der } }', undefined)).rejects.toMatchObject({ code: 'GR-CONFIG-INVALID' }) // prettier-ignore
    const refused: unknown = await settings(', connect: { url: "${env:U}" }', undefined, { U: 'http://me:secret@c:1' }).catch((error: unknown) => error) // prettier-ignore
    expect(refused).toMatchObject({ code: 'GR-CONFIG-INVALID' })
    expect(String(refused)).not.toContain('secret')
  })
})
