import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Comparison } from './truth/compare.ts'
import { type Setting, truthOfDrill } from './truth/one-drill.ts'

// Whether the figures of a drill are true: an outsider counts and times beside each, and both are compared. docs/drill.md says what each comparison
// shows. Arguments: how many drills (30), and a seed. Build first: npm run build.

const drills = Number(process.argv[2] ?? 30)
const seed = process.argv[3] ?? Math.random().toString(36).slice(2)
const faults = ['region-kill', 'region-kill', 'region-freeze', 'wan-cut', 'runner-kill', 'wan-slow'] as const
const folder = mkdtempSync(join(tmpdir(), 'georep-truth-'))
const georep = join(process.cwd(), 'bin', 'georep') // npm runs scripts in the root of the package

function random(what: string): number {
  return createHash('sha256').update(`${seed}/${what}`).digest().readUInt32BE() / 2 ** 32
}

console.log(`${drills} drills, seed ${seed}\n`)
const seen: Comparison[] = []
const notSeen: string[] = []
try {
  for (let run = 0; run < drills; run++) {
    const fault = faults[run % faults.length] ?? 'region-kill'
    const isHeld = fault === 'region-kill' && run % 2 === 1
    const setting: Setting = {
      fault,
      holdBack: isHeld ? 1 + Math.floor(random(`held/${run}`) * 80) : undefined,
      seed: `${seed}-${run}`,
      flags: ['--steady', '5s', '--hold', '2s'],
    }
    try {
      const one = await truthOfDrill(setting, { georep, stateFolder: join(folder, 'state'), env: {} })
      seen.push(one)
      print(one, run)
    } catch (error) {
      notSeen.push(`${fault}: ${error instanceof Error ? error.message : String(error)}`)
      console.log(`${String(run + 1).padStart(2)}  ${fault}: NOT SEEN: ${notSeen.at(-1) ?? ''}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

const untrue = seen.flatMap(({ id, fault, checks }) => checks.filter(({ isTrue }) => !isTrue).map(({ text }) => `${id} ${fault}: ${text}`)) // prettier-ignore
const figures = {
  drills: seen.length,
  notSeen: notSeen.length,
  unknown: seen.filter(({ isUnknown }) => isUnknown).length,
  checks: seen.reduce((sum, { checks }) => sum + checks.length, 0),
  untrue: untrue.length,
  worstWriteOffMs: Math.round(Math.max(...seen.map(({ writeMs }) => Math.abs((writeMs.printed ?? NaN) - (writeMs.seen ?? NaN))))), // prettier-ignore
}
for (const line of untrue) console.log(`UNTRUE: ${line}`)
console.log(`\n${JSON.stringify({ bench: 'truth', seed, figures, untrue })}`)
// Clients of clusters that are gone may still look for them.
process.exit(untrue.length > 0 || notSeen.length > 0 || figures.unknown > Math.ceil(drills / 30) ? 1 : 0)

function print(one: Comparison, run: number): void {
  const ms = (value: number | null): string => (value === null ? '?' : value.toFixed(0))
  const { lost, ownLost, writeMs, serviceMs, checks } = one
  const bad = checks.filter(({ isTrue }) => !isTrue).length
  console.log(
    `${String(run + 1).padStart(2)}  ${one.fault.padEnd(28)} ${one.verdict.padEnd(10)} lost ${String(lost.printed)} (seen on the source alone ${lost.counted}); application ${ownLost.printed} (${ownLost.counted}); ` +
      `write ${ms(writeMs.printed)} ± ${ms(writeMs.error)} (${ms(writeMs.seen)}); service ${ms(serviceMs.printed)} (${ms(serviceMs.seenAfter)} to ${ms(serviceMs.seenBefore)}); application ${ms(one.applicationMs)}; ${bad === 0 ? 'true' : `${bad} UNTRUE`}`,
  )
}
