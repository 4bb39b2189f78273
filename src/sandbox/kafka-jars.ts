import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GeorepError, messageOf } from '../core/errors.ts'
import type { Report, SandboxDeps } from './deps.ts'
import { cacheFolder } from './folders.ts'
import { lastLines, runCommand } from './run-command.ts'

const mavenTimeoutMs = 900_000
/** A georep that is still filling the cache is not older than this. */
const staleMs = 2 * mavenTimeoutMs

export interface KafkaJars {
  readonly version: string
  /** Jars, by absolute paths. */
  readonly classpath: readonly string[]
  /** Ours, beside the jars; undefined for a `KAFKA_HOME`, where nothing is written. */
  readonly cache: string | undefined
}

interface Options {
  readonly report: Report
  readonly signal: AbortSignal
  /** Fills a folder with the jars of a version. Maven does, but in tests. */
  readonly fetch?: (version: string, folder: string) => Promise<void>
}

/**
 * The jars of Apache Kafka: of `KAFKA_HOME` as it is, else of the user's cache folder, which Maven fills once per version.
 *
 * A cache folder that exists is complete: it is filled under another name and renamed. Of two that fill it at once,
 * the second throws its own away.
 */
export async function resolveKafkaJars(deps: SandboxDeps, { report, signal, fetch }: Options): Promise<KafkaJars> {
  const home = deps.env['KAFKA_HOME'] ?? ''
  if (home !== '') return await jarsOfKafkaHome(home)
  const pomText = await readFile(pomOf(deps), 'utf8').catch((cause: unknown) => {
    throw new GeorepError('failed', 'GR-INSTALLATION', `what names the Kafka that the sandbox fetches cannot be read: ${messageOf(cause)}`, {
      next: 'install georep again, or set KAFKA_HOME to an unpacked Apache Kafka',
      cause,
    }) // prettier-ignore
  })
  const version = versionWanted(deps.env['GEOREP_KAFKA_VERSION'], pomText)
  // The pom may name other jars one day; what was fetched for this one is not what that one wants.
  const pomHash = createHash('sha256').update(pomText).digest('hex').slice(0, 8)
  const cache = join(cacheFolder(deps), `kafka-${version}-${pomHash}`)
  if (!(await isFolder(cache))) {
    report(`fetching Apache Kafka ${version} from Maven Central, once (into ${cache})`)
    const fill = fetch ?? (async (wanted, folder) => { await fetchWithMaven(wanted, folder, deps, signal) }) // prettier-ignore
    await fillCache(cache, deps, async (folder) => {
      await fill(version, folder)
    })
  }
  const classpath = await jarsIn(join(cache, 'libs'))
  if (brokerVersion(classpath) !== version) throw broken(`"${cache}" lacks the broker of Kafka ${version}`, cache)
  return { version, classpath, cache }
}

async function fillCache(cache: string, deps: SandboxDeps, fill: (libs: string) => Promise<void>): Promise<void> {
  await removeStale(cache, deps)
  const draft = `${cache}.${deps.newId()}.tmp`
  await mkdir(join(draft, 'libs'), { recursive: true })
  try {
    await fill(join(draft, 'libs'))
    await rename(draft, cache)
  } catch (error) {
    if (!(await isFolder(cache))) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** What a georep left that was killed while it filled the cache. */
async function removeStale(cache: string, deps: SandboxDeps): Promise<void> {
  const parent = join(cache, '..')
  for (const entry of await readdir(parent).catch(() => [])) {
    if (!entry.startsWith('kafka-') || !entry.endsWith('.tmp')) continue
    const made = await stat(join(parent, entry)).catch(() => undefined)
    const ageMs = deps.time.now().getTime() - (made?.mtimeMs ?? Infinity)
    if (ageMs > staleMs) await rm(join(parent, entry), { recursive: true, force: true })
  }
}

async function fetchWithMaven(version: string, folder: string, deps: SandboxDeps, signal: AbortSignal): Promise<void> {
  const args = [
    ...['-q', '-B', '-ntp', '-f', pomOf(deps), `-Dkafka.version=${version}`],
    ...['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
  ]
  const result = await runCommand('mvn', args, { env: deps.env, timeoutMs: mavenTimeoutMs, signal })
  const withoutMaven = 'or set KAFKA_HOME to an unpacked Apache Kafka'
  if (result === undefined) {
    throw new GeorepError('failed', 'GR-NO-MAVEN', 'Maven fetches Kafka for the sandbox, and there is no "mvn"', {
      next: `install Maven, ${withoutMaven}`,
    })
  }
  if (result.code !== 0) {
    const errors = result.output.split('\n').filter((line) => /^\[(ERROR|FATAL)\] \S/.test(line))
    throw new GeorepError('failed', 'GR-KAFKA-NOT-FETCHED', `Maven could not fetch Kafka "${version}"`, {
      stateNow: errors.length === 0 ? lastLines(result.output, 8) : errors.slice(0, 4).join('\n'),
      next: `check the network, Maven's settings and GEOREP_KAFKA_VERSION, ${withoutMaven}`,
    })
  }
}

async function jarsOfKafkaHome(home: string): Promise<KafkaJars> {
  const classpath = await jarsIn(join(home, 'libs'))
  const version = brokerVersion(classpath)
  if (version === undefined) {
    throw new GeorepError('config', 'GR-KAFKA-HOME', `KAFKA_HOME "${home}" has no Kafka broker under "libs"`, {
      next: 'set KAFKA_HOME to an unpacked Apache Kafka, or unset it to have Kafka fetched',
    })
  }
  return { version, classpath, cache: undefined }
}

/** `GEOREP_KAFKA_VERSION`, else the version that the pom names. */
export function versionWanted(override: string | undefined, pomText: string): string {
  const version = override === undefined || override === '' ? pomVersion(pomText) : override
  if (/^\d+\.\d+\.\d+(-[a-z0-9]+)?$/.test(version)) return version
  throw new GeorepError('config', 'GR-KAFKA-VERSION', `GEOREP_KAFKA_VERSION "${version}" is not a version of Kafka`, {
    next: 'set it to a version such as 4.3.1, or unset it',
  })
}

function pomOf({ packageFolder }: SandboxDeps): string {
  return join(packageFolder, 'pom.xml')
}

function pomVersion(pomText: string): string {
  const version = /<kafka\.version>([^<]+)<\/kafka\.version>/.exec(pomText)?.[1]
  if (version === undefined) throw new Error('pom.xml names no kafka.version')
  return version
}

function brokerVersion(classpath: readonly string[]): string | undefined {
  return classpath
    .map((jar) => /\/kafka_2\.\d+-(\d[^/]*)\.jar$/.exec(jar)?.[1])
    .find((version) => version !== undefined)
}

async function jarsIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => [])
  // In one order always: a class archive is good for one class path only.
  return files.filter((file) => file.endsWith('.jar')).toSorted().map((file) => join(folder, file)) // prettier-ignore
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

function broken(message: string, cache: string): GeorepError {
  return new GeorepError('failed', 'GR-KAFKA-CACHE', message, { next: `rm -r ${cache}` })
}
