import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, hostname, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { systemTime } from '../src/cli/system-time.ts'
import type { SandboxDeps } from '../src/sandbox/deps.ts'
import { resolveKafka } from '../src/sandbox/kafka.ts'
import type { Kafka as Jvm } from '../src/sandbox/jvm.ts'
import type { Sandbox } from '../src/sandbox/sandbox.ts'
import type { SandboxOptions } from '../src/sandbox/start.ts'
import { systemProcesses } from '../src/sandbox/system-processes.ts'
import { upSandbox } from '../src/sandbox/up.ts'

// georep beside Kafka's own tools, on one sandbox: time and memory of whole processes, the start of the JVM included, as whoever runs the scripts pays
// it. Memory is the kernel's own high-water mark (VmHWM in /proc), looked at every few milliseconds: Linux only. Build first: npm run build.

export interface Run {
  readonly ms: number
  readonly rssMb: number
  readonly out: string
}

export const georep = join(process.cwd(), 'bin', 'georep') // npm runs scripts in the root of the package
const folder = mkdtempSync(join(tmpdir(), 'georep-bench-'))
// Of its own, so that it meets no sandbox of the user's. The cache is the user's.
export const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }
// As bin/kafka-run-class.sh of Kafka has it for its tools.
const jvmOptions = '-Xmx256M -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true' // prettier-ignore
export const consumerGroups = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
/** The most that a process ever had resident, as the kernel keeps it, until it ends. */
export class Memory {
  #mb = 0
  readonly #timer: NodeJS.Timeout

  constructor(pid: number | undefined) {
    this.#timer = setInterval(() => {
      try {
        const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]
        this.#mb = Math.max(this.#mb, Number(kb ?? 0) / 1_024)
      } catch {
        // It has ended.
      }
    }, 5)
  }

  stop(): number {
    clearInterval(this.#timer)
    return this.#mb
  }
}

const interrupt = new AbortController()
export const { signal } = interrupt
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    interrupt.abort(new Error(`interrupted by ${name}`))
  })
}

const deps: SandboxDeps = {
  env,
  home: homedir(),
  platform: process.platform,
  hostname: hostname(),
  tempFolder: tmpdir(),
  pid: process.pid,
  time: systemTime,
  newId: () => createHash('sha256').update(randomUUID()).digest('hex').slice(0, 12),
  self: [process.execPath, join(process.cwd(), 'dist', 'bin.js')],
  packageFolder: process.cwd(),
  processes: systemProcesses(process.platform, (pid, name) => process.kill(pid, name)),
}
export const report = (step: string): void => {
  process.stderr.write(`${step}\n`)
}
process.on('uncaughtException', (error) => {
  interrupt.abort(error)
})
const interrupted = new Promise<never>((_resolve, reject) => {
  signal.addEventListener('abort', () => {
    reject(signal.reason as Error)
  })
})
interrupted.catch(() => undefined)

export async function step(what: string, work: () => Promise<void>): Promise<void> {
  const startedMs = performance.now()
  await work()
  signal.throwIfAborted()
  report(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
}

export function linesOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
}

/** A process from its start to its end. @throws when it ends with anything but 0 */
async function run(command: string, args: readonly string[]): Promise<Run> {
  const startedMs = performance.now()
  const child = spawn(command, [...args], { env, signal, stdio: ['ignore', 'pipe', 'pipe'] })
  const memory = new Memory(child.pid)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text }) // prettier-ignore
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text }) // prettier-ignore
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const ms = performance.now() - startedMs
  if (code !== 0) throw new Error(`${[command, ...args].join(' ').slice(-300)} ended with ${String(code)}:\n${err}${out.slice(0, 2_000)}`) // prettier-ignore
  return { ms, rssMb: memory.stop(), out }
}

/** Without the class archive that the sandbox's brokers start from: the scripts have none. */
function toolArguments({ jars }: Jvm, args: readonly string[]): readonly string[] {
  return [...jvmOptions.split(' '), '-cp', jars.classpath.join(delimiter), ...args]
}

export interface Beside {
  readonly sandbox: Sandbox<'east' | 'west'>
  /** georep, with the sandbox's configuration. */
  readonly own: (...args: readonly string[]) => Promise<Run>
  /** One of Kafka's tools, by its class. */
  readonly tool: (...args: readonly string[]) => Promise<Run>
}

/** As Kafka's own scripts have it: the JVMs of a sandbox are quick to start otherwise, rather than fast. */
const allCompilers = '-XX:TieredStopAtLevel=4'

/** A worker of Kafka Connect, as connect-distributed.sh has it. */
export const connect = { workers: 1, isExactlyOnce: false, jvmOptions: ['-Xms256m', '-Xmx2g', allCompilers] }

/** Runs a benchmark on clusters of its own, and ends the process. `brokerOptions` are of the brokers' JVMs. */
export async function benchBeside(
  body: (beside: Beside) => Promise<void>,
  cleanUp: () => void = () => undefined,
  {
    brokerOptions = [],
    ...more
  }: Pick<SandboxOptions, 'connect' | 'wan'> & { readonly brokerOptions?: readonly string[] } = {},
): Promise<never> {
  try {
    const kafka = await resolveKafka(deps, { report, signal })
    const properties = {
      // An index is 10 MB per partition before it is used.
      'log.index.size.max.bytes': '65536',
      // What is deleted gives its memory to what comes next, as where a broker has run for long. To a virtual machine, memory that it has not used lately costs several
      // times what Kafka takes for the records that are written to it.
      'log.segment.delete.delay.ms': '500',
    }
    const many = { jvmOptions: ['-Xmx1g', allCompilers, ...brokerOptions], properties }
    const clusters = [
      { name: 'east', region: 'us-east-1', ...many },
      { name: 'west', region: 'us-west-2', ...many },
    ] as const
    await using sandbox = await upSandbox({ name: 'bench', clusters, isOwned: true, report, ...more }, deps, { signal })
    const own = async (...args: readonly string[]): Promise<Run> =>
      await run(process.execPath, [georep, '--config', sandbox.configFile, ...args])
    const tool = async (...args: readonly string[]): Promise<Run> =>
      await run(kafka.java.command, toolArguments(kafka, args))
    await Promise.race([body({ sandbox, own, tool }), interrupted])
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  } finally {
    cleanUp()
    rmSync(folder, { recursive: true, force: true })
  }
  process.exit() // kafkajs may have timers that outlive an interrupt
}

/** Median and least of some runs, and the most memory. */
export function figuresOf(runs: readonly Run[]): {
  readonly medianMs: number
  readonly minMs: number
  readonly maxRssMb: number
} {
  const sorted = runs.map(({ ms }) => Math.round(ms)).toSorted((a, b) => a - b)
  return {
    medianMs: sorted[Math.floor(sorted.length / 2)]!,
    minMs: sorted[0]!,
    maxRssMb: Math.round(Math.max(...runs.map(({ rssMb }) => rssMb))),
  }
}
