import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { parsed, run } from '../support/context.ts'

it.each([
  [':9464', undefined, 9464],
  ['127.0.0.1:0', '127.0.0.1', 0],
  ['[::1]:65535', '::1', 65_535],
  ['metrics-1.example:9464', 'metrics-1.example', 9464],
])('%s is an address', async (text, host, port) => {
  const { code, options } = await parsed(['link', 'run', 'a-b', '--metrics', text])
  expect({ code, options }).toMatchObject({ code: 0, options: { metrics: { text, host, port } } })
})

it.each([
  '9464',
  ':',
  'host:',
  ':65536',
  ':99999999',
  ':-1',
  ':9464/',
  '::1:9464',
  '[::1]',
  '[x]:1',
  '-h:1',
  'http://h:1',
  ' :1',
  '',
])('%j is none', async (text) => {
  const { code, out, err, options } = await parsed(['link', 'run', 'a-b', `--metrics=${text}`])
  expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
  expect(err).toContain('Expected an address such as :9464, 127.0.0.1:9464 or [::1]:9464')
})

it('an address for metrics that is taken ends the run before georep.yaml is looked for', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = `127.0.0.1:${(other.address() as AddressInfo).port}`
  const { code, out, err } = await run(['link', 'run', 'east-west', '--metrics', address])
  other.close()
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toBe(
    `error GR-METRICS-ADDRESS: cannot listen on "${address}": something else listens there\n` +
      '  state now: the link was not touched\n' +
      '  next: give another address with --metrics, or end what listens there\n',
  )
})

it.each([
  [['--log-format', 'json'], 'GR-CONFIG-MISSING', 'config'],
  [['--log-format=json', '--metrics', 'x'], 'GR-USAGE', 'usage'],
])('with %j an error is a JSON line too, whatever it is', async (more, code, kind) => {
  const ran = await run(['link', 'run', 'east-west', ...more])
  expect({ code: ran.code, out: ran.out }).toEqual({ code: 2, out: '' })
  expect(ran.err).toMatch(/^[^\n]+\n$/)
  const line = JSON.parse(ran.err) as object
  expect(line).toMatchObject({ time: '2026-01-02T03:04:05.000Z', level: 'error', event: 'error', code, kind })
  expect(Object.keys(line)).toEqual(['time', 'level', 'event', 'code', 'kind', 'message', 'stateNow', 'data', 'next'])
})
