import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { certificate } from '../../test/support/certificate.ts'
import type { ConnectSettings } from '../connect/settings.ts'
import { connectSettings } from './connect-settings.ts'
import { loadConfig } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-connect-'))
  await writeFile(join(folder, 'ca.pem'), certificate)
  await writeFile(join(folder, 'secret'), 'from file\n')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function settings(
  connect: string,
  url?: string,
  env: Record<string, string> = {},
): Promise<ConnectSettings | undefined> {
  const file = join(folder, 'georep.yaml')
  await writeFile(file, `clusters:\n  east: { bootstrap: ["a:1"] }\n  west: { bootstrap: ["b:1"]${connect} }\n`)
  const config = await loadConfig(file, { env: {}, cwd: '/', home: '/' })
  expect(await connectSettings(config, 'east', undefined, { env })).toBeUndefined()
  return await connectSettings(config, 'west', url, { env })
}

const full =
  ', connect: { url: "https://c:8083/api", username: "${env:U}", password: "${file:secret}", tls: { ca: ca.pem } }'
const known = { username: 'ann', password: 'from file' }
const tls = { ca: [certificate] }

it('is what the file says, with what it refers to', async () => {
  expect(await settings('')).toBeUndefined()
  expect(await settings(', connect: { url: "http://c:8083" }')).toEqual({
    url: 'http://c:8083',
    credentials: undefined,
    tls: undefined,
  })
  expect(await settings(full, undefined, { U: 'ann' })).toEqual({ url: 'https://c:8083/api', credentials: known, tls })
  expect(await settings(', connect: { url: "${env:C}" }', undefined, { C: 'http://c:1' })).toMatchObject({
    url: 'http://c:1',
  })
})

it('gives credentials and authority to the address that they stand beside, and to no other', async () => {
  expect(await settings(full, 'https://C:8083/api/', { U: 'ann' })).toEqual({
    url: 'https://c:8083/api',
    credentials: known,
    tls,
  })
  for (const url of ['https://c:8084/api', 'http://c:8083/api', 'https://c.evil:8083/api', 'https://c:8083/']) {
    expect(await settings(full, url, { U: 'ann' })).toEqual({ url, credentials: undefined, tls: undefined })
  }
  expect(await settings('', 'http://other:1')).toEqual({
    url: 'http://other:1',
    credentials: undefined,
    tls: undefined,
  })
})

it('names what is missing, and quotes nothing of what may be a secret', async () => {
  await expect(settings(full)).rejects.toMatchObject({
    code: 'GR-CONFIG-REFERENCE',
    message: 'georep.yaml:3:79: environment variable "U" is not set',
  })
  const refers = settings(', connect: { url: "${env:C}" }', undefined, { C: 'http://u:hunter2@c:1' })
  await expect(refers).rejects.toMatchObject({
    code: 'GR-CONFIG-INVALID',
    message: 'georep.yaml:3:47: what it refers to is no http(s) URL without user, query and fragment',
  })
})
