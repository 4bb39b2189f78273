import { spawn } from 'node:child_process'
import { GeorepError, type ErrorCode } from '../core/errors.ts'
import { withDeadline } from '../core/time.ts'
import type { Context } from './context.ts'
import { printable } from './printable.ts'

const hookTimeoutMs = 60_000
const lastWordsMs = 500
/** A hook that talks on and on does not fill the memory, nor the terminal. */
const shownCharacters = 20_000

export interface Hook {
  readonly command: string
  /** For the error: `the command that is to fence the source`. */
  readonly what: string
  readonly code: ErrorCode
  readonly env: Readonly<Record<string, string | undefined>>
  /** What of its output is not repeated. */
  readonly secrets: readonly string[]
}

/**
 * Runs the operator's command by `sh -c`, and shows what it prints, line by line, without the secrets. It has a process group of its
 * own, all of which is killed when the time is up or the signal is aborted: nothing of it works on when the opposite is asked of it next.
 *
 * @throws GeorepError "failed" for another exit code than 0, "timedOut" after a minute
 */
export async function runHook(
  { command, what, code, env, secrets }: Hook,
  { io, kill: send, cwd }: Pick<Context, 'io' | 'kill' | 'cwd'>,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const deadline = withDeadline(signal, hookTimeoutMs)
  deadline.throwIfAborted()
  let output = ''
  const how = await new Promise<string | undefined>((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      env,
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const kill = (): void => {
      // Its group, by the id of its first process, which nobody else can have while it is not waited for.
      if (child.pid !== undefined && child.exitCode === null) send(-child.pid, 'SIGKILL')
    }
    const keep = (text: string): void => {
      output = (output + text).slice(-shownCharacters)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    deadline.addEventListener('abort', kill, { once: true })
    child.on('error', reject)
    child.on('exit', (exitCode, ended) => {
      deadline.removeEventListener('abort', kill)
      const result = exitCode === 0 ? undefined : exitCode === null ? `was ended by ${String(ended)}` : `has exited with ${exitCode.toString()}` // prettier-ignore
      // What it has printed is still on its way. Something that it has left in the background may hold the pipes open for ever.
      child.on('close', () => { resolve(result) }) // prettier-ignore
      AbortSignal.timeout(lastWordsMs).addEventListener('abort', () => { resolve(result) }) // prettier-ignore
    })
  })
  for (const line of withoutSecrets(output, secrets).trimEnd().split('\n')) {
    if (line !== '') io.err(`  hook: ${printable(line)}\n`)
  }
  signal.throwIfAborted()
  if (how === undefined) return
  const outcome = `${what} ${deadline.aborted ? 'did not end within a minute' : how}`
  throw new GeorepError(deadline.aborted ? 'timedOut' : 'failed', code, outcome, {
    stateNow: 'what it has done by then georep cannot tell',
  })
}

/** Before it is cut into lines: a secret may have several. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text)
}
