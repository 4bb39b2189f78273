import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { markerOf } from './marker.ts'
import type { MarkedProcess, ProcessTable } from './process-table.ts'

const exec = promisify(execFile)
const timeoutMs = 10_000

/** The table of processes as `ps` prints it, where there is no /proc (macOS). */
export function psProcesses(kill: ProcessTable['kill']): ProcessTable {
  return {
    kill,
    startedAt: async (pid) => {
      const [line = ''] = await ps(['-o', 'pid=,stat=,lstart=,command=', '-p', pid.toString()])
      return processFromLine(line)?.startedAt
    },
    marked: async () => {
      // -E adds the environment, for those processes that we may read it of.
      const lines = await ps(['-axwwE', '-o', 'pid=,stat=,lstart=,command='])
      return lines.map(markedFromLine).filter((process) => process !== undefined)
    },
  }
}

/** One line of `ps`. Exported for its test. */
export function markedFromLine(line: string): MarkedProcess | undefined {
  const process = processFromLine(line)
  if (process === undefined) return undefined
  const words = process.command.split(' ')
  const marker = markerOf(words, words)
  if (marker === undefined) return undefined
  return { pid: process.pid, startedAt: process.startedAt, marker, isPaused: process.state.startsWith('T') }
}

function processFromLine(
  line: string,
): { readonly pid: number; readonly state: string; readonly startedAt: string; readonly command: string } | undefined {
  // lstart: "Mon Sep  7 13:04:05 2026", in the C locale
  const match = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/s.exec(line)
  if (match === null) return undefined
  const [, pid = '', state = '', startedAt = '', command = ''] = match
  return state.startsWith('Z') ? undefined : { pid: Number(pid), state, startedAt, command }
}

async function ps(args: readonly string[]): Promise<readonly string[]> {
  try {
    // Nothing of our own environment: a marker in it would show as one of ps itself.
    const { stdout } = await exec('/bin/ps', args, {
      env: { LC_ALL: 'C', TZ: 'UTC' },
      timeout: timeoutMs,
      maxBuffer: 1e8,
    })
    return stdout.split('\n')
  } catch (error) {
    if ((error as { code?: unknown }).code === 1) return [] // ps -p answers so for a number that nobody has
    throw error
  }
}
