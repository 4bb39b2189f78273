import { spawn } from 'node:child_process'
import { GeorepError } from '../../core/errors.ts'
import { withDeadline } from '../../core/time.ts'
import type { SourceFence } from '../../engines/engine.ts'
import type { Context } from '../context.ts'
import { printable } from '../printable.ts'
import type { FenceOption } from './fence-option.ts'

const hookTimeoutMs = 60_000
const lastWordsMs = 500
/** A hook that talks on and on does not fill the memory, nor the terminal. */
const shownCharacters = 20_000

/** What the engine is to keep producers off the source with. */
export function sourceFenceOf(
  option: Exclude<FenceOption, { how: 'acl' }>,
  link: string,
  secrets: readonly string[],
  context: Context,
): Exclude<SourceFence, { how: 'acl' }>
export function sourceFenceOf(
  option: FenceOption,
  link: string,
  secrets: readonly string[],
  context: Context,
): SourceFence
export function sourceFenceOf(
  option: FenceOption,
  link: string,
  secrets: readonly string[],
  context: Context,
): SourceFence {
  if (option.how !== 'hook') return option
  return {
    how: 'hook',
    run: async (action, topics, { signal }) => {
      const env = { ...context.env, GEOREP_LINK: link, GEOREP_TOPICS: topics.join('\n'), GEOREP_ACTION: action }
      await runHook(option.command, { action, env, secrets, signal, context })
    },
  }
}

/**
 * Runs the operator's command by `sh -c`, and shows what it prints, line by line, without the secrets of georep.yaml. It has a process group of its
 * own, all of which is killed when the time is up or the signal is aborted: nothing of it works on when the opposite is asked of it next.
 *
 * @throws GeorepError "failed" GR-FENCE-HOOK for another exit code than 0, "timedOut"
 */
async function runHook(
  command: string,
  given: {
    readonly action: string
    readonly env: Readonly<Record<string, string | undefined>>
    readonly secrets: readonly string[]
    readonly signal: AbortSignal
    readonly context: Pick<Context, 'io' | 'kill' | 'cwd'>
  },
): Promise<void> {
  const { action, env, secrets, signal, context } = given
  const deadline = withDeadline(signal, hookTimeoutMs)
  deadline.throwIfAborted()
  let output = ''
  const how = await new Promise<string | undefined>((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      env,
      cwd: context.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const kill = (): void => {
      // Its group, by the id of its first process, which nobody else can have while it is not waited for.
      if (child.pid !== undefined && child.exitCode === null) context.kill(-child.pid, 'SIGKILL')
    }
    const keep = (text: string): void => {
      output = (output + text).slice(-shownCharacters)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    deadline.addEventListener('abort', kill, { once: true })
    child.on('error', reject)
    child.on('exit', (code, ended) => {
      deadline.removeEventListener('abort', kill)
      const result = code === 0 ? undefined : code === null ? `was ended by ${String(ended)}` : `has exited with ${code.toString()}` // prettier-ignore
      // What it has printed is still on its way. Something that it has left in the background may hold the pipes open for ever.
      child.on('close', () => { resolve(result) }) // prettier-ignore
      AbortSignal.timeout(lastWordsMs).addEventListener('abort', () => { resolve(result) }) // prettier-ignore
    })
  })
  for (const line of withoutSecrets(output, secrets).trimEnd().split('\n')) {
    if (line !== '') context.io.err(`  hook: ${printable(line)}\n`)
  }
  signal.throwIfAborted()
  if (how === undefined) return
  const what = `the command that is to ${action} the source ${deadline.aborted ? 'did not end within a minute' : how}`
  throw new GeorepError(deadline.aborted ? 'timedOut' : 'failed', 'GR-FENCE-HOOK', what, {
    stateNow: 'what it has done by then georep cannot tell',
  })
}

/** Before it is cut into lines: a secret may have several. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text)
}

/** Everything in the settings of clusters that a command must not repeat to a terminal. */
export function secretsIn(
  settings: readonly { readonly sasl: object | undefined; readonly tls: object | undefined }[],
): readonly string[] {
  const open = new Set(['mechanism', 'username', 'ca', 'cert'])
  return settings
    .flatMap(({ sasl, tls }) => [...Object.entries(sasl ?? {}), ...Object.entries(tls ?? {})])
    .flatMap(([name, value]: readonly [string, unknown]) =>
      typeof value === 'string' && !open.has(name) ? [value] : [],
    )
}
