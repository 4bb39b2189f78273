import { z } from 'zod'
import { GeorepError } from '../core/errors.ts'
import type { SourceFence } from '../engines/engine.ts'
import { runCommand } from './command.ts'
import type { Site } from './site.ts'

const hookTimeoutMs = 60_000

/** A command of the operator's: text for the shell, or a list of words. */
export const command = z.union([z.string().min(1), z.array(z.string()).min(1)], {
  error: 'expected a command: text for the shell, or a list of words',
})
export type CommandField = z.output<typeof command>

export const hook = z.strictObject({ hook: command })

/** What keeps producers off: ACLs, or a command that bears to be run again. */
export const fenceWith = z.union([z.literal('acl'), hook], { error: 'expected acl, or hook: with a command' })
export const promoteWith = z.union([z.literal('acl'), z.literal('none'), hook], {
  error: 'expected acl, none, or hook: with a command',
})

/** For a sentence: `by ACLs`. */
export function withText(how: z.output<typeof promoteWith>): string {
  if (how === 'acl') return 'by ACLs'
  return how === 'none' ? 'by nothing: its producers are stopped, by your word' : 'by a command'
}

export function howOf(how: z.output<typeof promoteWith>): SourceFence['how'] {
  return typeof how === 'string' ? how : 'hook'
}

export function fenceFrom(
  how: z.output<typeof fenceWith>,
  site: Site,
  stepId: string,
): Exclude<SourceFence, { readonly how: 'none' }>
export function fenceFrom(how: z.output<typeof promoteWith>, site: Site, stepId: string): SourceFence
export function fenceFrom(how: z.output<typeof promoteWith>, site: Site, stepId: string): SourceFence {
  if (typeof how === 'string') return { how }
  return hookFence(how.hook, site, stepId)
}

/** @throws from its `run`: GeorepError "failed" GR-FENCE-HOOK, "timedOut" */
export function hookFence(
  words: CommandField,
  site: Site,
  stepId: string,
): Extract<SourceFence, { readonly how: 'hook' }> {
  const { shell, target, runId } = site
  return {
    how: 'hook',
    run: async (action, topics, { signal }) => {
      const env = { ...shell.env, GEOREP_LINK: target.link.name, GEOREP_RUN: runId, GEOREP_STEP: stepId, GEOREP_TOPICS: topics.join('\n'), GEOREP_ACTION: action } // prettier-ignore
      const { failed, isCutShort, output } = await runCommand(words, { ...shell, env, timeoutMs: hookTimeoutMs }, { signal }) // prettier-ignore
      for (const line of output.trimEnd().split('\n')) if (line !== '') site.say(`hook: ${line}`)
      signal.throwIfAborted()
      if (failed === undefined) return
      const what = `the command that is to ${action} the source ${isCutShort ? 'did not end within a minute' : failed}`
      throw new GeorepError(isCutShort ? 'timedOut' : 'failed', 'GR-FENCE-HOOK', what)
    },
  }
}
