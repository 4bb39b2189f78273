import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemTime } from '../cli/system-time.ts'
import type { SandboxDeps } from './deps.ts'
import { resolveKafkaJars, versionWanted } from './kafka-jars.ts'

const { signal } = new AbortController()
let folder: string
let deps: SandboxDeps
let told: string[]
let ids = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'georep-jars-'))
  told = []
  deps = {
    ...{
      env: { XDG_CACHE_HOME: folder, GEOREP_KAFKA_VERSION: '4.9.9' },
      home: folder,
      platform: 'linux',
      hostname: 'h',
    },
    ...{
      tempFolder: folder,
      pid: 1,
      time: systemTime,
      newId: () => `id${ids++}`,
      self: [],
      packageFolder: join(import.meta.dirname, '../..'),
    },
    processes: { startedAt: unused, marked: unused, kill: unused },
  }
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function unused(): never {
  throw new Error('nobody expected this')
}

const report = (text: string): void => void told.push(text)

async function fetch(version: string, libs: string): Promise<void> {
  await Promise.resolve()
  for (const jar of [`kafka_2.13-${version}.jar`, 'b.jar']) writeFileSync(join(libs, jar), '')
}

it('says what to do where the file that names the version is gone from the installation', async () => {
  const without = { ...deps, packageFolder: folder }
  await expect(resolveKafkaJars(without, { report, signal, fetch })).rejects.toMatchObject({
    kind: 'failed',
    code: 'GR-INSTALLATION',
    next: expect.stringContaining('KAFKA_HOME') as string,
  })
})

it('fills the cache once, says so, and names the jars in order', async () => {
  const jars = await resolveKafkaJars(deps, { report, signal, fetch })
  expect(jars.version).toBe('4.9.9')
  expect(jars.classpath.map((jar) => jar.split('/').at(-1))).toEqual(['b.jar', 'kafka_2.13-4.9.9.jar'])
  expect(told).toHaveLength(1)
  const again = await resolveKafkaJars(deps, { report, signal, fetch: unused })
  expect(again).toEqual(jars)
  expect(told).toHaveLength(1)
})

it('a fill that fails half-way leaves nothing, and the next one succeeds', async () => {
  const half = async (version: string, libs: string): Promise<void> => {
    await fetch(version, libs)
    throw new Error('the network went away')
  }
  await expect(resolveKafkaJars(deps, { report, signal, fetch: half })).rejects.toThrow('the network went away')
  expect(readdirSync(join(folder, 'georep'))).toEqual([])
  await resolveKafkaJars(deps, { report, signal, fetch })
})

it('a fill that was killed is not taken for a whole one, and is removed when it is old', async () => {
  const never = new Promise<void>(() => undefined)
  void resolveKafkaJars(deps, { report, signal, fetch: async (version, libs) => { await fetch(version, libs); await never } }) // prettier-ignore
  await expect.poll(() => existsSync(join(folder, 'georep')) && readdirSync(join(folder, 'georep'))).toHaveLength(1)
  await resolveKafkaJars(deps, { report, signal, fetch })
  expect(readdirSync(join(folder, 'georep')).filter((entry) => entry.endsWith('.tmp'))).toHaveLength(1)

  const later = { ...systemTime, now: () => new Date(Date.now() + 7_200_000) }
  const other = { ...deps, time: later, env: { ...deps.env, GEOREP_KAFKA_VERSION: '4.9.8' } }
  await resolveKafkaJars(other, { report, signal, fetch })
  expect(readdirSync(join(folder, 'georep')).filter((entry) => entry.endsWith('.tmp'))).toEqual([])
})

it('two that fill it at once both end well', async () => {
  const both = [0, 1].map(async () => await resolveKafkaJars(deps, { report, signal, fetch }))
  const [first, second] = await Promise.all(both)
  expect(first).toEqual(second)
  expect(readdirSync(join(folder, 'georep'))).toHaveLength(1)
})

it('KAFKA_HOME is used as it is', async () => {
  const home = join(folder, 'kafka')
  mkdirSync(join(home, 'libs'), { recursive: true })
  const withHome = { ...deps, env: { KAFKA_HOME: home } }
  await expect(resolveKafkaJars(withHome, { report, signal })).rejects.toMatchObject({ code: 'GR-KAFKA-HOME' })
  writeFileSync(join(home, 'libs', 'kafka_2.13-4.1.0.jar'), '')
  expect(await resolveKafkaJars(withHome, { report, signal })).toEqual({
    version: '4.1.0',
    classpath: [join(home, 'libs', 'kafka_2.13-4.1.0.jar')],
    cache: undefined,
  })
})

it('without Maven, and with one that fails, the error says what to do', async () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const withPath = { ...deps, env: { ...deps.env, PATH: bin } }
  await expect(resolveKafkaJars(withPath, { report, signal })).rejects.toMatchObject({ code: 'GR-NO-MAVEN' })
  const script = '#!/bin/sh\necho "[ERROR] no such artifact"\necho "[ERROR] "\nexit 1\n'
  writeFileSync(join(bin, 'mvn'), script, { mode: 0o755 })
  await expect(resolveKafkaJars(withPath, { report, signal })).rejects.toMatchObject({
    code: 'GR-KAFKA-NOT-FETCHED',
    stateNow: '[ERROR] no such artifact',
  })
})

it.each(['4', '4.3', 'latest', '4.3.1; rm -rf /', '../4.3.1'])('not a version: %j', (text) => {
  expect(() => versionWanted(text, '')).toThrow(/is not a version of Kafka/)
})
it('a version, and the pom’s when none is wanted', () => {
  expect(versionWanted('4.2.0-rc1', '')).toBe('4.2.0-rc1')
  expect(versionWanted('', '<kafka.version>4.3.1</kafka.version>')).toBe('4.3.1')
})
