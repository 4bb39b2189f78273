import { resolve } from 'node:path'
import { z } from 'zod'
import { readYamlText } from '../../yaml/read-text.ts'
import { textFromDurationMs } from '../../core/duration.ts'
import { GeorepError, isTimeout } from '../../core/errors.ts'
import { runCommand } from '../command.ts'
import { stepKind } from '../kind.ts'
import type { Site } from '../site.ts'
import { command } from '../source-fence.ts'

const lookEveryMs = 1_000

const by = z.union(
  [z.literal('terminal'), z.strictObject({ file: z.string().min(1) }), z.strictObject({ hook: command })],
  { error: 'expected terminal, file: with a path, or hook: with a command' },
)
type By = z.output<typeof by>

/** Somebody says yes: at a terminal, by a file that comes to be, or by a command that ends well. */
export const approve = stepKind({
  name: 'approve',
  fields: { question: z.string().min(1), by },
  timeoutMs: 3_600_000,
  does: (step) => `have it approved ${byText(step.by)}: ${step.question}`,
  open: (step, site, { id, timeoutMs }) => ({
    certainty: 'gate',
    observe: async () => {
      if (step.by === 'terminal' && !site.terminal.canPrompt) {
        return await Promise.resolve({ kind: 'blocked', why: 'there is no terminal to approve it at' })
      }
      return await Promise.resolve({ kind: 'notDone', what: `would ask ${byText(step.by)}` })
    },
    apply: async ({ signal }) => {
      try {
        if (step.by === 'terminal') return await askAtTerminal(step.question, site, signal)
        if ('file' in step.by) return await waitForFile(step.by.file, step.question, site, signal)
        return await askHook(step.by.hook, { id, question: step.question }, site, signal)
      } catch (error) {
        // Silence is no consent, and nothing that nobody knows the end of.
        if (!isTimeOut(signal) || error instanceof GeorepError) throw error
        throw new GeorepError('refused', 'GR-NOT-APPROVED', `not approved within ${textFromDurationMs(timeoutMs)}`)
      }
    },
  }),
})

function isTimeOut(signal: AbortSignal): boolean {
  return signal.aborted && isTimeout(signal.reason)
}

async function askAtTerminal(question: string, site: Site, signal: AbortSignal): Promise<string> {
  const word = site.target.link.name
  const typed = await site.terminal.ask(`${question} To approve, type "${word}":`, { signal })
  if (typed.trim() !== word) throw new GeorepError('refused', 'GR-NOT-APPROVED', `not approved: "${typed.trim()}" is not "${word}"`) // prettier-ignore
  return `approved at a terminal by ${actorText(site)}`
}

/** A file that was left there by an earlier run approves nothing: it has to name this one. */
async function waitForFile(named: string, question: string, site: Site, signal: AbortSignal): Promise<string> {
  const file = resolve(site.shell.cwd, named)
  site.say(`${question} To approve, write ${site.runId} into "${file}"`)
  for (;;) {
    const text = await readYamlText(file).catch(() => '')
    if (text.split(/\s+/).includes(site.runId)) return `approved by file "${file}"`
    await site.time.wait(lookEveryMs, signal)
  }
}

async function askHook(
  words: string | readonly string[],
  { id, question }: { readonly id: string; readonly question: string },
  site: Site,
  signal: AbortSignal,
): Promise<string> {
  const { shell, target, runId } = site
  const env = {
    ...shell.env,
    GEOREP_LINK: target.link.name,
    GEOREP_RUN: runId,
    GEOREP_STEP: id,
    GEOREP_QUESTION: question,
  }
  const { failed, output } = await runCommand(words, { ...shell, env, timeoutMs: 2_147_483_647 }, { signal })
  signal.throwIfAborted()
  const said = output.trim().slice(-500)
  if (failed !== undefined) throw new GeorepError('refused', 'GR-NOT-APPROVED', `not approved: the command ${failed}${said === '' ? '' : `; ${said}`}`) // prettier-ignore
  return 'approved by a command'
}

function byText(how: By): string {
  if (how === 'terminal') return 'at the terminal'
  return 'file' in how ? `by file "${how.file}"` : 'by a command'
}

function actorText(site: Site): string {
  const { user, host } = site.act().actor
  return `${user === '' ? '' : `${user}@`}${host}`
}
