import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { signal } from '../beside-tools.ts'

// What is seen from outside: how far a topic's logs go, and what processes have used.

const patienceMs = 180_000
/** Looking takes time of the same machine, a thirtieth of it at this pace. */
const everyMs = 50
/** While the end is far off, it is looked for when half of the time has gone by that is left at the rate so far; near it, more often. */
const pauses = { leastMs: 20, mostMs: 500 } as const
/** In which the kernel counts the time of processes, on every Linux there is. */
const ticksPerSecond = 100

/** Processes that take part, by what they do. */
export type Part = 'carries' | 'source' | 'destination'
export type Parts<T> = Partial<Record<Part, T>> & { readonly carries: T }

export interface Carried {
  readonly recordsPerSecond: number
  /** Of each process, for each record. */
  readonly cpuSeconds: Parts<number>
}

/** From the first record that is seen on the destination to the last: how many a second, and what the processes took for each. */
export async function carried(
  kafka: Kafka,
  topic: string,
  records: number,
  pids: Parts<number>,
  waitMs = patienceMs,
): Promise<Carried> {
  return await asAdmin(kafka, async (admin) => {
    let first: { readonly atMs: number; readonly end: number; readonly cpu: Parts<number> } | undefined
    let pauseMs = everyMs
    for (const until = Date.now() + waitMs; Date.now() < until;) {
      await sleep(pauseMs, undefined, { signal })
      const end = await endSeen(admin, topic)
      const [atMs, cpu] = [performance.now(), eachOf(pids, cpuSecondsOf)]
      if (end > 0) first ??= { atMs, end, cpu }
      if (first !== undefined && first.end < end) {
        const leftMs = ((records - end) * (atMs - first.atMs)) / (end - first.end)
        pauseMs = Math.min(pauses.mostMs, Math.max(pauses.leastMs, leftMs / 2))
      }
      if (first === undefined || end < records) continue
      if (end !== records) throw new Error(`"${topic}" has ${end} records on the destination, of ${records}`)
      const { atMs: sinceMs, end: before, cpu: was } = first
      const moved = end - before
      return { recordsPerSecond: (moved * 1_000) / (atMs - sinceMs), cpuSeconds: eachOf(cpu, (now, part) => (now - (was[part] ?? NaN)) / moved) } // prettier-ignore
    }
    throw new Error(`"${topic}" has not arrived within ${waitMs / 1_000} s`)
  })
}

export function eachOf(parts: Parts<number>, value: (of: number, part: Part) => number): Parts<number> {
  return Object.fromEntries(Object.entries(parts).map(([part, of]) => [part, value(of, part as Part)])) as unknown as Parts<number> // prettier-ignore
}

export async function untilThere(kafka: Kafka, topic: string, records: number): Promise<void> {
  await asAdmin(kafka, async (admin) => {
    for (const until = Date.now() + patienceMs; (await endSeen(admin, topic)) < records;) {
      if (Date.now() > until) throw new Error(`"${topic}" has not arrived within ${patienceMs / 1_000} s`)
      await sleep(everyMs, undefined, { signal })
    }
  })
}

/** How many records a topic has, if nothing of it was ever removed; 0 while it is not there. */
export async function endOf(kafka: Kafka, topic: string): Promise<number> {
  return await asAdmin(kafka, async (admin) => await endSeen(admin, topic))
}

async function endSeen(admin: Admin, topic: string): Promise<number> {
  const ends = await admin.fetchTopicOffsets(topic).catch(() => []) // It is not there yet.
  return ends.reduce((sum, { high }) => sum + Number(high), 0)
}

/** User and system time of a process so far, all its threads. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The most that a process has had resident so far, as the kernel keeps it. */
export function mostMbOf(pid: number): number {
  const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kb ?? NaN) / 1_024)
}

/** The process among whose arguments these all are, as parts of some. */
export function pidOf(...parts: readonly string[]): number {
  const found = readdirSync('/proc').filter((name) => {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8')
      return /^\d+$/.test(name) && parts.every((part) => line.includes(part))
    } catch {
      return false // It has ended, or is none.
    }
  })
  if (found.length !== 1) throw new Error(`${found.length} processes with ${parts.join(', ')}`)
  return Number(found[0])
}

export async function createTopic(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  await asAdmin(kafka, async (admin) => {
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions }],
      waitForLeaders: false,
      timeout: 60_000,
    })
    // Not kafkajs's own wait, which throws where nobody can catch it.
    const isLed = async (): Promise<boolean> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const all = topics.flatMap((one) => one.partitions)
      if (all.length !== partitions || all.some(({ leader }) => leader < 0)) return false
      // Who leads may not know it yet, and then does not answer.
      await admin.fetchTopicOffsets(topic)
      return true
    }
    while (!(await isLed().catch(() => false))) await sleep(100, undefined, { signal })
  })
}

export async function removeTopic(kafka: Kafka, topic: string): Promise<void> {
  await asAdmin(kafka, async (admin) => {
    await admin.deleteTopics({ topics: [topic] })
    while ((await admin.listTopics()).includes(topic)) await sleep(100, undefined, { signal })
  })
}

async function asAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

export function client(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
}
