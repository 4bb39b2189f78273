import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Consumer, type Kafka } from 'kafkajs'

// What an outsider can see of a drill: processes, files, and the clusters by kafkajs. None of georep's code.

export function client(bootstrap: readonly string[]): Kafka {
  return new kafkajs.Kafka({ clientId: 'truth', brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 1_000, retry: { retries: 3, initialRetryTime: 50 } }) // prettier-ignore
}

export interface Ground {
  readonly id: string
  readonly folder: string
  readonly config: string
  readonly east: readonly string[]
  readonly west: readonly string[]
}

/** The one sandbox of a state folder, once its clusters are up. */
export function groundIn(stateFolder: string): Ground {
  const records = join(stateFolder, 'georep', 'sandbox')
  const [file = 'none'] = readdirSync(records).filter((name) => name.endsWith('.json'))
  const { name, folder, clusters } = JSON.parse(readFileSync(join(records, file), 'utf8')) as {
    readonly name: string
    readonly folder: string
    readonly clusters: readonly { readonly name: string; readonly brokers: readonly { readonly port: number }[] }[]
  }
  const bootstrap = (cluster: string): readonly string[] =>
    clusters.find((one) => one.name === cluster)!.brokers.map(({ port }) => `127.0.0.1:${port}`)
  const config = join(records, `${name}.yaml`)
  return { id: name.replace('drill-', ''), folder, config, east: bootstrap('east'), west: bootstrap('west') }
}

/** Processes whose command line has all the words. */
export function processes(...words: readonly string[]): readonly number[] {
  return execFileSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => words.every((word) => line.includes(word)))
    .map((line) => Number(/^\s*(\d+)/.exec(line)?.[1]))
}

/** When something happened, on the clock of `performance`: after `from` and before `to`. */
export interface Seen {
  readonly from: number
  readonly to: number
}

const lookEveryMs = 2

/** When the last of these processes was stopped or gone, by what the kernel says of them. */
export async function seenStopped(pids: readonly number[], signal: AbortSignal): Promise<Seen> {
  let from = performance.now()
  for (;;) {
    const at = performance.now()
    if (pids.every(isStopped)) return { from, to: performance.now() }
    from = at
    await sleep(lookEveryMs, undefined, { signal })
  }
}

export async function seenFile(file: string, signal: AbortSignal): Promise<Seen> {
  let from = performance.now()
  for (;;) {
    const at = performance.now()
    if (existsSync(file)) return { from, to: performance.now() }
    from = at
    await sleep(lookEveryMs, undefined, { signal })
  }
}

function isStopped(pid: number): boolean {
  try {
    const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
    return state === 'T' || state === 'Z' || state === 'X'
  } catch {
    return true
  }
}

/**
 * Sequences of the source's canary in the log files of its only broker, per partition as `partition/sequence`: what it had appended, whether anybody
 * was told or not. Records are not compressed, so that their text stands there as it is; the page cache outlives the process.
 */
export function appendedOnDisk({ folder, id }: Ground): ReadonlySet<string> {
  const data = join(folder, 'east-1', 'data')
  const found = new Set<string>()
  for (const name of readdirSync(data).filter((one) => one.startsWith(`georep-canary-${id}-`))) {
    for (const file of readdirSync(join(data, name)).filter((one) => one.endsWith('.log'))) {
      const text = readFileSync(join(data, name, file), 'latin1')
      const pattern = new RegExp(`"run":"${id}-source","partition":(\\d+),"seq":(\\d+),`, 'g')
      for (const [, partition, seq] of text.matchAll(pattern)) found.add(`${partition}/${seq}`)
    }
  }
  return found
}

/** All records of a topic up to where it ends now, as text. */
export async function readAll(bootstrap: readonly string[], topic: string): Promise<readonly string[]> {
  const kafka = client(bootstrap)
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  const open = new Map(ends.filter(({ high, low }) => BigInt(high) > BigInt(low)).map(({ partition, high }) => [partition, BigInt(high)])) // prettier-ignore
  const values: string[] = []
  const consumer: Consumer = kafka.consumer({ groupId: `truth-read-${Math.random().toString(36).slice(2)}`, maxWaitTimeInMs: 100 }) // prettier-ignore
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  // What ends a log may be hidden (a fence's marker): the batch tells how far the fetch came, its records do not.
  await consumer.run({
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) values.push(value?.toString() ?? '')
      if (BigInt(batch.lastOffset()) + 1n >= (open.get(batch.partition) ?? 0n)) open.delete(batch.partition)
      await Promise.resolve()
    },
  })
  const deadline = performance.now() + 15_000
  let quietSince = performance.now()
  let count = 0
  while (open.size > 0) {
    if (values.length !== count) {
      count = values.length
      quietSince = performance.now()
    }
    // Hidden offsets at the end of a log come in no batch: a second without anything more, after something, is the end.
    if (count > 0 && performance.now() - quietSince > 1_000) break
    if (performance.now() > deadline) throw new Error(`topic ${topic} was not read within 15 s`)
    await sleep(20)
  }
  await consumer.disconnect()
  return values
}

/** Sequences of a canary in what was read of its topic, as `partition/sequence`. */
export function canariesIn(values: readonly string[], run: string): ReadonlySet<string> {
  return new Set(
    values.flatMap((text) => {
      const match = /"run":"([^"]+)","partition":(\d+),"seq":(\d+),/.exec(text)
      return match?.[1] === run ? [`${match[2]}/${match[3]}`] : []
    }),
  )
}
