import { spawn } from 'node:child_process'
import { withDeadline } from '../core/time.ts'

/** The last part of what a command prints is what an error quotes. */
const keptCharacters = 20_000

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null
  /** stdout and stderr as they came, without colour; the end of it when it is long. */
  readonly output: string
}

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly cwd?: string
}

/**
 * Runs a command to its end. Undefined when there is no such command.
 *
 * Rejects with the signal's reason, or with a `TimeoutError`, after the command was told to end.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { env, timeoutMs, signal, cwd }: CommandOptions,
): Promise<CommandResult | undefined> {
  const deadline = withDeadline(signal, timeoutMs)
  deadline.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...env },
      signal: deadline,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    })
    let output = ''
    const keep = (text: string): void => {
      output = (output + text).slice(-keptCharacters)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && child.pid === undefined) resolve(undefined)
      else reject(deadline.aborted ? (deadline.reason as Error) : error)
    })
    child.on('close', (code) => {
      resolve({ code, output: withoutColor(output) })
    })
  })
}

/** The last lines that say something; frames of a Java stack do not. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+(at |\.\.\. \d+ more)/.test(line))
  return lines.slice(-count).join('\n')
}

function withoutColor(text: string): string {
  return text.replace(/\u001b\[[0-9;]*m/g, '')
}
