import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { canarySeen, groupSeen, mirrorOpened, partitions, topic, Writer } from './application.ts'
import { compare, type Comparison, type Printed, type Truth } from './compare.ts'
import { appendedOnDisk, canariesIn, client, type Ground, groundIn, processes, readAll, type Seen, seenFile, seenStopped } from './observe.ts' // prettier-ignore

// One drill in the sandbox, and beside it an outsider who counts and times what happens: with kafkajs, the kernel's table of processes and the files of
// the brokers. It shares no code with georep and does not look at georep's ledger.

export interface Setting {
  readonly fault: 'region-kill' | 'region-freeze' | 'wan-cut' | 'wan-slow' | 'runner-kill'
  readonly holdBack: number | undefined
  readonly seed: string
  readonly flags: readonly string[]
}

export interface Room {
  /** The launcher of georep. */
  readonly georep: string
  /** As `XDG_STATE_HOME`: no other sandbox is in it. */
  readonly stateFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** @throws when the outsider could not see what has to be compared; that is no verdict on the drill */
export async function truthOfDrill(setting: Setting, room: Room): Promise<Comparison> {
  const { fault, holdBack, seed, flags } = setting
  const env = { ...process.env, ...room.env, XDG_STATE_HOME: room.stateFolder }
  const held = holdBack === undefined ? [] : ['--hold-back', String(holdBack)]
  const args = ['drill', '--sandbox', '--fault', fault, '--seed', seed, '-o', 'json', ...held, ...flags]
  const child = spawn(process.execPath, [room.georep, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  const lines: string[] = []
  const heard = new Map<string, () => void>()
  const says = async (text: string): Promise<void> => {
    if (lines.some((line) => line.includes(text))) return
    await new Promise<void>((resolve, reject) => {
      heard.set(text, resolve)
      child.once('close', () => { reject(new Error(`the drill ended before it said "${text}":\n${lines.join('\n')}`)) }) // prettier-ignore
    })
  }
  const counting = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      for (const [text, tell] of heard) if (line.includes(text)) tell()
      // It stands still while we read what it is about to count and then to take away.
      if (!line.includes('counting what arrived')) return
      child.kill('SIGSTOP')
      resolve()
    })
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  const over = new AbortController()
  const closers: (() => Promise<unknown>)[] = []
  // While the clusters are there, or clients would go on looking for them.
  const close = async (): Promise<void> => {
    over.abort()
    await Promise.allSettled(closers.splice(0).map(async (one) => await Promise.race([one(), sleep(2_000)])))
  }
  try {
    await says('waiting for a steady state')
    const ground = groundIn(room.stateFolder)
    const source = await startApplication(ground, room, env)
    closers.push(() => source.stop(0))
    const destination = new Writer(ground.west, 'west')
    await destination.connect()
    const turns = monitorEventLoopDelay({ resolution: 10 })
    turns.enable()
    const marks: { opened?: number; canary?: number; group?: number } = {}
    let isReady = false
    closers.push(
      ...(
        await Promise.all([
          mirrorOpened(ground.west, () => {
            if (marks.opened !== undefined) return
            marks.opened = performance.now()
            destination.start()
            void groupSeen(ground.west, ground.id, over.signal).then((at) => { marks.group = at }, () => undefined) // prettier-ignore
          }),
          canarySeen(ground.west, ground.id, () => {
            marks.canary ??= performance.now()
          }),
        ])
      ).map((consumer) => async () => { await consumer.disconnect() }), // prettier-ignore
    )
    const struck = seenFault(fault, ground, over.signal)
    void struck.then(
      () => {
        if (!isReady) child.kill('SIGINT') // we were too slow: nothing can be compared
      },
      () => undefined,
    )
    isReady = true
    void says('bringing the source back').then(
      () => source.stop(1_500),
      () => undefined,
    )
    await Promise.race([counting, closed.then(() => { throw new Error(`the drill ended early:\n${lines.join('\n')}`) })]) // prettier-ignore
    await source.stop(500)
    await destination.stop(500)
    const fault0 = await struck
    turns.disable()
    const isBack = fault !== 'region-kill' && fault !== 'runner-kill'
    const west = canariesIn(await readAll(ground.west, `georep-canary-${ground.id}`), `${ground.id}-source`)
    const onSource = isBack
      ? canariesIn(await readAll(ground.east, `georep-canary-${ground.id}`), `${ground.id}-source`)
      : appendedOnDisk(ground)
    const arrived = new Set(await readAll(ground.west, topic))
    const ownOnSource = isBack ? await readAll(ground.east, topic) : undefined
    await close()
    child.kill('SIGCONT')
    const [code] = await closed
    const acknowledged = source.sends.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined)
    const truth: Truth = {
      fault: fault0,
      lateMs: turns.max / 1_000_000,
      canaryAt: marks.canary,
      groupAt: marks.group,
      applicationAt: destination.firstAt,
      isBack,
      canaryOnSourceOnly: [...onSource].filter((one) => !west.has(one)).length,
      ownAcknowledged: acknowledged.length,
      ownLost: acknowledged.filter(({ key }) => !arrived.has(key)).length,
      ownOnSourceOnly: ownOnSource?.filter((key) => !arrived.has(key)).length,
      ownUnanswered: source.sends.length - acknowledged.length,
    }
    const { data } = JSON.parse(Buffer.concat(out).toString()) as { readonly data: Printed }
    return compare(data, truth, { fault, holdBack, code })
  } finally {
    await close()
    child.kill('SIGCONT')
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
    await closed
  }
}

/** The application's topic on the source, its mirror, and its producer at work. */
async function startApplication(ground: Ground, room: Room, env: NodeJS.ProcessEnv): Promise<Writer> {
  const admin = client(ground.east).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false })
  await admin.disconnect()
  const words = ['--config', ground.config, 'mirror', 'create', topic, '--link', 'east-west']
  const making = spawn(process.execPath, [room.georep, ...words], { env, stdio: 'ignore' })
  const [code] = (await once(making, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the mirror of "${topic}" was not made: ${String(code)}`)
  const writer = new Writer(ground.east, 'east')
  await writer.connect()
  writer.start()
  return writer
}

async function seenFault(fault: Setting['fault'], ground: Ground, signal: AbortSignal): Promise<Seen> {
  if (fault === 'wan-slow') return await seenFile(join(ground.folder, 'wan.order'), signal)
  if (fault === 'wan-cut') return await seenStopped(processes('sandbox wan', `drill-${ground.id}`), signal)
  return await seenStopped(processes('kafka.Kafka', join(ground.folder, 'east-')), signal)
}
