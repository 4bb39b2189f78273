import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Beside, benchBeside, env, georep, report, signal, step } from './beside-tools.ts'
import { Held } from './mirror/held.ts'
import { client, cpuSecondsOf, createTopic, endOf, mostMbOf, untilThere } from './mirror/observe.ts'

// What a runner has resident with very many partitions: when it has nothing to carry, when it carries a backlog of all of them, when they are quiet again, and when
// the next runner takes them. What it says it holds of records is compared with `link run --memory`. Build first: npm run build.

const { values } = parseArgs({
  options: { topics: { type: 'string', default: '10' }, memory: { type: 'string', default: '64' } },
})
const [topics, memoryMb] = [Number(values.topics), Number(values.memory)]
const partitions = 1_000
const recordsOfTopic = 100_000
const recordBytes = 1_024
const quietMs = 20_000
const patienceMs = 600_000
const perfTest = 'org.apache.kafka.tools.ProducerPerformance'
const link = 'east-west'
const names = Array.from({ length: topics }, (_, index) => `many-${index}`)

let runner: ChildProcess | undefined
await benchBeside(bench, () => runner?.kill('SIGKILL'), { brokerOptions: ['-Xmx2g'] })

async function bench({ sandbox, own, tool }: Beside): Promise<void> {
  const { east, west } = sandbox.clusters
  const [source, destination] = [client(east.bootstrap), client(west.bootstrap)]
  const load = loadavg()[0] ?? NaN
  await step('records', async () => {
    for (const name of names) {
      await createTopic(source, name, partitions)
      const props = [`bootstrap.servers=${east.bootstrap.join()}`]
      await tool(perfTest, '--topic', name, '--num-records', `${recordsOfTopic}`, '--record-size', `${recordBytes}`, '--throughput', '-1', '--producer-props', ...props) // prettier-ignore
    }
  })
  await own('link', 'create', link, '--source', 'east', '--destination', 'west')
  const held = new Held()
  const start = (): number => {
    const flags = ['--memory', `${memoryMb}MB`, '--metrics', '127.0.0.1:0']
    const child = spawn(process.execPath, [georep, '--config', sandbox.configFile, 'link', 'run', link, ...flags], {
      env: { ...env, ...sandbox.environmentFor('runner') },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text)
      held.read(/http:\/\/\S+\/metrics/.exec(text)?.[0])
    })
    runner = child
    return child.pid ?? 0
  }
  const pid = start()
  await sleep(5_000, undefined, { signal }) // until it has loaded all that it needs to run
  const idleMb = mbOf(pid)
  const startedMs = performance.now()
  await step('mirrors, and what they had', async () => {
    await own('mirror', 'create', ...names, '--link', link)
    for (const until = Date.now() + patienceMs; ;) {
      const ends = await Promise.all(names.map(async (name) => await endOf(destination, name)))
      if (ends.every((end) => end === recordsOfTopic)) break
      if (Date.now() > until) throw new Error(`of ${topics * recordsOfTopic} records ${ends.reduce((sum, end) => sum + end, 0)} have arrived`)
      await sleep(1_000, undefined, { signal }) // so that looking costs little beside carrying
    }
  }) // prettier-ignore
  const seconds = (performance.now() - startedMs) / 1_000
  const carryingMb = mostMbOf(pid)
  const before = cpuSecondsOf(pid)
  await sleep(quietMs, undefined, { signal })
  const cpuShare = (1_000 * (cpuSecondsOf(pid) - before)) / quietMs
  const quietMb = mbOf(pid)
  runner?.kill('SIGKILL')
  const again = start()
  const restartedMs = performance.now()
  await step('the next runner, and one record more', async () => {
    await tool(perfTest, '--topic', 'many-0', '--num-records', '1', '--record-size', '1', '--throughput', '-1', '--producer-props', `bootstrap.servers=${east.bootstrap.join()}`) // prettier-ignore
    await untilThere(destination, 'many-0', recordsOfTopic + 1)
  })
  const figures = {
    partitions: topics * partitions,
    memoryMb,
    heldMb: held.mb,
    idleMb,
    carryingMb,
    quietMb,
    restartedMb: mostMbOf(again),
    restartedSeconds: rounded((performance.now() - restartedMs) / 1_000),
    seconds: rounded(seconds),
    quietCpuShare: rounded(cpuShare),
    load: rounded(load),
  }
  const ratios = { ofMemory: rounded(held.mb / memoryMb) }
  report('')
  console.log(`a runner with --memory ${memoryMb}MB, ${figures.partitions} partitions of ${topics} topics; load ${figures.load} before\n`) // prettier-ignore
  console.log(`nothing to carry              ${idleMb} MB resident`)
  console.log(
    `carrying ${topics * recordsOfTopic} records       ${carryingMb} MB at the most, done after ${seconds.toFixed(0)} s`,
  )
  console.log(`quiet again                   ${figures.quietMb} MB, ${(100 * cpuShare).toFixed(0)} % of a core`)
  console.log(
    `the next runner, carrying    ${figures.restartedMb} MB at the most, after ${figures.restartedSeconds.toFixed(0)} s`,
  )
  console.log(`\nrecords in memory: ${held.mb} MB at the most, ${ratios.ofMemory} × the setting`)
  console.log(`\n${JSON.stringify({ bench: 'partitions', unit: 'MB, s', figures, ratios })}`)
}

/** Resident now. */
function mbOf(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kb ?? NaN) / 1_024)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
