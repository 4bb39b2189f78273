import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsed, run } from '../support/context.ts'

describe('the options of a drill', () => {
  it('have defaults', async () => {
    expect((await parsed(['drill', '--sandbox'])).options).toMatchObject({
      ...{ sandbox: true, measureRpo: true, partitions: 3, output: 'table' },
      ...{ canaryInterval: 100, probeInterval: 500, probeFailures: 3, steady: 3_000, hold: 3_000 },
    })
    const { options } = await parsed(['drill'])
    expect(options).toMatchObject({ sandbox: false })
    for (const name of ['link', 'rto', 'rpo', 'rpoRecords', 'holdBack', 'historyDir']) expect(options).not.toHaveProperty(name) // prettier-ignore
  })

  it('are read with their units', async () => {
    const argv = 'drill --link east-west --rto 60s --rpo 500ms --rpo-records 0 --partitions 6 --canary-interval 50ms'
    expect((await parsed(argv.split(' '))).options).toMatchObject({
      ...{ link: 'east-west', rto: 60_000, rpo: 500, rpoRecords: 0n, partitions: 6, canaryInterval: 50 },
    })
    expect((await parsed(['drill', '--sandbox', '--hold-back', '25'])).options).toMatchObject({ holdBack: 25n })
  })

  it.each([
    [['--rto', '60'], 'Expected a duration with a unit'],
    [['--rto', '-1s'], 'Expected a duration with a unit'],
    [['--rpo', '0s'], 'Expected a duration above zero'],
    [['--rpo-records', '-1'], 'Expected a whole number'],
    [['--rpo-records', '1.5'], 'Expected a whole number'],
    [['--hold-back', 'all'], 'Expected a whole number'],
    [['--partitions', '0'], 'Expected a whole number above zero'],
    [['--canary-interval', '0ms'], 'Expected a duration above zero'],
    [['--probe-failures', '0'], 'Expected a whole number above zero'],
    [['--steady', '3'], 'Expected a duration with a unit'],
    [['--brokers', '2'], 'Expected 1 or 3'],
    [['--wan-latency', '80'], 'Expected a duration with a unit'],
    [['--wan-bandwidth', '20MB'], 'Expected a size a second'],
    [['--link', 'East'], 'Expected the name of a link'],
    [['-o', 'xml'], 'Expected table, json, yaml or tsv'],
    [['--no-measure-rpo'], 'unknown option "--no-measure-rpo"'],
    [['east-west'], 'unknown command "east-west"'],
  ])('%j is refused with 2', async (flags, message) => {
    const { code, out, err, options } = await parsed(['drill', ...flags])
    expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
    expect(err).toContain(message)
    expect(err).toMatch(/\n {2}next: georep drill --help\n$/)
  })
})

describe('what does not go together is refused with 2, and nobody is contacted', () => {
  let folder: string
  let server: Server
  let connections = 0
  beforeAll(async () => {
    server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    folder = await mkdtemp(join(tmpdir(), 'georep-argv-'))
    const entry = `{ bootstrap: ["127.0.0.1:${port}"] }`
    await writeFile(join(folder, 'georep.yaml'), `clusters:\n  east: ${entry}\n  west: ${entry}\n`)
    await writeFile(join(folder, 'torn.yaml'), 'clusters: [')
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })

  it.each([
    [['--sandbox', '--link', 'east-west'], 'GR-USAGE', '--link'],
    [['--sandbox', '--config', 'georep.yaml'], 'GR-USAGE', '--config'],
    [['--hold-back', '1'], 'GR-USAGE', '--hold-back'],
    [['--hold-back', '1', '--link', 'east-west'], 'GR-USAGE', '--hold-back'],
    [['--brokers', '3'], 'GR-USAGE', '--brokers'],
    [['--wan-latency', '80ms'], 'GR-USAGE', '--wan-latency'],
    [['--wan-bandwidth', '20MB/s'], 'GR-USAGE', '--wan-bandwidth'],
    [['--lose-broker-first'], 'GR-USAGE', '--lose-broker-first'],
    [['--sandbox', '--lose-broker-first'], 'GR-USAGE', '--brokers 3'],
    [['--sandbox', '--brokers', '1', '--lose-broker-first'], 'GR-USAGE', '--brokers 3'],
    [['--link', 'east-east'], 'GR-LINK-NAME', 'both sides'],
    [['--config', 'torn.yaml'], 'GR-CONFIG', 'torn.yaml'],
    [['--config', 'none.yaml'], 'GR-CONFIG', 'none.yaml'],
  ])('%j', async (flags, code, named) => {
    const before = connections
    const ran = await run(['drill', ...flags, '-o', 'json'], { cwd: folder })
    expect(ran.code).toBe(2)
    const { schema, data } = JSON.parse(ran.out) as { schema: string; data: { code: string; message: string } }
    expect(schema).toBe('georep.error/1')
    expect(data.code).toContain(code)
    expect(data.message).toContain(named)
    expect(ran.err).toMatch(/\n {2}next: /)
    expect(connections).toBe(before)
  })

  it('while a practice drill does ask the clusters of the file', async () => {
    const before = connections
    const { code, err } = await run(['drill'], { cwd: folder })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('GR-LINKS-UNSEEN') as string })
    expect(connections).toBeGreaterThan(before)
  })
})
