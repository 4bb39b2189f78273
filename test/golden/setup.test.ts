import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { saveRun } from '../../src/history/save.ts'
import { certificate } from '../support/certificate.ts'
import { capturedContext, run } from '../support/context.ts'
import { expectGolden } from './golden.ts'

// What `config` and `history` print, table and JSON, and the errors of a file that is wrong in every way.

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'georep-golden-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const golden = async (name: string, argv: readonly string[]): Promise<void> => {
  const { code, out, err } = await run(argv, { cwd: folder })
  const text = `$ georep ${argv.join(' ')}\n--- stdout\n${out}--- stderr\n${err}--- exit ${code}\n`
  expectGolden(`${name}.txt`, text.replaceAll(folder, '<folder>').replace(/[0-9a-f]{64}/g, '<hash>'))
}

const good = `clusters:
  east: { bootstrap: [kafka-east:9092, "\${env:EAST}"], region: us-east-1 }
  west:
    bootstrap: ["[::1]:9092"]
    region: us-west-2
    sasl: { mechanism: SCRAM-SHA-512, username: georep, password: "\${env:WEST_PASSWORD}" }
    tls: { ca: ./ca.pem, cert: c.pem, key: k.pem, keyPassword: "\${env:KEY}", skipHostnameCheck: true }
  north:
    bootstrap: [n:1]
    sasl: { mechanism: PLAIN, username: u, password: "hunter2-\${env:REST}" }
    connect: { url: "https://connect:8083/api", username: u, password: "hunter2-\${env:REST}", tls: { ca: ca.pem, cert: c.pem, key: k.pem, keyPassword: "\${env:KEY}" } }
  south:
    bootstrap: [s:1]
    connect: { url: "http://hunter2:hunter2@\${env:CONNECT}/?key=hunter2" }
defaults: { groups: ["orders-*", billing] }
objectives:
  rto: 30s
  rpoRecords: 0
  lag: 1m
  topics: { "orders-*": { lag: 5s } }
  groups: { billing: { lag: 10s } }
`

const bad = `clusters:
  East: { bootstrap: [kafka-east:9092] }
  east:
    bootstap: [a:9092]
    bootstrap: [kafka-east, 9092, "x:0"]
    sasl: { mechanism: SCRAM, username: 3, password: "hunter2\${enf:X}" }
  west:
    bootstrap: kafka:9092
    tls: { cert: a.pem }
    sasl: { username: u }
    connect: { url: "http://u:hunter2@a:1", username: u, pasword: hunter2 }
  south:
    bootstrap: [s:1]
    connect: { url: "http://a:1/?key=hunter2", tls: { cert: a } }
  north:
default: {}
objectives: { rto: 60, lag: 5x, rpoRecords: -1 }
`

describe('config', () => {
  beforeAll(async () => {
    await writeFile(join(folder, 'georep.yaml'), good)
    for (const name of ['ca.pem', 'c.pem', 'k.pem']) await writeFile(join(folder, name), certificate, { mode: 0o600 })
    await writeFile(join(folder, 'bad.yaml'), bad)
    await writeFile(join(folder, 'torn.yaml'), 'clusters:\n  east: { bootstrap: [hunter2:1 }\n  b: [')
  })
  it('validate', async () => {
    await golden('config-validate', ['config', 'validate'])
  })
  it('validate, every problem at once', async () => {
    await golden('config-validate-bad', ['config', 'validate', '--config', 'bad.yaml'])
  })
  it('validate, the same as JSON', async () => {
    await golden('config-validate-bad-json', ['config', 'validate', '--config', 'bad.yaml', '-o', 'json'])
  })
  it('validate, no YAML at all', async () => {
    await golden('config-validate-torn', ['config', 'validate', '--config', 'torn.yaml'])
  })
  it('show', async () => {
    await golden('config-show', ['config', 'show'])
  })
  it('show as JSON', async () => {
    await golden('config-show-json', ['config', 'show', '-o', 'json'])
  })
})

describe('history', () => {
  const dir = ['--history-dir', 'runs']
  beforeAll(async () => {
    const { context } = capturedContext()
    const save = async (id: string, day: number, rest: object): Promise<void> => {
      const startedAt = `2026-01-0${day}T10:00:00.000Z`
      const data = {
        kind: 'drill',
        mode: 'sandbox',
        scope: 'east-west',
        status: 'completed',
        startedAt,
        endedAt: startedAt,
        georepVersion: '0.1.0',
      } as const
      await saveRun(join(folder, 'runs'), { id, data: { ...data, verdict: 'pass', ...rest } }, context)
    }
    await save('aa11', 1, {
      rto: { serviceMs: { value: 4210, error: 60, unit: 'ms', why: null } },
      rpo: { records: { value: 12, error: null, unit: 'records', why: null } },
    })
    await save('aa22', 2, {
      verdict: 'unknown',
      rto: { serviceMs: { value: null, error: null, unit: 'ms', why: 'lost' } },
    })
    await save('bb33', 3, { verdict: 'fail', scope: 'hostile \u001b[2J' })
    await writeFile(join(folder, 'runs', 'notes.json'), '{"a":1}')
    await writeFile(join(folder, 'runs', 'torn.json'), '{"schema":"geo')
  })
  it('list', async () => {
    await golden('history-list', ['history', 'list', ...dir])
  })
  it('list as JSON', async () => {
    await golden('history-list-json', ['history', 'list', '-o', 'json', ...dir])
  })
  it('list, nothing there', async () => {
    await golden('history-list-empty', ['history', 'list', '--history-dir', 'none'])
  })
  it('show', async () => {
    await golden('history-show', ['history', 'show', 'aa11', ...dir])
  })
  it('show as JSON, what the terminal would obey escaped', async () => {
    await golden('history-show-json', ['history', 'show', 'b', '-o', 'json', ...dir])
  })
  it('show, not enough of the id', async () => {
    await golden('history-show-ambiguous', ['history', 'show', 'aa', ...dir])
  })
  it('show, no such run', async () => {
    await golden('history-show-unknown', ['history', 'show', 'zz', ...dir])
  })
})
