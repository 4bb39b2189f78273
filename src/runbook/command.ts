import { spawn } from 'node:child_process'
import { withDeadline } from '../core/time.ts'
import type { Shell } from './site.ts'

const lastWordsMs = 500
/** A command that talks on and on does not fill the memory, nor the terminal. */
const keptCharacters = 20_000

export interface CommandEnd {
  /** Undefined when it has exited with 0; else how it ended, for a sentence: `has exited with 3`. */
  readonly failed: string | undefined
  /** The time was up, or somebody stopped it: what it has done by then cannot be told. */
  readonly isCutShort: boolean
  /** The end of what it has printed, without secrets. */
  readonly output: string
}

/**
 * Runs a command of the operator's, text by `sh -c`, a list as it is. It has a process group of its own, all of which is killed when the time is up or
 * the signal is aborted: nothing of it works on when the opposite is asked of it next.
 */
export async function runCommand(
  command: string | readonly string[],
  shell: Shell & { readonly timeoutMs: number },
  { signal }: { readonly signal: AbortSignal },
): Promise<CommandEnd> {
  const deadline = withDeadline(signal, shell.timeoutMs)
  deadline.throwIfAborted()
  const [file = '', ...argv] = typeof command === 'string' ? ['sh', '-c', command] : command
  let output = ''
  // Of a secret that the cut goes through the rest would be shown.
  const longest = Math.max(0, ...shell.secrets.map(({ length }) => length))
  const mostRaw = keptCharacters + 2 * longest
  let cut = 0
  const failed = await new Promise<string | undefined>((resolve) => {
    const child = spawn(file, argv, {
      env: shell.env,
      cwd: shell.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const kill = (): void => {
      // Its group, by the id of its first process, which nobody else can have while it is not waited for.
      if (child.pid !== undefined && child.exitCode === null) shell.kill(-child.pid, 'SIGKILL')
    }
    const keep = (text: string): void => {
      output += text
      cut += Math.max(0, output.length - mostRaw)
      output = output.slice(-mostRaw)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    deadline.addEventListener('abort', kill, { once: true })
    child.on('error', (error) => { resolve(`could not be started: ${error.message}`) }) // prettier-ignore
    child.on('exit', (code, ended) => {
      deadline.removeEventListener('abort', kill)
      const result = code === 0 ? undefined : code === null ? `was ended by ${String(ended)}` : `has exited with ${code.toString()}` // prettier-ignore
      // What it has printed is still on its way. Something that it has left in the background may hold the pipes open for ever.
      child.on('close', () => { resolve(result) }) // prettier-ignore
      AbortSignal.timeout(lastWordsMs).addEventListener('abort', () => { resolve(result) }) // prettier-ignore
    })
  })
  const shown = withoutSecrets(output, shell.secrets).slice(cut > 0 ? longest : 0)
  return { failed, isCutShort: failed !== undefined && deadline.aborted, output: shown.slice(-keptCharacters) }
}

/** Before it is cut into lines: a secret may have several. The longer first: one may begin with another. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text)
}
