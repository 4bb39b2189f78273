import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemsOf, readHistory } from '../../src/history/read.ts'
import { historyFolderOf } from '../support/history-folder.ts'
import { bundled } from '../support/bundle.ts'

// Processes that save and prune for real, and are killed with SIGKILL at every step at which they ask for an id or the time: one of the two comes
// before every file that is written, and before every rename that makes it count.

let script: string
let remove: () => void
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'georep-crash-'))
  const history = join(import.meta.dirname, '../../src/history')
  const source = join(folder, 'act.mjs')
  writeFileSync(
    source,
    `import { pruneRuns } from '${history}/prune.ts'
import { saveRun } from '${history}/save.ts'
const [, , folder, what, first, times, killAt] = process.argv
let steps = 0
const step = (value) => {
  if (++steps === Number(killAt)) process.kill(process.pid, 'SIGKILL')
  return value
}
const deps = {
  newId: () => step(crypto.randomUUID().replaceAll('-', '')),
  time: {
    now: () => step(new Date()),
    monotonic: () => performance.now(),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  },
}
const signal = new AbortController().signal
for (let n = 0; n < Number(times); n++) {
  if (what === 'save') {
    const at = new Date().toISOString()
    const head = { kind: 'drill', mode: 'sandbox', scope: 'x', status: 'completed', verdict: 'pass' }
    await saveRun(folder, { id: first + n, data: { ...head, startedAt: at, endedAt: at, georepVersion: '0' } }, deps)
  } else {
    await pruneRuns(folder, { kind: 'newest', count: 1 }, deps, { isBrokenAccepted: false, signal, onPruned: () => {} })
  }
}
`,
  )
  ;({ file: script, remove } = bundled(source))
  rmSync(folder, { recursive: true })
}, 60_000)
afterAll(() => {
  remove()
})

const argv = (...words: readonly string[]): readonly string[] => [script, ...words]

/** Ends by itself with 0, or by our SIGKILL; anything else is an error. True when it was killed. */
function isKilled(...words: readonly string[]): boolean {
  const { status, signal, stderr } = spawnSync(process.execPath, argv(...words), { encoding: 'utf8', timeout: 30_000 })
  if (signal === 'SIGKILL') return true
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return false
}

/** As if it had lain there for long, so that nobody waits for who was killed. */
function age(folder: string): void {
  const longAgo = new Date(Date.now() - 60_000)
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.')) utimesSync(join(folder, name), longAgo, longAgo)
  }
}

const hidden = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('.'))

describe.each([
  { what: 'save', times: '1', leastSteps: 6 },
  { what: 'prune', times: '1', leastSteps: 9 },
])('$what, killed at every step', ({ what, times, leastSteps }) => {
  it('leaves a chain that holds, and the next one does the rest', async () => {
    let killed = 0
    for (let at = 1; ; at++) {
      const history = await historyFolderOf(3)
      try {
        const wasKilled = isKilled(history.folder, what, 'new', times, at.toString())
        expect(problemsOf(await readHistory(history.folder))).toEqual([])
        if (!wasKilled) break
        killed++
        age(history.folder)
        isKilled(history.folder, what, 'next', times, '0')
        const after = await readHistory(history.folder)
        expect(problemsOf(after)).toEqual([])
        expect(hidden(history.folder)).toEqual([])
        const stubs = after.placed.filter(({ run }) => run.prunedAt !== undefined).length
        if (what === 'prune') expect({ stubs, all: after.placed.length }).toEqual({ stubs: 2, all: 3 })
        else expect(after.placed.some(({ run }) => run.id === 'next0')).toBe(true)
      } finally {
        history.remove()
      }
    }
    expect(killed).toBeGreaterThanOrEqual(leastSteps)
  }, 120_000)
})

it('two processes that save while a third prunes make one chain', async () => {
  const history = await historyFolderOf(3)
  try {
    const acts = [
      ['save', 'a', '8'],
      ['save', 'b', '8'],
      ['prune', '-', '5'],
    ]
    const ended = await Promise.all(
      acts.map(async (words) => {
        const child = spawn(process.execPath, argv(history.folder, ...words, '0'), { stdio: 'ignore' })
        return (await once(child, 'close')) as [number | null]
      }),
    )
    expect(ended.map(([code]) => code)).toEqual([0, 0, 0])
    const after = await readHistory(history.folder)
    expect(problemsOf(after)).toEqual([])
    expect(after.placed).toHaveLength(19)
    const { id } = JSON.parse(readFileSync(join(history.folder, 'head.json'), 'utf8')) as { id: string }
    expect(['a7', 'b7']).toContain(id)
  } finally {
    history.remove()
  }
}, 60_000)
