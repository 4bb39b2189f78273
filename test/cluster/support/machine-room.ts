import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { cacheFolder } from '../../../src/sandbox/folders.ts'
import { type Ended, GeorepProcess } from './georep-process.ts'
import { eventually } from './observe.ts'
import { launcher } from './sandbox.ts'
import { machine } from './sandbox-deps.ts'

/**
 * A home folder, a state folder and a folder for temporary files of a test's own, in which georep is started as it is installed. So whatever it leaves
 * can be seen: files below the folder, and processes that name it. Looked at with `ps` and the file system, not with georep's own eyes.
 */
export class MachineRoom {
  readonly folder = mkdtempSync(join(tmpdir(), 'georep-test-'))
  readonly #env: Readonly<Record<string, string | undefined>> = {
    ...process.env,
    HOME: this.folder,
    TMPDIR: this.folder,
    XDG_STATE_HOME: join(this.folder, 'state'),
    XDG_CACHE_HOME: dirname(cacheFolder(machine())), // so that Kafka is not fetched again
    GEOREP_HISTORY: undefined,
    GEOREP_CONFIG: undefined,
  }

  start(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): GeorepProcess {
    return new GeorepProcess(args, { cwd: this.folder, env: { ...this.#env, ...env } })
  }

  /** Where somebody else may start georep, so that what it leaves is seen here. */
  forOutsiders(): {
    readonly georep: string
    readonly stateFolder: string
    readonly env: Readonly<Record<string, string | undefined>>
  } {
    return { georep: launcher(), stateFolder: join(this.folder, 'state'), env: this.#env }
  }

  async run(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> {
    return await this.start(args, env).ended
  }

  /** Live processes that have the folder, and each of the other words, in their command line: brokers, runners. */
  processes(...words: readonly string[]): readonly number[] {
    return execFileSync('ps', ['-axww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => [this.folder, ...words].every((word) => line.includes(word)) && /^\s*\d+\s+[^Z]/.test(line))
      .map((line) => Number(/^\s*(\d+)/.exec(line)?.[1]))
  }

  /** Files, and folders of sandboxes as one, but for run records. */
  left(): readonly string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() || entry.name.startsWith('georep-'))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1))
      .filter((path) => !path.startsWith('state/georep/history/'))
      .map((path) => (path.startsWith('georep-') ? (path.split('/')[0] ?? '') : path))
      .filter((path, index, all) => all.indexOf(path) === index)
      .toSorted()
  }

  expectEmpty(): void {
    expect({ processes: this.processes(), files: this.left() }).toEqual({ processes: [], files: [] })
  }

  /** Bootstrap servers of a cluster of the one sandbox that is up, as its georep.yaml names them. */
  bootstrap(cluster: string): readonly string[] {
    const records = join(this.folder, 'state', 'georep', 'sandbox')
    const [file] = readdirSync(records).filter((name) => name.endsWith('.yaml'))
    const text = readFileSync(join(records, file ?? 'none'), 'utf8')
    const [, after = ''] = text.split(`  ${cluster}:`)
    return [/127\.0\.0\.1:\d+/.exec(after)?.[0] ?? `no cluster ${cluster}`]
  }

  records(): readonly string[] {
    const folder = join(this.folder, 'state', 'georep', 'history')
    if (!existsSync(folder)) return []
    const names = readdirSync(folder).filter((name) => name !== 'head.json')
    return names.toSorted().map((name) => join(folder, name))
  }

  async remove(): Promise<void> {
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL')
    await eventually('its processes are gone', () => Promise.resolve(this.processes().length === 0))
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
