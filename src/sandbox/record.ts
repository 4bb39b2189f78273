import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { GeorepError } from '../core/errors.ts'
import type { SandboxDeps } from './deps.ts'
import { recordsFolder } from './folders.ts'

const port = z.int().min(1).max(65_535)

const schema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(/^[a-z0-9]+$/),
  name: z.string(),
  hostname: z.string(),
  /** Data, logs and everything else of the brokers; removed with the sandbox. */
  folder: z.string().startsWith('/'),
  createdAt: z.iso.datetime(),
  kafkaVersion: z.string(),
  /** Without it, the sandbox stays until it is taken down; with it, it goes when the owner has. */
  owner: z.strictObject({ pid: z.int().positive(), startedAt: z.string() }).nullable(),
  /** TLS, SCRAM and an authorizer: secure/places.ts tells where the secrets are. */
  isSecure: z.boolean().optional(),
  /** The network between the two regions; without it they are as near as one machine is. */
  wan: z
    .strictObject({ roundTripMs: z.number().nonnegative(), bytesPerSecond: z.number().positive().optional() })
    .optional(),
  /** Kafka Connect, attached to the last cluster. */
  connect: z
    .strictObject({
      isExactlyOnce: z.boolean(),
      jvmOptions: z.array(z.string()).optional(),
      workers: z.array(z.strictObject({ id: z.int().positive(), port })).min(1),
    })
    .optional(),
  clusters: z.array(
    z.strictObject({
      name: z.string(),
      region: z.string(),
      clusterId: z.string(),
      jvmOptions: z.array(z.string()),
      brokers: z.array(
        z.strictObject({
          nodeId: z.int().positive(),
          port,
          controllerPort: port,
          /** Of the extra listeners, by their names. */
          ports: z.record(z.string(), port),
          /** Where the WAN takes in what is for this broker. */
          wanPort: port.optional(),
        }),
      ),
    }),
  ),
})

/** What is known of a sandbox apart from its processes, which are found by their markers. */
export type SandboxRecord = z.infer<typeof schema>
export type ClusterRecord = SandboxRecord['clusters'][number]
export type WanRecord = NonNullable<SandboxRecord['wan']>
export type ConnectRecord = NonNullable<SandboxRecord['connect']>
export type WorkerRecord = ConnectRecord['workers'][number]
export type BrokerRecord = ClusterRecord['brokers'][number]

const staleMs = 3_600_000

export function recordFile(name: string, deps: Pick<SandboxDeps, 'env' | 'home' | 'platform'>): string {
  return join(recordsFolder(deps), `${name}.json`)
}

/** The georep.yaml that names a sandbox's clusters. */
export function configFile(name: string, deps: Pick<SandboxDeps, 'env' | 'home' | 'platform'>): string {
  return join(recordsFolder(deps), `${name}.yaml`)
}

/**
 * Undefined when there is no sandbox of that name.
 *
 * @throws GeorepError for a record that cannot be read
 */
export async function readRecord(name: string, deps: SandboxDeps): Promise<SandboxRecord | undefined> {
  const file = recordFile(name, deps)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(name, file, error)
  }
  try {
    const record = schema.parse(JSON.parse(text))
    if (record.name !== name || !isOwnFolder(record)) throw new Error('it does not describe that sandbox')
    return record
  } catch (error) {
    throw unreadable(name, file, error)
  }
}

/** All sandboxes on record, and the names of those whose record cannot be read: nothing of theirs may be touched. */
export async function readRecords(
  deps: SandboxDeps,
): Promise<{ readonly records: readonly SandboxRecord[]; readonly unreadable: readonly string[] }> {
  const files = await readdir(recordsFolder(deps)).catch(() => [])
  const records: SandboxRecord[] = []
  const unreadable: string[] = []
  for (const name of files.filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'))) {
    try {
      const record = await readRecord(name, deps)
      if (record !== undefined) records.push(record)
    } catch {
      unreadable.push(name)
    }
  }
  return { records, unreadable }
}

/** Writes the first record of a sandbox; false when the name is taken. Of two at once, one wins. */
export async function claimRecord(record: SandboxRecord, deps: SandboxDeps): Promise<boolean> {
  const draft = await writeDraft(record, deps)
  try {
    await link(draft, recordFile(record.name, deps))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

export async function replaceRecord(record: SandboxRecord, deps: SandboxDeps): Promise<void> {
  await rename(await writeDraft(record, deps), recordFile(record.name, deps))
}

/** Does nothing when the name has gone to another sandbox meanwhile. */
export async function removeRecord(record: SandboxRecord, deps: SandboxDeps): Promise<void> {
  const current = await readRecord(record.name, deps)
  if (current?.id !== record.id) return
  await rm(configFile(record.name, deps), { force: true })
  await rm(recordFile(record.name, deps), { force: true })
}

/** Removes what a georep left that was killed while it wrote a record. */
export async function removeStaleDrafts(deps: SandboxDeps): Promise<void> {
  const folder = recordsFolder(deps)
  for (const file of await readdir(folder).catch(() => [])) {
    if (!file.endsWith('.tmp')) continue
    const written = await stat(join(folder, file)).catch(() => undefined)
    const ageMs = deps.time.now().getTime() - (written?.mtimeMs ?? Infinity)
    if (ageMs > staleMs) await rm(join(folder, file), { force: true })
  }
}

async function writeDraft(record: SandboxRecord, deps: SandboxDeps): Promise<string> {
  const folder = recordsFolder(deps)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `.${record.name}.${deps.newId()}.tmp`)
  await writeFile(draft, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 })
  return draft
}

/** A folder is removed with all that is in it, so that it must be one that a sandbox made. */
function isOwnFolder({ folder, name, id }: SandboxRecord): boolean {
  return basename(folder) === folderName(name, id)
}

export function folderName(name: string, id: string): string {
  return `georep-sandbox-${name}-${id}`
}

function unreadable(name: string, file: string, cause: unknown): GeorepError {
  return new GeorepError('failed', 'GR-SANDBOX-RECORD', `the record of sandbox "${name}" cannot be read: "${file}"`, {
    next: `remove "${file}" and end what is left of the sandbox by hand`,
    cause,
  })
}
