import { readdir, readFile } from 'node:fs/promises'
import { markerOf } from './marker.ts'
import type { MarkedProcess, ProcessTable } from './process-table.ts'

/** The table of processes as Linux shows it under /proc. */
export function linuxProcesses(kill: ProcessTable['kill'], proc = '/proc'): ProcessTable {
  const statOf = async (pid: number): Promise<{ readonly startedAt: string; readonly state: string } | undefined> => {
    const text = await readOrUndefined(`${proc}/${pid}/stat`)
    if (text === undefined) return undefined
    // "pid (comm) state ...": comm may hold blanks and brackets, so what counts is the last bracket. See proc(5).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state = 'X'] = fields
    const ticks = fields[19] // field 22, starttime, in ticks since boot: hence the boot id
    if (ticks === undefined || state === 'Z' || state === 'X') return undefined
    return { startedAt: `${await bootId()}/${ticks}`, state }
  }
  let boot: Promise<string> | undefined
  const bootId = async (): Promise<string> => {
    boot ??= readOrUndefined(`${proc}/sys/kernel/random/boot_id`).then((text) => text?.trim() ?? '')
    return await boot
  }
  const markedProcess = async (pid: number): Promise<MarkedProcess | undefined> => {
    const marker = markerOf(await words(`${proc}/${pid}/cmdline`), await words(`${proc}/${pid}/environ`))
    if (marker === undefined) return undefined
    const stat = await statOf(pid)
    if (stat === undefined) return undefined
    return { pid, marker, startedAt: stat.startedAt, isPaused: stat.state === 'T' }
  }
  return {
    kill,
    startedAt: async (pid) => (await statOf(pid))?.startedAt,
    marked: async () => {
      const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name)).map(Number)
      return (await Promise.all(pids.map(markedProcess))).filter((process) => process !== undefined)
    },
  }
}

async function words(file: string): Promise<readonly string[]> {
  return ((await readOrUndefined(file)) ?? '').split('\0')
}

/** Undefined for a process that ended meanwhile, and for one that is not ours to read. */
async function readOrUndefined(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return undefined
  }
}
