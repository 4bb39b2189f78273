import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { certificate } from '../../test/support/certificate.ts'
import { run } from '../../test/support/context.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-check-tls-'))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const files = {
    'ca.pem': certificate,
    'torn.pem': `${certificate}${certificate.slice(0, 200)}`,
    'none.pem': 'no certificate',
    'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'lost.properties': 'security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=gone.pem\n',
    'elsewhere.properties': 'security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=${env:CA}\n',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function validated(entry: string) {
  await writeFile(join(folder, 'georep.yaml'), `clusters:\n  east: { bootstrap: ["a:1"], ${entry} }\n`)
  return await run(['config', 'validate'], { cwd: folder })
}

it.each([
  ['tls: { ca: gone.pem }', 'REFERENCE', 'gone.pem" cannot be read: ENOENT'],
  ['tls: { ca: . }', 'REFERENCE', 'cannot be read: not a regular file'],
  ['tls: { ca: none.pem }', 'INVALID', 'none.pem" is not a PEM file'],
  ['tls: { ca: torn.pem }', 'INVALID', '"torn.pem": the certificates to trust cannot be read'],
  ['tls: { ca: key.pem }', 'INVALID', '"key.pem": the certificates to trust cannot be read: there is none'],
  ['tls: { cert: ca.pem, key: none.pem }', 'INVALID', 'none.pem" is not a PEM file'],
  ['tls: { cert: ca.pem, key: key.pem }', 'INVALID', 'certificate "ca.pem" and key "key.pem" cannot be used'],
  ["tls: { cert: none.pem, key: '${env:KEY}' }", 'INVALID', 'none.pem" is not a PEM file'],
  ["tls: { cert: '${env:CERT}', key: gone.pem }", 'REFERENCE', 'gone.pem" cannot be read'],
  ["tls: { cert: ca.pem, key: none.pem, keyPassword: '${env:PASSWORD}' }", 'INVALID', 'none.pem" is not a PEM file'],
  [
    'sasl: { mechanism: OAUTHBEARER, tokenEndpoint: "https://t/", clientId: c, clientSecret: s, ca: torn.pem }',
    'INVALID',
    '"torn.pem"',
  ],
  ['connect: { url: "https://c:1", tls: { ca: gone.pem } }', 'REFERENCE', 'gone.pem" cannot be read'],
  ['properties: lost.properties', 'REFERENCE', 'gone.pem" cannot be read'],
])('%s is bad configuration', async (entry, code, why) => {
  const { code: exit, err, out } = await validated(entry)
  expect({ exit, out }).toEqual({ exit: 2, out: '' })
  expect(err).toContain(`error GR-CONFIG-${code}: `)
  expect(err).toMatch(entry.startsWith('properties') ? /lost\.properties:3: / : /georep\.yaml:2:\d+: /)
  expect(err).toContain(why)
})

it.each([
  'tls: { ca: ca.pem }',
  "tls: { ca: '${env:CA}', cert: '${file:cert}', key: '${env:KEY}' }",
  // Whether they belong together cannot be told without the password.
  "tls: { cert: ca.pem, key: key.pem, keyPassword: '${env:PASSWORD}' }",
  'properties: elsewhere.properties',
])('%s is not, as far as can be seen', async (entry) => {
  const { code, err } = await validated(entry)
  expect(code, err).toBe(0)
})
