import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// What a command costs before it does anything: `georep --help` from dist, beside a bare `node -e 0` in the same run.
// Medians of runs in turn, so that what else the machine does falls on both. Build first: npm run build.

const runs = 40
const georep = join(process.cwd(), 'bin', 'georep') // npm runs scripts in the root of the package

const cases = {
  node: ['-e', '0'],
  help: [georep, '--help'],
  nounHelp: [georep, 'config', '--help'],
} as const
type Case = keyof typeof cases
const names = Object.keys(cases) as Case[]

const times: Record<Case, number[]> = { node: [], help: [], nounHelp: [] }
for (let round = -2; round < runs; round++) {
  for (const name of names) {
    const start = performance.now()
    const { status } = spawnSync(process.execPath, [...cases[name]], { stdio: ['ignore', 'pipe', 'pipe'] })
    const ms = performance.now() - start
    if (status !== 0) throw new Error(`${name} ended with ${String(status)}: is dist built?`)
    if (round >= 0) times[name].push(ms) // the first rounds fill the caches of the system
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
const figures = Object.fromEntries(names.map((name) => [name, round1(median(times[name]))])) as Record<Case, number>
const ratios = { help: round2(figures.help / figures.node), nounHelp: round2(figures.nounHelp / figures.node) }

console.log(`median of ${runs} runs, in turn\n`)
console.log('what                        ms   × node -e 0')
for (const name of names) {
  const what = name === 'node' ? 'node -e 0' : `georep ${cases[name].slice(1).join(' ')}`
  console.log(
    `${what.padEnd(22)} ${figures[name].toFixed(1).padStart(7)}   ${(figures[name] / figures.node).toFixed(2)}`,
  )
}
console.log(`\n${JSON.stringify({ bench: 'startup', unit: 'ms', figures, ratios })}`)

function round1(value: number): number {
  return Math.round(value * 10) / 10
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}
