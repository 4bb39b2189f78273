import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// What a warm drill takes, beside what starting and stopping its two clusters takes in the same run: no drill on clusters of its own can be
// quicker than that, and no published Kafka drill that kills a region and counts was found to compare with. Build first: npm run build.

const rounds = 3
const georep = join(process.cwd(), 'bin', 'georep') // npm runs scripts in the root of the package
const folder = mkdtempSync(join(tmpdir(), 'georep-bench-'))
// Of its own, so that it meets no sandbox of the user's. The cache is the user's: what is measured is a warm drill.
const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }

interface Figure {
  readonly value: number | null
  readonly error: number | null
}
interface Drill {
  readonly verdict: string
  readonly rto: Readonly<Record<'serviceMs' | 'detectionMs' | 'toolMs', Figure>>
}

const kinds = ['clusters', 'drill', 'service', 'error', 'detection', 'tool'] as const
type Kind = (typeof kinds)[number]
const times: Record<Kind, number[]> = { clusters: [], drill: [], service: [], error: [], detection: [], tool: [] }

try {
  upAndDown() // fills the caches of georep and of the system
  for (let round = 0; round < rounds; round++) {
    times.clusters.push(upAndDown())
    const started = performance.now()
    const out = run('drill', '--sandbox', '--measure-rpo', '-o', 'json')
    times.drill.push(performance.now() - started)
    const { verdict, rto } = (JSON.parse(out) as { data: Drill }).data
    if (verdict !== 'pass') throw new Error(`the drill ended with ${verdict}`)
    times.service.push(rto.serviceMs.value ?? NaN)
    times.error.push(rto.serviceMs.error ?? NaN)
    times.detection.push(rto.detectionMs.value ?? NaN)
    times.tool.push(rto.toolMs.value ?? NaN)
  }
} finally {
  run('sandbox', 'down', '--name', 'bench')
  rmSync(folder, { recursive: true, force: true })
}

const figures = Object.fromEntries(kinds.map((kind) => [kind, Math.round(median(times[kind]))])) as Record<Kind, number>
const ratios = { wall: Math.round((100 * figures.drill) / figures.clusters) / 100 }
const meaning: Record<Kind, string> = {
  clusters: 'both clusters up and down, nothing else',
  drill: 'drill, wall time (6 s of it are --steady and --hold)',
  service: 'RTO, service',
  error: '  its error, plus or minus',
  detection: '  of it: detection',
  tool: '  of it: tool',
}

console.log(`median of ${rounds} runs, in turn; ${ratios.wall.toFixed(2)} × the clusters alone\n`)
for (const kind of kinds) {
  const all = times[kind].map((ms) => Math.round(ms).toString()).join(', ')
  console.log(`${meaning[kind].padEnd(54)} ${figures[kind].toString().padStart(6)} ms   (${all})`)
}
console.log(`\n${JSON.stringify({ bench: 'drill', unit: 'ms', figures, ratios })}`)

function upAndDown(): number {
  const started = performance.now()
  run('sandbox', 'up', '--name', 'bench')
  run('sandbox', 'down', '--name', 'bench')
  return performance.now() - started
}

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [georep, ...args], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`georep ${args.join(' ')} ended with ${String(status)}:\n${stderr}`)
  return stdout
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
