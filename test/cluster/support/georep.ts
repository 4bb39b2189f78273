import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Io } from '../../../src/cli/context.ts'
import { systemTime } from '../../../src/cli/system-time.ts'
import { run, type Ran } from '../../support/context.ts'
import { Runner } from './runner.ts'
import { randomId } from './sandbox-deps.ts'

export interface Georep {
  /** Of the clusters in `georep.yaml`: nobody else has links of these names. */
  readonly source: string
  readonly destination: string
  readonly link: string
  readonly config: string
  /** One command in this process. */
  readonly run: (...argv: readonly string[]) => Promise<Ran>
  /** At a terminal where whoever is asked answers this. */
  readonly runAtTerminal: (answer: string, ...argv: readonly string[]) => Promise<Ran>
  /** The same names, the source at another address, with further entries in georep.yaml as YAML of one line. */
  readonly withSourceAt: (bootstrap: string, entries?: string) => Georep['run']
  /** The `data` of what a command prints under `-o json`, and its exit code. */
  readonly json: (
    ...argv: readonly string[]
  ) => Promise<{ readonly code: number; readonly data: unknown; readonly err: string }>
  /** `link run` in a process of its own; resolves when it says that it runs. */
  readonly startRunner: () => Promise<Runner>
  /** Kills its runners, and takes its folder away. */
  readonly remove: () => Promise<void>
}

/** georep with a file of its own that names two clusters; names of more clusters, with their addresses, may be added. */
export function georepFor(
  [east, west]: readonly [readonly string[], readonly string[]],
  more: Readonly<Record<string, string>> = {},
  /** Further entries of the destination in georep.yaml, as YAML of one line. */
  destinationEntries = '',
): Georep {
  const folder = mkdtempSync(join(tmpdir(), 'georep-cli-'))
  const id = randomId()
  const [source, destination] = [`ea${id}`, `we${id}`]
  const configWith = (name: string, sourceAt: string, sourceEntries = ''): string => {
    const entries: Readonly<Record<string, string>> = { [source]: sourceEntries, [destination]: destinationEntries }
    const clusters = { [source]: sourceAt, [destination]: west.join(', '), ...more }
    const lines = Object.entries(clusters).map(
      ([cluster, bootstrap]) => `  ${cluster}: { bootstrap: [${bootstrap}]${entries[cluster] ?? ''} }\n`,
    )
    writeFileSync(join(folder, name), `clusters:\n${lines.join('')}`)
    return join(folder, name)
  }
  const config = configWith('georep.yaml', east.join(', '))
  const runners: Runner[] = []
  const context = {
    cwd: folder,
    home: folder,
    hostname: hostname(),
    pid: process.pid,
    kill: (pid: number, signal: NodeJS.Signals | 0) => {
      process.kill(pid, signal)
    },
    time: systemTime,
    newId: randomId,
  }
  const runWith = async (argv: readonly string[], io: Partial<Io> = {}): Promise<Ran> =>
    await run(argv, { ...context, io, signal: AbortSignal.timeout(60_000) })
  const runHere = async (...argv: readonly string[]): Promise<Ran> => await runWith(argv)
  return {
    source,
    destination,
    link: `${source}-${destination}`,
    config,
    run: runHere,
    runAtTerminal: async (answer, ...argv) => await runWith(argv, { canPrompt: true, ask: async () => await Promise.resolve(answer) }), // prettier-ignore
    withSourceAt: (bootstrap, entries) => {
      const other = configWith('source-elsewhere.yaml', bootstrap, entries)
      return async (...argv) => await runHere('--config', other, ...argv)
    },
    json: async (...argv) => {
      const { code, out, err } = await runHere(...argv, '-o', 'json')
      return { code, data: (JSON.parse(out) as { data: unknown }).data, err }
    },
    startRunner: async () => {
      const runner = await Runner.start({ name: `${source}-${destination}`, configFile: config })
      runners.push(runner)
      return runner
    },
    remove: async () => {
      await Promise.all(runners.map(async (runner) => { await runner.kill() })) // prettier-ignore
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** As `georepFor`, with its link made and a runner at work. */
export async function georepAtWork(
  clusters: Parameters<typeof georepFor>[0],
  ...flags: readonly string[]
): Promise<{ readonly georep: Georep; readonly runner: Runner }> {
  const georep = georepFor(clusters)
  const made = await georep.run('link', 'create', georep.link, ...flags)
  expect(made.code, made.err).toBe(0)
  return { georep, runner: await georep.startRunner() }
}
