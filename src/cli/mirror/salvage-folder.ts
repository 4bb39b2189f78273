import { constants, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { GeorepError, messageOf } from '../../core/errors.ts'
import {
  type Digest,
  Digester,
  linesOf,
  type SalvageAbout,
  type SalvageRange,
  type SalvageStore,
  type SavedPartition,
  type TopicSalvage,
} from '../../engines/salvage.ts'
import { syncFolder, writeWhole } from '../../history/write.ts'
import type { Context } from '../context.ts'
import { documentText } from '../document.ts'

// A salvage on disk: a folder for each topic, with a manifest, a file of JSON lines for each partition unless a topic has the records, and what the topic had
// beside them.

const manifestName = 'manifest.json'
const schema = 'georep.salvage/1'
const chunkBytes = 256 * 1024

const decimal = z.string().regex(/^\d+$/).transform(BigInt)
const manifest = z.object({
  schema: z.literal(schema),
  data: z.object({
    cluster: z.object({ clusterId: z.string() }),
    topic: z.string(),
    topicId: z.string(),
    partitions: z.array(z.object({ partition: z.int(), from: decimal })),
  }),
})

type Deps = Pick<Context, 'newId' | 'time'>

/**
 * Keeps records below this folder, which is made when it is not there. Only its owner may read what is written.
 *
 * @param recordsIn the topic that has the records, where the folder has but what is beside them
 */
export function salvageFolder(dir: string, deps: Deps, recordsIn: string | null = null): SalvageStore {
  return {
    look: async (about) => {
      const folder = join(dir, about.topic)
      if (existsSync(folder)) await requireOwn(folder, about)
    },
    open: async (about, { signal }) => {
      const folder = join(dir, about.topic)
      await onDisk(folder, async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await syncFolder(dir)
        await syncFolder(dirname(dir))
      })
      await requireOwn(folder, about)
      const salvage = new SalvageFolder(folder, about, recordsIn, deps, signal)
      await salvage.begin()
      return salvage
    },
  }
}

class SalvageFolder implements TopicSalvage {
  readonly #folder: string
  readonly #about: SalvageAbout
  readonly #recordsIn: string | null
  readonly #deps: Deps
  readonly #signal: AbortSignal

  constructor(folder: string, about: SalvageAbout, recordsIn: string | null, deps: Deps, signal: AbortSignal) {
    this.#folder = folder
    this.#about = about
    this.#recordsIn = recordsIn
    this.#deps = deps
    this.#signal = signal
  }

  /** From here on the folder is known for this topic's. */
  async begin(): Promise<void> {
    await this.#writeManifest(
      null,
      this.#about.partitions.map((range) => ({ ...range, records: null, sha256: null })),
    )
  }

  readonly keep: TopicSalvage['keep'] = async ({ settings, acls, offsets }) => {
    const { cluster, topic, topicId } = this.#about
    const about = { cluster: cluster.name, clusterId: cluster.clusterId }
    const beside = { ...about, topic, topicId, settings: Object.fromEntries(settings), acls }
    await this.#write('topic.json', documentText('json', 'georep.salvage-topic/1', beside))
    // As offset export writes it, so that offset import reads it.
    const exported = { ...about, exportedAt: this.#now(), offsets }
    await this.#write('offsets.json', documentText('json', 'georep.offset-export/1', exported))
  }

  readonly write: TopicSalvage['write'] = async (partition, records) => {
    const file = this.#file(partition)
    const scratch = `${file}.part`
    return await onDisk(file, async () => {
      await rm(scratch, { force: true })
      const handle = await open(scratch, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
      let digest: Digest
      try {
        digest = await this.#writeLines(handle, linesOf(records))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(scratch, file)
      await syncFolder(this.#folder)
      return digest
    })
  }

  readonly read: TopicSalvage['read'] = async (partition) => {
    const file = this.#file(partition)
    return await onDisk(file, async () => {
      const digester = new Digester()
      const handle = await open(file, constants.O_RDONLY)
      for await (const bytes of handle.createReadStream({ highWaterMark: chunkBytes })) {
        this.#signal.throwIfAborted()
        digester.take(bytes as Buffer)
      }
      return digester.digest()
    })
  }

  readonly verified: TopicSalvage['verified'] = async (partitions) => {
    await this.#writeManifest(this.#now(), partitions)
  }

  async #writeLines(handle: FileHandle, lines: AsyncIterable<string>): Promise<Digest> {
    const digester = new Digester()
    let waiting: Buffer[] = []
    let waitingBytes = 0
    const flush = async (): Promise<void> => {
      const bytes = Buffer.concat(waiting)
      waiting = []
      waitingBytes = 0
      digester.take(bytes)
      await handle.writeFile(bytes)
    }
    for await (const line of lines) {
      this.#signal.throwIfAborted()
      const bytes = Buffer.from(line)
      waiting.push(bytes)
      waitingBytes += bytes.length
      if (waitingBytes >= chunkBytes) await flush()
    }
    await flush()
    return digester.digest()
  }

  async #writeManifest(
    verifiedAt: string | null,
    partitions: readonly (SavedPartition | (SalvageRange & { readonly records: null; readonly sha256: null }))[],
  ): Promise<void> {
    const { link, cluster, topic, topicId } = this.#about
    const recordsIn = this.#recordsIn
    const files = partitions.map((one) => ({ ...one, file: recordsIn === null ? fileName(one.partition) : null }))
    const data = { link, cluster, topic, topicId, writtenAt: this.#now(), verifiedAt, recordsIn, partitions: files }
    await this.#write(manifestName, documentText('json', schema, data))
  }

  async #write(name: string, text: string): Promise<void> {
    const hold = async (): Promise<void> => { await Promise.resolve() } // prettier-ignore
    await onDisk(join(this.#folder, name), async () => { await writeWhole(this.#folder, name, text, { ...this.#deps, hold }) }) // prettier-ignore
  }

  #file(partition: number): string {
    return join(this.#folder, fileName(partition))
  }

  #now(): string {
    return this.#deps.time.now().toISOString()
  }
}

function fileName(partition: number): string {
  return `partition-${partition}.jsonl`
}

/** @throws GeorepError "refused" GR-SALVAGE-TAKEN */
async function requireOwn(folder: string, { cluster, topicId, topic, partitions }: SalvageAbout): Promise<void> {
  const names = await onDisk(folder, async () => await readdir(folder))
  // What was killed before its manifest had its name has nothing else.
  if (names.every((name) => name.startsWith('.tmp-'))) return
  if (!names.includes(manifestName)) throw taken(folder, 'has files, and no manifest of a salvage')
  const text = await onDisk(folder, async () => await readFile(join(folder, manifestName), 'utf8'))
  const found = manifest.safeParse(parsed(text))
  if (!found.success) throw taken(folder, 'has a manifest that cannot be read')
  const { data } = found.data
  if (data.topicId !== topicId || data.cluster.clusterId !== cluster.clusterId) throw taken(folder, `holds the salvage of another topic "${topic}"`) // prettier-ignore
  for (const { partition, from } of data.partitions) {
    const now = partitions.find((one) => one.partition === partition)
    if (now !== undefined && now.from <= from) continue
    const what = `what the cluster has not any more: partition ${partition} from offset ${from.toString()} on`
    throw taken(folder, `holds ${what}`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function taken(folder: string, why: string): GeorepError {
  return new GeorepError('refused', 'GR-SALVAGE-TAKEN', `"${folder}" ${why}`, {
    stateNow: 'nothing in it was changed, and nothing was deleted',
    next: 'name another folder with --salvage',
  })
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    // What comes from the cluster, or was ended, is not the disk's.
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause
    throw new GeorepError('failed', 'GR-SALVAGE-FILE', `"${path}" cannot be written or read: ${messageOf(cause)}`, {
      stateNow: 'nothing was deleted',
      next: 'name another folder with --salvage',
      cause,
    })
  }
}
