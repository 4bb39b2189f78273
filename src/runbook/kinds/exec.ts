import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { runCommand, type CommandEnd } from '../command.ts'
import { stepKind } from '../kind.ts'
import type { Shell } from '../site.ts'
import { command, type CommandField } from '../source-fence.ts'

/** Of what a command has printed, in the journal. */
const keptCharacters = 4_000
const checkTimeoutMs = 60_000

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)

/** Runs a command. Without a `check` that tells whether it is done, it is never run a second time unless somebody says so. */
export const exec = stepKind({
  name: 'exec',
  fields: {
    command,
    /** Exits with 0 when the command has nothing left to do. Changes nothing. */
    check: command.optional(),
    env: z.record(variable, z.string()).optional(),
    /** Names of environment variables whose values are never shown, and never written down. */
    secrets: z.array(variable).optional(),
  },
  timeoutMs: 60_000,
  does: (step) => `run ${wordsOf(step.command)}`,
  open: (step, site, { id }) => {
    const run = async (words: CommandField, timeoutMs: number, signal: AbortSignal): Promise<CommandEnd> => {
      const { shell, target, runId } = site
      const env = { ...shell.env, ...step.env, GEOREP_LINK: target.link.name, GEOREP_RUN: runId, GEOREP_STEP: id }
      const hidden = (step.secrets ?? []).flatMap((name) => (env as Shell['env'])[name] ?? [])
      return await runCommand(words, { ...shell, env, secrets: [...shell.secrets, ...hidden], timeoutMs }, { signal })
    }
    const { check } = step
    return {
      certainty: check === undefined ? 'once' : 'observed',
      observe: async ({ signal }) => {
        if (check === undefined) return { kind: 'notDone', what: `would run ${wordsOf(step.command)}` }
        const { failed, isCutShort } = await run(check, checkTimeoutMs, signal)
        if (isCutShort) return { kind: 'unknown', why: 'the command that checks did not end within a minute' }
        if (failed?.startsWith('could not be started') === true) return { kind: 'unknown', why: `the command that checks ${failed}` } // prettier-ignore
        if (failed === undefined) return { kind: 'done', what: `by ${wordsOf(check)}` }
        return { kind: 'notDone', what: `would run ${wordsOf(step.command)}` }
      },
      apply: async ({ signal }) => {
        const { failed, isCutShort, output } = await run(step.command, 2_147_483_647, signal)
        for (const line of output.trimEnd().split('\n')) if (line !== '') site.say(`${id}: ${line}`)
        signal.throwIfAborted()
        const kept = output.slice(-keptCharacters).trimEnd()
        if (failed !== undefined) throw failure(failed, isCutShort, kept)
        return kept === '' ? 'exit 0, nothing printed' : kept
      },
    }
  },
})

function failure(failed: string, isCutShort: boolean, output: string): GeorepError {
  const what = `the command ${failed}${output === '' ? '' : `: ${output}`}`
  return new GeorepError(isCutShort ? 'unknown' : 'failed', 'GR-EXEC', what)
}

function wordsOf(words: CommandField): string {
  return typeof words === 'string' ? words : words.join(' ')
}
